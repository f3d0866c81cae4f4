"""How words are told apart and folded for search; the same for texts, queries and all databases.

Accents and case do not count, nor do compatibility forms (a ligature, a full-width letter). What is
between words does not count either, nor does an underscore: ``snake_case`` is two words. Scripts
without spaces, and Korean, give each character together with the next one, so that any part of a
sentence is found as the phrase of what it gives. Of a word the first `WORD_MAX` characters count.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

WORD_MAX = 64
_DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\u2600-\u27bf\U0001f300-\U0001faff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Korean, Japanese, pictures, Chinese."""
_JOINED = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
_SIGNS = (
    "\u0900-\u0963\u0966-\u0dff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
)
"""Accents and vowel signs, which belong to the letter before them; with all of Indian scripts."""
_WORD = re.compile(rf"[\w{_JOINED}{_SIGNS}{_DENSE}]+")
_PART = re.compile(rf"[{_DENSE}]+|[^{_DENSE}]+")
_IS_DENSE = re.compile(rf"[{_DENSE}]")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_ACCENTS = re.compile(f"[{_JOINED}]+")
_FOREIGN = re.compile(r"[^\x00-\x7f]{1,256}")
"""In pieces: to bring signs on one letter in order takes the square of their number."""


def terms(text: str) -> list[str]:
    """The folded words of a text, in order."""
    text = text.casefold()
    if text.isascii():
        found = _ASCII_WORD.findall(text)
    else:
        text = _plain(text).replace("_", " ")
        found = _WORD.findall(text)
        if _IS_DENSE.search(text):
            found = [term for word in found for run in _PART.findall(word) for term in _of_run(run)]
    return [word[:WORD_MAX] for word in found] if len(text) > WORD_MAX else found


def plain(text: str) -> str:
    """A text in which the words stand as `terms` gives them, among what is between them."""
    text = text.casefold()
    return text if text.isascii() else _plain(text)


def phrase(text: str) -> tuple[list[str], bool]:
    """What finds a text inside another one: terms in a row, and whether the last is a beginning.

    That is so of one character of a script without spaces.
    """
    found = terms(text)
    if not found or not _IS_DENSE.match(found[-1]) or len(found[-1]) > 1:
        return found, False
    if len(found) > 1 and len(found[-2]) > 1 and _IS_DENSE.match(found[-2]):
        return found[:-1], False
    return found, True


def placed(text: str) -> Iterator[tuple[str, int, int]]:
    """Each term of a text, and from where to where it stands there, in characters.

    Of a pair of characters that is the first one.
    """
    if text.isascii():
        for word in _ASCII_WORD.finditer(text.lower()):
            yield word[0][:WORD_MAX], *word.span()
        return
    for word in _WORD.finditer(text.replace("_", " ")):
        for run in _PART.finditer(word[0]):
            start, end = word.start() + run.start(), word.start() + run.end()
            found = terms(run[0])
            places: Sequence[int] = range(start, end)
            if _IS_DENSE.match(run[0]) and len(found) != len(places):
                # Some become two when they are folded.
                places = [at for at in places for _ in plain(text[at])]
            one_by_one = len(found) == len(places) and _IS_DENSE.match(run[0])
            for at, term in enumerate(found):
                yield (term, places[at], places[at] + 1) if one_by_one else (term, start, end)


def is_pair(term: str) -> bool:
    """Whether it is a character of a script without spaces, with the next one."""
    return len(term) > 1 and bool(_IS_DENSE.match(term))


def _of_run(run: str) -> list[str]:
    if not _IS_DENSE.match(run):
        return [run]
    return [run[at : at + 2] for at in range(len(run))]


def _plain(text: str) -> str:
    return _FOREIGN.sub(lambda piece: _plain_piece(piece[0]), text)


@lru_cache(maxsize=4096)
def _plain_piece(piece: str) -> str:
    apart = unicodedata.normalize("NFKD", piece)
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart)).casefold()
