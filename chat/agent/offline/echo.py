"""The offline model's answer to what it has no words for: the message itself, quoted.

Quoted text is escaped, so that nothing in it acts in the answer.
"""

from __future__ import annotations

import re

ECHO_CHARS = 1200

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#$|~&!:])")

HONEST = (
    "I am only Parley's built-in offline model, so I cannot really answer this. Ask me how to "
    "**connect a model**. This is what I received:"
)


def echo(text: str) -> str:
    """Say that no model is connected, and give the text back line by line."""
    lines = [f"> {escaped(line.strip())}".rstrip() for line in text[:ECHO_CHARS].splitlines()]
    more = len(text) - ECHO_CHARS
    rest = [f"… and {more:,} more characters."] if more > 0 else []
    return "\n\n".join([HONEST, "  \n".join(lines), *rest])


def escaped(text: str) -> str:
    """Markdown's signs made plain; not by a backslash, with a bracket that begins a formula."""
    return _SPECIAL.sub(lambda sign: f"&#{ord(sign[0])};", text)
