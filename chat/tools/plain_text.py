"""Plain text out of HTML, Markdown and iFixit's wiki markup: words stay, images never do."""

from __future__ import annotations

import re

from chat.web import html

MARKUP = (
    (r"!?\[([^\]|]{0,200})\]\([^)]{0,2000}\)", r"\1"),  # images and links of Markdown
    (r"\[(?:image|video|embed|document|station)\|[^\]]{0,300}\]", ""),
    (r"\[br\]", "\n"),
    (r"\[[a-z_]{1,20}\|[^\]|]{0,500}\|([^\]|]{0,200})[^\]]{0,100}\]", r"\1"),  # [link|url|words|…]
    (r"\[(?:https?:)?//[^\]|]{0,500}\|([^\]|]{0,200})[^\]]{0,100}\]", r"\1"),
    (r"\[[a-z_]{1,20}\|([^\]|]{0,200})\]", r"\1"),
    (r"'{2,3}|^={1,6} {0,3}| {0,3}={1,6}$", ""),
)
# Each repetition is bounded, so that no text makes them slow.
_RULES = [
    (re.compile(pattern, re.IGNORECASE | re.MULTILINE | re.DOTALL), words)
    for pattern, words in MARKUP
]


def plain(text: object, limit: int = 2000) -> str:
    """The words, cut to ``limit`` characters; nothing for what is no text."""
    if not isinstance(text, str):
        return ""
    text = html.plain(text[: 2 * limit + 1000])
    for pattern, words in _RULES:
        text = pattern.sub(words, text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
