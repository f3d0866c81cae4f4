"""What is on a page, as people read it: what is escaped for Streamlit's Markdown is unescaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from streamlit.testing.v1.element_tree import AlertBase, Block, Node

WRITTEN = ("title", "header", "subheader", "markdown", "caption", "text", "code", "alert")
_PICTURE = re.compile(r"^!\[(.*)\]\(data:[^)]*\)$")


def name_of(label: str) -> str:
    """What a control is called: its label as text, or what its picture is called."""
    found = _PICTURE.match(label)
    return unescape(found[1] if found else label)


def written(place: Node) -> str:
    """All that is written there, a line for each element; labels of controls are not."""
    return "\n".join(_lines(place))


def _lines(place: Node) -> Iterator[str]:
    for node in place if isinstance(place, Block) else [place]:
        if node.type in WRITTEN or isinstance(node, AlertBase):
            yield unescape(str(getattr(node, "value", "")))
        elif node.type == "expander":
            yield unescape(node.label)
        elif node.type == "status":
            yield f"{unescape(node.label)} — {node.state}"
        elif node.type == "dialog":
            yield node.proto.dialog.title
