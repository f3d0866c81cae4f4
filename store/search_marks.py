"""What of a text is shown where it was found, and where in it the words stand."""

from collections.abc import Iterator
from itertools import count, islice

from store.folding import is_pair, placed, plain
from store.search_query import Query, matches
from store.texts import cut

EXCERPT, BEFORE = 200, 60
BLOCK, BESIDE = 500, 150
"""How much is looked through at once, and how far into the next part words may go."""


def excerpt(content: str, query: Query) -> str:
    """About `EXCERPT` characters around the first place of what is looked for, as one line."""
    begin = _not_before(content, query)
    place = begin + next(_places(content[begin:], query), (-begin, 0))[0]
    start = max(0, place - BEFORE)
    if start and " " in content[start:place]:
        start = content.index(" ", start) + 1
    return ("…" if start else "") + cut(content[start : start + 4 * EXCERPT], EXCERPT)


def _not_before(content: str, query: Query) -> int:
    """A place before the first word that may be one of those: to read each word takes long."""
    firsts = [part.terms[0] for part in query.wanted]
    for start in range(0, len(content), BLOCK):
        folded = plain(content[start : start + BLOCK + BESIDE])
        if any(first in folded for first in firsts):
            return content.rfind(" ", max(start - BESIDE, 0), start) + 1 or start
    return 0


def marks(shown: str, query: Query) -> Iterator[tuple[int, int]]:
    """Where the words stand, from and to, each place once."""
    end = 0
    for start, stop in _places(shown, query):
        if stop > end:
            yield max(start, end), stop
            end = stop


def _places(content: str, query: Query) -> Iterator[tuple[int, int]]:
    """From where to where what is looked for stands in a text, by the beginning of each."""
    wanted = query.wanted
    longest = max(len(part.terms) for part in wanted)
    firsts = {part.terms[0] for part in wanted}
    beginnings = tuple(part.terms[0] for part in wanted if part.begins and len(part.terms) == 1)
    words, read = placed(content), list[tuple[str, int, int]]()
    for at in count():
        if at + longest >= len(read):
            read += islice(words, longest + 50)
        if at >= len(read):
            return
        if read[at][0] not in firsts and not read[at][0].startswith(beginnings):
            continue
        row = [word for word, _, _ in read[at : at + longest]]
        # Of a pair of characters the place is the first one's; the next word begins with the other.
        ends = [
            read[min(at + len(part.terms) - 1 + is_pair(part.terms[-1]), len(read) - 1)][2]
            for part in wanted
            if matches(part, row)
        ]
        if ends:
            yield read[at][1], max(ends)
