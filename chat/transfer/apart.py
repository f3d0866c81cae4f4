"""Large files are read in a process of their own: others have this one's interpreter meanwhile.

What search is to find of a text is made there, too.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO

from chat.transfer import sources
from chat.transfer.spool import MB, Spool
from chat.work import feed
from store.arrivals import weight
from store.carried import CarriedMessage, OwnPiece
from store.errors import ParleyError, Refused
from store.search_index import words_of

LARGE = 2 * MB
"""To start a process takes as long as to read so much."""
TOGETHER = 250
"""Pieces that weigh so much are handed over at once."""


@dataclass(frozen=True, slots=True)
class Read:
    """Pieces of a file of this kind; ``refused`` is why there are no more, where that is wrong."""

    kind: str
    pieces: list[OwnPiece]
    refused: tuple[str, str] | None = None


@contextmanager
def read(spool: Spool, waiting: Callable[[], None] = lambda: None) -> Iterator[Iterator[Read]]:
    """A file that nobody else reads meanwhile; the parts raise `Refused` or `WorkFailed`.

    ``waiting`` is called again and again while nothing comes, and may raise to end it.
    """
    terms = dict(spool.mapping), spool.most
    if spool.size < LARGE or sources.needs_copy(spool.file):
        yield _checked(parts(spool.file, *terms))
        return
    spool.file.flush()
    with feed.fed(parts, spool.file, *terms, waiting=waiting) as found:
        yield _checked(found)


def parts(file: IO[bytes], mapping: Mapping[str, str], most: int) -> Iterator[Read]:
    """All of a file, see `sources.opened`."""
    kind, pieces, waiting = "", list[OwnPiece](), 0
    try:
        with sources.opened(file, mapping, most=most) as source:
            for piece in source.pieces():
                kind = source.kind
                pieces.append(_folded(piece))
                waiting += weight(piece)
                if waiting >= TOGETHER:
                    yield Read(kind, pieces)
                    pieces, waiting = [], 0
        yield Read(kind, pieces)
    except ParleyError as error:
        yield Read(kind, pieces, (error.message, error.fix))


def _checked(found: Iterator[object]) -> Iterator[Read]:
    for part in found:
        assert isinstance(part, Read)
        yield part
        if part.refused:
            raise Refused(*part.refused)


def _folded(piece: OwnPiece) -> OwnPiece:
    if not isinstance(piece, CarriedMessage):
        return piece
    return replace(piece, words=words_of(piece.content))
