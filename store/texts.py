"""Text on its way in: what may be an id or a title, what can be stored, and cutting at a word."""

import hashlib
import re
from unicodedata import category, normalize

from store.errors import Refused

TITLE_MAX = 200
TITLE_CUT = 50
"""How long a title is that is taken from the first message."""
PREVIEW_CUT = 60
SEARCH_MAX = 200
TAG_MAX = 40

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Kinds of characters: controls, marks that turn the direction of text, and what has no sign."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_id(text: str) -> bool:
    """Whether a client may use it as an id: 1-64 of ``A-Za-z0-9_-``."""
    return bool(_ID.match(text))


def made_id(name: str) -> str:
    """An id for what is called so elsewhere; the same for the same name."""
    return f"in-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:40]}"


def storable(text: str) -> str:
    """The text itself; raises `Refused` for what no database can keep as text."""
    if _UNSTORABLE.search(text):
        raise Refused(
            "The text has characters that are not text (NUL or half a surrogate pair).",
            "Remove them; a file with such characters can be pasted as Base64.",
        )
    return text


def repaired(text: str) -> str:
    """The text with what cannot be stored replaced by U+FFFD; for text that a model sent."""
    if text.isascii() and "\0" not in text:  # which nearly all of many are, and is seen at once
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def seen(text: str) -> str:
    """On one line, and without what cannot be seen or turns what is beside it."""
    line = " ".join(normalize("NFC", text).split())
    return "".join(one for one in line if category(one) not in _UNSEEN)


def check_title(title: str) -> str:
    """The title without surrounding space; raises `Refused` when empty or too long."""
    title = " ".join(storable(title).split())
    if not title:
        raise Refused("The title is empty.", "Type a title.")
    if len(title) > TITLE_MAX:
        raise Refused(
            f"The title has {len(title)} characters.", f"Use at most {TITLE_MAX} characters."
        )
    return title


def check_tag(said: str) -> str:
    """In small letters, on one line, without a # before it; raises `Refused`."""
    tag = " ".join(normalize("NFC", storable(said)).lower().split()).lstrip("# ")
    if not tag:
        raise Refused("A tag is empty.", "Type a word, or leave it out.", field="tags")
    if len(tag) > TAG_MAX:
        fix = f"Use at most {TAG_MAX} characters."
        raise Refused(f"A tag has {len(tag)} characters.", fix, field="tags")
    return tag


def cut(text: str, limit: int) -> str:
    """One line of at most ``limit`` characters, cut at a word, with … where it was cut."""
    line = " ".join(text.split(maxsplit=limit))
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    at_word = head[: head.rfind(" ")] if " " in head and line[limit - 1] != " " else head
    return at_word.rstrip(" ,.;:") + "…"


def searchable(title: str, preview: str) -> str:
    """What lists are filtered by; case-folded, so that it works the same on every database."""
    return f"{title}\n{preview}".casefold()
