"""The built-in offline model's words: prepared ones, and those of others, quoted.

``text.md`` has the prepared ones, each under its name.
"""

from __future__ import annotations

import re
from pathlib import Path

ECHO_CHARS = 1200
HONEST = (
    "I am only Parley's built-in offline model, so I cannot really answer this. Ask me how to "
    "**connect a model**. This is what I received:"
)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#$|~&!:])")
_PARTS = re.split(
    r"(?m)^# (\w+)\n\n", Path(__file__).with_suffix(".md").read_text(encoding="utf-8")
)
_TEXTS = dict(zip(_PARTS[1::2], map(str.strip, _PARTS[2::2]), strict=True))
GREETING, IDENTITY, HELP, LONG = map(_TEXTS.pop, ("greeting", "identity", "help", "long"))
EXAMPLES = _TEXTS
"""One of each kind of Markdown that Parley draws."""


def echo(text: str) -> str:
    """Say that no model is connected, and give the text back line by line."""
    lines = [f"> {escaped(line.strip())}".rstrip() for line in text[:ECHO_CHARS].splitlines()]
    more = len(text) - ECHO_CHARS
    rest = [f"… and {more:,} more characters."] if more > 0 else []
    return "\n\n".join([HONEST, "  \n".join(lines), *rest])


def escaped(text: str) -> str:
    """Markdown's signs made plain; not by a backslash, with a bracket that begins a formula."""
    return _SPECIAL.sub(lambda sign: f"&#{ord(sign[0])};", text)
