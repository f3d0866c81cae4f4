"""How the offline model uses tools: it picks by simple rules, repeats what came, and says so."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import islice
from typing import Any
from zoneinfo import available_timezones

from chat.agent.offline.reply import escaped

HANDLES = 5
SHOWN_CHARS, SHOWN_LINES = 300, 12
TABULAR = {
    "query_table": "computed a table; it stands with this answer, and so does its query.",
    "draw_chart": "drew a chart of it.",
}
ASKED_CHARS = 2_000

Call = tuple[str, Mapping[str, object]]
RequestJson = Mapping[str, Any]

_HANDLE = re.compile(r"(?<![\w@/.])@(\w[\w.-]*\w(?:@[\w-]+(?:\.[\w-]+)+)?|\w)")
_AGAIN = re.compile(r"(?i)\b(?:again|anew|afresh|refresh|fetch|update)\b")
_REPAIR = re.compile(
    r"(?i)\b(?:replac\w*|repair\w*|fix(?:ing)?|swap|mend|disassembl\w*|broken?|crack(?:ed)?"
    r"|(?:not|n't|no longer) (?:charge|charging|turn on|start|boot))\b"
)
_FILLING = re.compile(
    r"(?i)\b(?:how|do|does|can|could|should|i|we|you|me|my|the|a|an|to|please|help|is|it|its|any"
    r"|more|not|of|in|on|for|with|there|what|which|want|need|show|find|guides?|about|search"
    r"|did|have|ever|said|say|talk(?:ed)?|where|chats?|conversations?|sessions?|messages?"
    r"|earlier|old|previous|past|other|all)\b"
)
_CHATS = re.compile(
    r"(?i)\b(?:my|our|earlier|old|previous|past|other) (?:\w+ )?"
    r"(?:chats|conversations|sessions|messages)\b|\bdid (?:i|we) (?:\w+ )?(?:talk|say|ask|discuss)"
)
_TIME = re.compile(
    r"(?i)\bwhat(?:'s| is)? (?:the )?(?:current )?(?:time|date|day|weekday)\b|\bcurrent time\b"
    r"|\btime is it\b|\btoday's date\b"
)
_PLACE = re.compile(r"\bin ([A-Z][\w/-]*(?: [A-Z][\w-]*)?)")
_ASKS_SUM = re.compile(r"(?i)[^\w(.-]*+(?:(?:what|how much) is|calculate|compute|work out)?")
_SUM = re.compile(r"[\d(.-][\d\s.,()+*/%^×÷x-]*[\d)]")
_JSON = re.compile(r"[{}]|^<.*>$")
_USE = re.compile(r"(?is)^\W*(?:use|call|run)\s+(?:the tool\s+)?`?([\w-]+)`?\s*(\{.*\})?\W*$")
_zones = cache(available_timezones)


def pick(text: str, tools: Collection[str]) -> list[Call]:
    """The calls that a message asks for, of these tools; none when no rule fits."""
    text = text.strip()[:ASKED_CHARS]
    return next((calls for calls in _picked(text) if calls and calls[0][0] in tools), [])


def report(messages: Sequence[RequestJson]) -> str:
    """What the calls since the last question brought, in Markdown; empty without any."""
    last = max((n for n, m in enumerate(messages) if m.get("role") == "user"), default=-1)
    names: dict[str, str] = {}
    parts = []
    for message in messages[last + 1 :]:
        for call in message.get("tool_calls") or []:
            names[call["id"]] = call["function"]["name"]
        if message.get("role") == "tool":
            name = names.get(message.get("tool_call_id", ""), "")
            parts.append(_result(name, str(message.get("content") or "")))
    if not parts:
        return ""
    used = ", ".join(f"`{name}`" for name in dict.fromkeys(names.values()))
    said = (
        f"I am Parley's built-in offline model: I chose {used} by a simple rule, and this is "
        "what came. I understand none of it; **connect a model** for an answer of its own."
    )
    return "\n\n".join([said, *parts])


def _picked(text: str) -> Iterator[list[Call]]:
    """What each rule makes of it, the surest first."""
    if found := _USE.match(text):
        with suppress(ValueError, RecursionError):
            yield [(found[1], json.loads(found[2] or "{}"))]
    if found := _SUM.fullmatch(_ASKS_SUM.sub("", text, 1).rstrip("=?.! \t\r\n").strip()):
        yield _calculation(found[0])
    handles = list(dict.fromkeys(_HANDLE.findall(text)))[:HANDLES]
    again = {"again": True} if _AGAIN.search(text) else {}
    yield [("analyze_profile", {"handle": handle, **again}) for handle in handles]
    if _CHATS.search(text):
        yield [("search_chats", {"query": _essence(text)})]
    if _TIME.search(text):
        yield [("current_time", _zone(text))]
    if _REPAIR.search(text):
        yield [("search_repair_guides", {"query": _essence(text)})]


def _calculation(expression: str) -> list[Call]:
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", expression)
    for sign, ours in (("^", "**"), ("×", "*"), ("x", "*"), ("÷", "/")):
        plain = plain.replace(sign, ours)
    is_sum = re.search(r"[\d)]\s*[-+*/%]", plain)
    return [("calculate", {"expression": plain.strip()})] if is_sum else []


def _essence(text: str) -> str:
    """The words that say what it is about."""
    quoted = re.search(r'["“”]([^"“”]{2,100})["“”]', text)
    words = quoted[1] if quoted else _FILLING.sub(" ", text)
    return " ".join(re.findall(r"[\w'-]+", words))[:100].strip() or text[:100]


def _zone(text: str) -> dict[str, str]:
    """By a city, or by a zone's own name."""
    found = _PLACE.search(text)
    place = found[1].replace(" ", "_").lower() if found else ""
    names = [name for name in _zones() if place in (name.lower(), name.lower().rpartition("/")[2])]
    return {"timezone": min(names)} if names else {}


def _result(name: str, content: str) -> str:
    if content.startswith("Error:"):
        return f"**{name}** could not do it. {escaped(content.removeprefix('Error:').strip())}"
    try:
        found = json.loads(content)
        if name in TABULAR and isinstance(found, dict):
            return f"**{name}** {TABULAR[name]}"
        shown = "\n".join(islice(_lines(found), SHOWN_LINES))
    except (ValueError, RecursionError):
        lines = [line for line in content.splitlines() if line.strip() and not _JSON.search(line)]
        shown = "\n".join(f"> {escaped(line[:SHOWN_CHARS])}  " for line in lines[:SHOWN_LINES])
    return f"**{name}**\n\n{shown or 'Nothing was found.'}"


def _lines(value: object, name: str = "") -> Iterator[str]:
    """JSON as a list; what has a title and a link becomes a link."""
    if isinstance(value, dict):
        title, link = value.get("title"), value.get("url") or value.get("link")
        if isinstance(title, str) and isinstance(link, str):
            about = escaped(str(value.get("summary") or value.get("excerpt") or "")[:200])
            address = link.replace(")", "%29").replace(" ", "%20")
            yield f"- [{escaped(title)}]({address}){': ' if about else ''}{about}"
            return
        for key, inner in value.items():
            yield from _lines(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _lines(inner, name)
    else:
        said = f"{name}: {value}" if name else str(value)
        yield f"- {escaped(said[:SHOWN_CHARS])}"
