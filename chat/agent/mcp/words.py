"""Words about MCP servers: names of their tools, texts of their results, reasons of failures.

What comes from a server is untrusted: cut, and without the secrets it was given.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from chat.mcp_settings import McpServer

if TYPE_CHECKING:
    from mcp_types import ContentBlock

NAME_MAX = 64
DESCRIPTION_MAX = 1_000
SCHEMA_MAX = 20_000
WORDS_MAX = 300
SAID_LAST, ANSWERED = "; it said last: ", "It answered: "
"""What in a reason begins the words of a server."""


class McpFailure(Exception):
    """A server cannot be used; the text is the reason, for people who look after Parley."""


class SessionLost(Exception):
    """The server does not know us any more; nothing was done."""


def limited(text: str, limit: int = WORDS_MAX) -> str:
    """At most so many characters, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def redacted(text: str, server: McpServer) -> str:
    """Without what was given to the server in confidence."""
    for secret in server.secrets:
        text = text.replace(secret, "…")
    return text


def unquoted(reason: str) -> str:
    """Without the server's own words: they may have in them what people wrote."""
    for begins in (SAID_LAST, ANSWERED):
        before, quotes, _ = reason.partition(begins)
        if quotes:
            return f"{before}{begins}…"
    return reason


def function_names(server: str, tools: Iterable[str]) -> dict[str, str]:
    """By tool: ``<server>__<tool>`` as functions may be called; different tools, different names.

    The same tools get the same names in any order.
    """
    wanted = {tool: f"{server}__{re.sub('[^A-Za-z0-9_-]', '_', tool)}"[:NAME_MAX] for tool in tools}
    names = list(wanted.values())
    for tool, name in wanted.items():
        if names.count(name) > 1 and name != f"{server}__{tool}":
            mark = hashlib.sha256(tool.encode()).hexdigest()[:8]
            wanted[tool] = f"{name[: NAME_MAX - len(mark) - 1]}_{mark}"
    return wanted


def parameters(schema: Mapping[str, object]) -> Mapping[str, object]:
    """The schema of a tool's arguments; an open one when it is none of an object, or too long."""
    known = {key: value for key, value in schema.items() if key not in {"$schema", "title"}}
    if known.get("type") != "object" or len(json.dumps(known)) > SCHEMA_MAX:
        return {"type": "object", "properties": {}, "additionalProperties": True}
    return {"properties": {}, **known}


def text_of(content: Iterable[ContentBlock], structured: object) -> str:
    """A result as text: texts as they are, what is none is only named."""
    texts = [_text(block) for block in content]
    if not texts and structured is not None:
        return json.dumps(structured, ensure_ascii=False)
    return "\n".join(texts)


def _text(block: ContentBlock) -> str:
    if block.type == "text":
        return block.text
    if block.type == "resource_link":
        return f"[link: {limited(block.name)} {limited(block.uri)}]"
    if block.type != "resource":
        return f"[{limited(block.mime_type)}, not shown]"
    text = getattr(block.resource, "text", None)
    return f"[file {limited(block.resource.uri)}, not shown]" if text is None else str(text)
