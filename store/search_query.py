"""What somebody looks for: words, "phrases", beginnings*, -what is not to be there, one OR another.

All of it has to be there, in any order; ``OR`` is between its two neighbours. Whatever else is
written is read as words: a quotation mark that is not closed ends with the text, an ``OR`` with
nothing beside it is none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from store.errors import Refused
from store.folding import phrase
from store.texts import repaired

QUERY_MAX = 500
PARTS_MAX = 32
BEGINNING = 2
"""From so many characters on there are beginnings of words: of one, too many have it."""
_TOKEN = re.compile(r'(-?)(?:"([^"]*)"?(\*?)|([^\s"]+))')


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """Terms in a row; with ``begins`` the last one is the beginning of a word."""

    terms: tuple[str, ...]
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One of each of ``all`` is there, and none of ``none``."""

    all: tuple[tuple[SearchTerm, ...], ...]
    none: tuple[SearchTerm, ...] = ()

    @property
    def wanted(self) -> list[SearchTerm]:
        """All that may be marked in what is found."""
        return [part for parts in self.all for part in parts]


def parse(text: str, *, unfinished: bool = False) -> Query:
    """What was typed; when it is ``unfinished`` the last word may be the beginning of one.

    Raises `Refused` when there is nothing to look for.
    """
    wanted: list[list[SearchTerm]] = []
    unwanted: list[SearchTerm] = []
    joins = False
    for minus, part in _parts(repaired(text[:QUERY_MAX]), unfinished):
        if part is None:
            joins = bool(wanted)
            continue
        if minus:
            unwanted.append(part)
        elif joins:
            wanted[-1].append(part)
        else:
            wanted.append([part])
        joins = False
    if not wanted and unwanted:
        raise Refused(
            "This says only what is not to be there.", "Add a word that is to be there, without -."
        )
    if not wanted:
        raise Refused("There is no word to look for.", "Type a word that was written.")
    return Query(tuple(map(tuple, wanted)), tuple(unwanted))


def _parts(text: str, unfinished: bool) -> Iterator[tuple[bool, SearchTerm | None]]:
    """Each with whether it is not to be there; None for an ``OR``."""
    found = list(_TOKEN.finditer(text))[:PARTS_MAX]
    for token in found:
        minus, quoted, star, word = token.groups()
        if token[0] == "OR":
            yield False, None
            continue
        last = unfinished and token.end() == len(text)
        folded, begins = phrase(quoted if word is None else word)
        if not folded:
            continue
        starred = bool(star) or (word is not None and (last or word.endswith("*")))
        begins = begins or (starred and len(folded[-1]) >= BEGINNING)
        yield bool(minus), SearchTerm(tuple(folded), begins)


def fts(
    query: Query, owner: str, also: Sequence[Sequence[str]] = (), never: Sequence[str] = ()
) -> str:
    """As SQLite's FTS5 wants it; one of each of ``also`` has to be there too, none of ``never``."""
    wanted = [
        f"({' OR '.join(_fts(term, owner) for term in terms)})" for terms in _all(query, also)
    ]
    unwanted = "".join(f" NOT {_fts(part, owner)}" for part in _none(query, never))
    return f"({' AND '.join(wanted)}){unwanted}"


def tsquery(
    query: Query, owner: str, also: Sequence[Sequence[str]] = (), never: Sequence[str] = ()
) -> str:
    """The same for PostgreSQL."""
    wanted = [
        f"({' | '.join(_tsquery(term, owner) for term in terms)})" for terms in _all(query, also)
    ]
    return " & ".join([*wanted, *(f"!({_tsquery(one, owner)})" for one in _none(query, never))])


def _all(query: Query, also: Sequence[Sequence[str]]) -> list[Sequence[SearchTerm]]:
    return [*([SearchTerm((term,)) for term in terms] for terms in also), *query.all]


def _none(query: Query, never: Sequence[str]) -> list[SearchTerm]:
    return [*query.none, *(SearchTerm((term,)) for term in never)]


def _fts(part: SearchTerm, owner: str) -> str:
    row = " ".join(owner + term for term in part.terms)
    return f'"{row}" *' if part.begins else f'"{row}"'


def _tsquery(part: SearchTerm, owner: str) -> str:
    row = " <-> ".join(f"'{owner}{term}'" for term in part.terms)
    return f"{row}:*" if part.begins else row


def matches(part: SearchTerm, row: Sequence[str]) -> bool:
    """Whether terms in a row begin with a part."""
    last = len(part.terms) - 1
    if len(row) <= last or tuple(row[:last]) != part.terms[:last]:
        return False
    return row[last].startswith(part.terms[-1]) if part.begins else row[last] == part.terms[-1]
