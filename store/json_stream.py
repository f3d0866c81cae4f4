"""A JSON text that is read value by value, so that it costs its largest value and not its length.

The values themselves are `json`'s own work: what is read so far is tried, and where it ends too
early twice as much is, so the whole costs a small multiple of its length. Every text is hostile:
a value has a largest size, and a largest number of parts, for a list of empty lists takes twenty
times its size in memory.
"""

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from typing import IO, NoReturn

from store.errors import Refused

VALUE_MAX = 32 * 1024 * 1024
PARTS_MAX, LISTS_MAX = 4_000_000, 1_000_000
CHUNK = 256 * 1024
NEAR = 64
"""So near to the end of what was read, nothing is known to be wrong yet."""
FIX = "Export it again; a file that was opened in a text editor may be damaged."
_SPACE = re.compile(r"[ \t\n\r]*")


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_number, strict=False)


class JsonStream:
    """One text; `names` and `items` walk into what is next, `value` reads it whole."""

    def __init__(self, file: IO[bytes], most: int = VALUE_MAX) -> None:
        self._file = file
        self._most = most
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._text, self._at, self._before, self._ended = "", 0, 0, False

    @property
    def place(self) -> int:
        """How many characters were read."""
        return self._before + self._at

    def peek(self) -> str:
        """The first character of what is next; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._more(CHUNK)

    def begins_with(self, names: Sequence[str]) -> bool:
        """Whether an object is next whose first name is one of these, as they are written."""
        if self.peek() != "{":
            return False
        inside = _SPACE.match(self._text, self._at + 1)
        return inside is not None and self._text.startswith(tuple(names), inside.end())

    def value(self) -> object:
        """What is next; raises `Refused` for what is no JSON, or too large."""
        if not self.peek():
            self._refuse("ends too early")
        while True:
            self._check_size()
            try:
                found, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_open = error.msg.startswith("Unterminated")
                if self._ended or not (is_open or error.pos >= len(self._text) - NEAR):
                    self._refuse("is not JSON")
            except (ValueError, RecursionError):
                self._refuse("has a value that cannot be read")
            else:
                if self._ended or end < len(self._text) - NEAR:
                    self._at = end
                    return found
            self._more(max(CHUNK, len(self._text) - self._at))

    def items(self) -> Iterator[None]:
        """Of the list that is next: before each of its items, which is then to be read."""
        yield from self._within("[]")

    def names(self) -> Iterator[str]:
        """Of the object that is next: each key, whose value is then to be read."""
        for _ in self._within("{}"):
            key = self.value()
            if not isinstance(key, str):
                self._refuse("is not JSON")
            self._expect(":")
            yield key

    def end(self) -> None:
        """Raise `Refused` where something follows."""
        if self.peek():
            self._refuse("goes on after its end")

    def _within(self, signs: str) -> Iterator[None]:
        self._expect(signs[0])
        if self.peek() == signs[1]:
            self._at += 1
            return
        while True:
            yield
            if self.peek() == signs[1]:
                self._at += 1
                return
            self._expect(",")

    def _expect(self, sign: str) -> None:
        if self.peek() != sign:
            self._refuse("is not JSON" if self.peek() else "ends too early")
        self._at += 1

    def _more(self, size: int) -> None:
        piece = self._file.read(size)
        self._ended = not piece
        self._before += self._at
        self._text = self._text[self._at :] + self._decode(piece, self._ended)
        self._at = 0

    def _check_size(self) -> None:
        size = len(self._text) - self._at
        if size > 2 * self._most + CHUNK:  # of which half may be of what follows
            self._refuse(f"has a value of more than {self._most // 1024**2} MB")
        if size > LISTS_MAX and (
            self._text.count(",", self._at) > PARTS_MAX
            or self._text.count("[", self._at) + self._text.count("{", self._at) > LISTS_MAX
        ):
            self._refuse("has a value of too many parts")

    def _refuse(self, what: str) -> NoReturn:
        raise Refused(f"The file {what} at character {self.place:,}.", FIX)
