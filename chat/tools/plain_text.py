"""Plain text out of HTML, Markdown and iFixit's wiki markup: words stay, images never do."""

from __future__ import annotations

import re
from html import unescape

_HTML = (
    (r"<(script|style|template|noscript)\b[^<>]{0,300}>.{0,5000}?</\1\s{0,9}>", ""),
    (r"<!--.{0,2000}?-->", ""),
    (r"</?(?:br|p|div|li|ul|ol|tr|h[1-6])\b[^<>]{0,500}>", "\n"),
    (r"</?[a-z][^<>]{0,2000}>", ""),
)
_MARKUP = (
    (r"!?\[([^\]|]{0,200})\]\([^)]{0,2000}\)", r"\1"),  # images and links of Markdown
    (r"\[(?:image|video|embed|document|station)\|[^\]]{0,300}\]", ""),
    (r"\[br\]", "\n"),
    (r"\[[a-z_]{1,20}\|[^\]|]{0,500}\|([^\]|]{0,200})[^\]]{0,100}\]", r"\1"),  # [link|url|words|…]
    (r"\[(?:https?:)?//[^\]|]{0,500}\|([^\]|]{0,200})[^\]]{0,100}\]", r"\1"),
    (r"\[[a-z_]{1,20}\|([^\]|]{0,200})\]", r"\1"),
    (r"'{2,3}|^={1,6} {0,3}| {0,3}={1,6}$", ""),
)


def _compiled(rules: tuple[tuple[str, str], ...]) -> list[tuple[re.Pattern[str], str]]:
    flags = re.IGNORECASE | re.MULTILINE | re.DOTALL
    return [(re.compile(pattern, flags), replacement) for pattern, replacement in rules]


# Each repetition is bounded, so that no text makes them slow.
_HTML_RULES, _MARKUP_RULES = _compiled(_HTML), _compiled(_MARKUP)


def plain(text: object, limit: int = 2000) -> str:
    """The words, cut to ``limit`` characters; nothing for what is no text."""
    if not isinstance(text, str):
        return ""
    text = text[: 2 * limit + 1000]
    if "<" in text:
        text = _replaced(text, _HTML_RULES)
    text = _replaced(unescape(text), _MARKUP_RULES)
    lines = (" ".join(line.split()) for line in text.splitlines())
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _replaced(text: str, rules: list[tuple[re.Pattern[str], str]]) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text
