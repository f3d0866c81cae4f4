"""What somebody new may be called, so that no name mixes scripts or has what is not seen.

Names from before stay.
"""

import re
import unicodedata

from chat.errors import InvalidInput
from store.users import folded

NAME_MAX = 64
_INVISIBLE = frozenset(
    (
        *(0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5),
        *(*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
    )
)
"""Letters and marks by their category, but nothing is seen of them."""
_WRITTEN_TOGETHER = (
    {"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA"},
    {"CJK", "IDEOGRAPHIC", "HANGUL"},
    {"CJK", "IDEOGRAPHIC", "BOPOMOFO"},
)
"""Japanese, Korean and Chinese."""
_FIX = f"Use up to {NAME_MAX} letters of one script, digits, and signs like . - _ @ +"


def new_name(username: str) -> str:
    """The name as it is kept; raises `InvalidInput` for one that will not do."""
    if len(username) > 4 * NAME_MAX:  # before any work on it
        raise InvalidInput("The username is too long.", f"Use 1 to {NAME_MAX} characters.")
    name = normal(username)
    if not name or len(name) > NAME_MAX:
        raise InvalidInput("The username is empty or too long.", f"Use 1 to {NAME_MAX} characters.")
    if not all(map(_is_plain, name)):
        raise InvalidInput("The username has characters that names cannot have.", _FIX)
    scripts = set(map(_script, name)) - {""}
    if len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER):
        raise InvalidInput("The username mixes letters of different scripts.", _FIX)
    return name


def normal(username: str) -> str:
    """A name in its compatible form (NFKC), in one case, with one space between words."""
    name = unicodedata.normalize("NFKC", folded(unicodedata.normalize("NFKC", username)))
    return re.sub(" +", " ", name)


def _is_plain(char: str) -> bool:
    if char.isascii():
        return char.isprintable()
    kind = unicodedata.category(char)
    return (kind[0] in "LM" or kind == "Nd") and ord(char) not in _INVISIBLE


def _script(char: str) -> str:
    """By its Unicode name, which begins with the script; empty for what all scripts use."""
    if char.isascii() and not char.isalpha():
        return ""
    words = re.split("[ -]", unicodedata.name(char, "?").removeprefix("EXTENDED "))
    return "" if words[0] == "COMBINING" else words[0]
