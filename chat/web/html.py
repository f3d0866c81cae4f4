"""Text out of HTML, which nh3 reads as a browser does."""

import re
from html import unescape

import nh3

CHARS_MAX, TAGS_MAX = 40_000, 1000

_BLOCKS = {"blockquote", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li"}
_BLOCKS |= {"ol", "pre", "table", "tr", "ul"}
_CLEANER = nh3.Cleaner(
    tags={*_BLOCKS, "p", "br"},
    clean_content_tags={"script", "style", "template", "noscript"},
    attributes={"*": set()},
)
_NO_TAG = re.compile(r"<(?=[A-Za-z])(?![^<>]*>)")
_BLOCK_ENDS = re.compile(r"(?:</?(?!p>|br>)\w+>)+")
_LINE_ENDS = re.compile(r"</?p>|<br>")


def plain(markup: str) -> str:
    """The words, with line breaks where blocks and lines end; no scripts, styles and comments.

    At most `CHARS_MAX` characters and `TAGS_MAX` tags are read: where tags are nested, or signs
    are no entities, time grows with their square. A ``<`` that nothing closes is text.
    """
    text = _NO_TAG.sub("&lt;", markup[:CHARS_MAX].encode(errors="ignore").decode())
    html = _CLEANER.clean("<".join(text.split("<", TAGS_MAX + 1)[: TAGS_MAX + 1]))
    return unescape(_LINE_ENDS.sub("\n", _BLOCK_ENDS.sub("\n", html)))
