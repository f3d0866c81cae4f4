"""What the scripted model server does with a request, directives that say so, what it records."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_LETTERS = "eeeeeeettttttaaaaaooooiiiinnnnsssshhhrrrdddlllcuumwfgypbvk"
DEFAULT_ANSWER = ("This ", "is ", "a ", "scripted ", "answer.")


@dataclass(frozen=True, slots=True)
class Text:
    """One token; then a pause of ``delay`` seconds."""

    content: str
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Thought:
    """One token of thinking, in the field that servers name it by."""

    content: str
    field: str = "reasoning_content"


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes as they are: malformed chunks, odd shapes, comments."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing for so many seconds; ``None``: until the client hangs up."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """The connection is cut in the middle of the answer."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Nothing until the test sets ``opened``."""

    opened: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Call:
    """The model asks for a tool; ``arguments`` is JSON as it is sent, or what becomes that.

    ``index`` is None as some servers leave it out.
    """

    name: str
    arguments: Any = "{}"
    id: str = "call_1"
    index: int | None = 0


Step = Text | Thought | Raw | Call | Pause | Break | Gate


@dataclass(frozen=True, slots=True)
class Script:
    """One answer. ``status`` other than 200 sends ``body`` and ``headers`` and nothing else.

    ``body`` with 200 is one plain answer in place of a stream. ``bytes_at_once`` cuts the bytes
    of the stream into portions of that size, wherever that falls. With ``stamped`` each token
    is the time at which it is sent, ``t<ms since the epoch>``.
    """

    steps: Sequence[Step] = tuple(Text(token) for token in DEFAULT_ANSWER)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    usage: bool = True
    usage_in_last_chunk: bool = False
    finish_reason: str | None = "stop"
    done: bool = True
    role: bool = True
    empty_choices: bool = False
    content_type: str = "text/event-stream"
    bytes_at_once: int = 0
    stamped: bool = False


@dataclass
class Record:
    """One request; times are ``time.time()``, ``ended`` is complete, refused, hung_up or cut."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    received_at: float = field(default_factory=time.time)
    first_token_at: float | None = None
    last_token_at: float | None = None
    tokens_sent: int = 0
    ended: str = ""
    client_port: int = 0


def numbered(count: int, delay: float = 0.0) -> list[Step]:
    """``w0 w1 w2 …``: a lost or doubled token shows."""
    return [Text(f"w{number} ", delay) for number in range(count)]


def raw(value: object) -> Raw:
    """One event with this JSON value."""
    return Raw(b"data: " + json.dumps(value).encode() + b"\n\n")


def markdown(count: int, delay: float = 0.0) -> list[Step]:
    """So many tokens of Markdown with every kind of block; every word has its number."""
    tokens: list[str] = []
    section = 0
    while len(tokens) < count:
        section += 1
        lines = [
            f"\n\n## Section {section}\n\n",
            *("A paragraph with **bold words** and `code` in it. " * 2).split(" "),
            "\n\n",
            *["-", "first", "point\n-", "second", "*point*\n-", "third", "point\n\n"],
            "```python\n",
            *f"def section_{section}() -> int:\n    return {section}\n".split(" "),
            "```\n\n",
            "| name | value |\n|---|---|\n",
            *f"| a | {section} |\n| b | {section + 1} |\n\n".split(" "),
        ]
        tokens.extend(part if part.endswith("\n") else part + " " for part in lines)
    return [Text(token, delay) for token in tokens[:count]]


def prose(count: int, size: int, delay: float = 0.0) -> list[Step]:
    """So many tokens of so many characters, in words as often and long as those of a language."""
    dice = random.Random(1)
    words = ["".join(dice.choices(_LETTERS, k=dice.randint(2, 9))) for _ in range(4_000)]
    often = [1 / rank for rank in range(1, len(words) + 1)]
    found = " ".join(dice.choices(words, often, k=count * size // 4))
    return [Text(found[at * size : (at + 1) * size], delay) for at in range(count)]


def calls(*asked: Call) -> Script:
    """An answer that only calls tools, all at once."""
    return Script(asked, finish_reason="tool_calls")


_DIRECTIVE = re.compile(r"\[\[([^\[\]]+)\]\]")


def from_directive(message: str) -> Script:
    """The script that ``[[name name=value …]]`` in a message asks for; else a short answer."""
    found = _DIRECTIVE.search(message)
    if not found:
        return Script()
    words = dict(word.partition("=")[::2] for word in found[1].split())
    if "status" in words:
        return _refusal(int(words["status"]), words)
    delay = float(words.get("delay", "0"))
    count = int(words.get("tokens", "20"))
    if "echo" in words:
        rest = _DIRECTIVE.sub("", message).strip()
        return Script([Text(part, delay) for part in re.findall(r"\s*\S+|\s+", rest)])
    if "prose" in words:
        return Script(prose(count, int(words["prose"]), delay))
    steps = markdown(count, delay) if "markdown" in words else numbered(count, delay)
    endings: dict[str, list[Step]] = {
        "break_after": [Break()],
        "stall_after": [Pause()],
        "malformed_after": [Raw(b"data: {not json\n\n")],
        "error_after": [raw({"error": {"message": "The engine broke.", "code": 500}})],
    }
    for name, ending in endings.items():
        if name in words:
            steps = [*numbered(int(words[name]), delay), *ending]
    if "mark" in words:
        steps[0] = Text(f"begin-of-{words['mark']} ", delay)
        steps[-1] = Text(f" end-of-{words['mark']}", delay)
    if "first_delay" in words:
        steps = [Pause(float(words["first_delay"])), *steps]
    if "reasoning" in words:
        steps = [Thought(f"t{n} ") for n in range(int(words["reasoning"] or 3))] + steps
    return Script(steps, usage="no_usage" not in words, stamped="stamped" in words)


def from_body(body: dict[str, Any]) -> Script:
    """The script that the last user message of a request asks for."""
    asked = [m["content"] for m in body["messages"] if m["role"] == "user"]
    return from_directive(text_in(asked[-1]) if asked else "")


def text_in(content: Any) -> str:
    """The words of a message's content, which may be typed parts."""
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if part["type"] == "text")


def _refusal(status: int, words: dict[str, str]) -> Script:
    headers = {"Retry-After": words["retry_after"]} if "retry_after" in words else {}
    code = words.get("code")
    error = {"message": f"Scripted refusal {status}.", "type": "scripted", "code": code}
    return Script(status=status, headers=headers, body={"error": error})
