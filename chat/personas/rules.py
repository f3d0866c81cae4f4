"""What a persona may be; the same for those of the file and for those that people make."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from store.values import PERSONA_FIELDS

STARTER_MAX = 200
NUMBERS = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
    "max_tokens": (1, 1_000_000),
    "seed": (0, 2**31 - 1),
}
"""Parameters that are sent to the model, with the least and the most; whole ones have no point."""

_ICON = re.compile(r":material/[a-z0-9_]+:")
_TOOL = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MCP = re.compile(r"mcp:(\*|[A-Za-z0-9_-]{1,64})")

Place = int | str | None
Mistake = tuple[Place, str]
"""Where in the value (an index, a key, or None for all of it), and the end of "It must …"."""


def mistakes(
    field: str,
    value: object,
    *,
    tools: Collection[str] | None,
    starters: tuple[int, int] | None = None,
) -> Iterator[Mistake]:
    """What is wrong with the value of a field; ``tools`` are the known ones, None: do not check.

    ``starters`` are how many there may be, where that is not what the definition says.
    """
    limit = PERSONA_FIELDS[field]
    if field == "parameters":
        yield from _in_parameters(value)
    elif field not in {"starters", "tools"}:
        yield from _in_text(field, value, limit.least, limit.most)
    elif not isinstance(value, list | tuple):
        yield None, "be a list"
    elif field == "starters":
        least, most = starters or (limit.least, limit.most)
        if not least <= len(value) <= most:
            yield None, f"be {least} to {most} texts"
        yield from _in_each(value, _in_starter)
    else:
        if len(value) > limit.most:
            yield None, f"be at most {limit.most}"
        yield from _in_each(value, lambda name: _in_tool(name, tools))


def _in_text(field: str, value: object, least: int, most: int) -> Iterator[Mistake]:
    if not isinstance(value, str):
        yield None, "be a text"
    elif not least <= len(value.strip()) <= most:
        yield None, f"have {least} to {most:,} characters" if value.strip() else "not be empty"
    elif field == "icon" and not _ICON.fullmatch(value.strip()):
        yield None, "be a Material icon, such as :material/forum:"


def _in_each(items: Sequence[object], wrong: Callable[[object], str]) -> Iterator[Mistake]:
    for at, item in enumerate(items):
        if text := wrong(item) or ("not be there twice" if item in items[:at] else ""):
            yield at, text


def _in_starter(starter: object) -> str:
    fits = isinstance(starter, str) and 0 < len(starter.strip()) <= STARTER_MAX
    return "" if fits else f"be a text of 1 to {STARTER_MAX} characters"


def _in_tool(name: object, known: Collection[str] | None) -> str:
    if not isinstance(name, str) or not (_TOOL.fullmatch(name) or _MCP.fullmatch(name)):
        return "be the name of a tool, mcp:<server> or mcp:*"
    if known is not None and ":" not in name and name not in known:
        return f"be one of {', '.join(sorted(known))}, mcp:<server> or mcp:*"
    return ""


def _in_parameters(value: object) -> Iterator[Mistake]:
    if not isinstance(value, Mapping):
        yield None, "be names with numbers"
        return
    for name, number in value.items():
        if name not in NUMBERS:
            yield name, f"be one of {', '.join(NUMBERS)}"
            continue
        low, high = NUMBERS[name]
        kind = int if isinstance(high, int) else int | float
        if isinstance(number, bool) or not isinstance(number, kind) or not low <= number <= high:
            yield name, f"be a {'whole ' * (kind is int)}number from {low:g} to {high:g}"
