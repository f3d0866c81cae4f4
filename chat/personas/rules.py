"""What a persona may be; the same for those of the file and for those that people make."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

TEXTS = {
    "name": (1, 60),
    "icon": (1, 64),
    "description": (1, 200),
    "greeting": (1, 2_000),
    "system_prompt": (1, 20_000),
    "model": (0, 200),
}
"""How many characters each text may have."""
STARTERS_MAX = 8
STARTER_MAX = 200
TOOLS_MAX = 50
NUMBERS = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
}
WHOLE = {"max_tokens": (1, 1_000_000), "seed": (0, 2**31 - 1)}
"""Parameters that are sent to the model, with the least and the most."""

_ICON = re.compile(r":material/[a-z0-9_]+:")
_TOOL = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MCP = re.compile(r"mcp:(\*|[A-Za-z0-9_-]{1,64})")

Place = int | str | None
Mistake = tuple[Place, str]
"""Where in the value (an index, a key, or None for all of it), and the end of "It must …"."""


def mistakes(
    field: str,
    value: Any,
    *,
    tools: Collection[str] | None,
    starters: tuple[int, int] = (0, STARTERS_MAX),
) -> Iterator[Mistake]:
    """What is wrong with the value of a field; ``tools`` are the known ones, None: do not check."""
    if field in TEXTS:
        yield from _in_text(field, value)
    elif field == "parameters":
        yield from _in_parameters(value)
    elif not isinstance(value, list | tuple):
        yield None, "be a list"
    elif field == "starters":
        yield from _in_starters(value, *starters)
    else:
        yield from _in_tools(value, tools)


def _in_text(field: str, value: Any) -> Iterator[Mistake]:
    least, most = TEXTS[field]
    if not isinstance(value, str):
        yield None, "be a text"
    elif not least <= len(value.strip()) <= most:
        yield None, f"have {least} to {most:,} characters" if value.strip() else "not be empty"
    elif field == "icon" and not _ICON.fullmatch(value.strip()):
        yield None, "be a Material icon, such as :material/forum:"


def _in_starters(value: Collection[Any], least: int, most: int) -> Iterator[Mistake]:
    if not least <= len(value) <= most:
        yield None, f"be {least} to {most} texts"
    for at, starter in enumerate(value):
        if not isinstance(starter, str) or not 0 < len(starter.strip()) <= STARTER_MAX:
            yield at, f"be a text of 1 to {STARTER_MAX} characters"
        elif starter in list(value)[:at]:
            yield at, "not be there twice"


def _in_tools(value: Collection[Any], known: Collection[str] | None) -> Iterator[Mistake]:
    if len(value) > TOOLS_MAX:
        yield None, f"be at most {TOOLS_MAX}"
    for at, name in enumerate(value):
        if not isinstance(name, str) or not (_TOOL.fullmatch(name) or _MCP.fullmatch(name)):
            yield at, "be the name of a tool, mcp:<server> or mcp:*"
        elif known is not None and ":" not in name and name not in known:
            yield at, f"be one of {', '.join(sorted(known))}, mcp:<server> or mcp:*"
        elif name in list(value)[:at]:
            yield at, "not be there twice"


def _in_parameters(value: Any) -> Iterator[Mistake]:
    if not isinstance(value, Mapping):
        yield None, "be names with numbers"
        return
    for name, number in value.items():
        low, high = WHOLE.get(name) or NUMBERS.get(name) or (0, 0)
        kind = int if name in WHOLE else int | float
        if not (low or high):
            yield name, f"be one of {', '.join((*NUMBERS, *WHOLE))}"
        elif isinstance(number, bool) or not isinstance(number, kind) or not low <= number <= high:
            whole = "whole " if name in WHOLE else ""
            yield name, f"be a {whole}number from {low:g} to {high:g}"
