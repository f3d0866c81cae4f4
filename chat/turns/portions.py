"""How a request's room is divided between what was said and the files that belong to it.

All of it is counted in characters. The newest question comes first, with its files; then what was
said before it, newest first; then the files of that, as far as there is room. What is older than
fits is not even looked at.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chat.agent.types import ATTACHED
from chat.bill import CHARS_PER_TOKEN
from chat.turns.file_words import FENCE_CHARS, PICTURES, TAKEN, Fate, length, room_of_heading
from store.file_values import StoredFile
from store.tree import Said

PICTURE_TOKENS = 1_500
LEAST_CHARS, BRIEF_CHARS = 400, 100
"""Less than this of a file is of no use."""
AT_ONCE = 50
_AROUND = len(ATTACHED) + 4
_PICTURE = PICTURE_TOKENS * CHARS_PER_TOKEN

FilesOfMessages = Mapping[int, Sequence[StoredFile]]
FilesOf = Callable[[Sequence[int]], FilesOfMessages]


@dataclass(frozen=True, slots=True)
class Portion:
    """What of a file is sent: ``took`` characters of its text or tables, or why nothing is."""

    file: StoredFile
    fate: Fate
    took: int = 0


@dataclass(frozen=True, slots=True)
class Portions:
    """What was ``said``, as far as it is sent, and by message the portions of its files.

    ``brief``: there is no room even for the names of the question's files.
    """

    said: tuple[Said, ...]
    files: Mapping[int, tuple[Portion, ...]] = field(default_factory=dict)
    brief: bool = False


def portioned(branch: Sequence[Said], files_of: FilesOf, room: int, *, sees: bool) -> Portions:
    """Divide ``room`` characters; the last of the ``branch`` is the question.

    ``files_of`` gives the files of messages; it is asked only of those that have any. Only people's
    messages have files: models take no pictures with others.
    """
    said = [one if one.role == "user" else one._replace(file_count=0) for one in branch]
    if not any(one.file_count for one in said):
        return Portions(tuple(said))
    *older, question = said
    mine = files_of([question.id]).get(question.id, ()) if question.file_count else ()
    room -= len(question.content)
    if brief := bool(mine) and _named(mine) > room:
        room -= BRIEF_CHARS
    else:
        room -= _named(mine)
    room = max(room, 0)
    before = _before(older, files_of, room)
    portioning = _Portioning(sees)
    wanted = 0 if brief else sum(map(portioning.wants, mine))
    most = min(wanted, max(room - sum(cost for _, _, cost in before), room // 2))
    portions = {question.id: portioning.grant(mine, 0 if brief else most)} if mine else {}
    room -= portioning.given
    kept = []
    for one, attached, cost in before:
        if cost > room:
            break
        room -= cost
        kept.append((one, attached))
    for one, attached in kept:
        if attached:
            given = portioning.given
            portions[one.id] = portioning.grant(attached, room)
            room -= portioning.given - given
    return Portions((*(one for one, _ in reversed(kept)), question), portions, brief)


def _before(
    older: Sequence[Said], files_of: FilesOf, room: int
) -> list[tuple[Said, Sequence[StoredFile], int]]:
    """Messages, newest first, with their files and what they cost at least; no more than fit."""
    found: list[tuple[Said, Sequence[StoredFile], int]] = []
    newest = list(reversed(older))
    for start in range(0, len(newest), AT_ONCE):
        these = newest[start : start + AT_ONCE]
        ids = [one.id for one in these if one.file_count]
        attached = files_of(ids) if ids else {}
        for one in these:
            mine = attached.get(one.id, ())
            cost = len(one.content) + _named(mine)
            room -= cost
            found.append((one, mine, cost))
            if room < 0:
                return found
    return found


def _named(files: Sequence[StoredFile]) -> int:
    """What the lines about these take."""
    if not files:
        return 0
    return _AROUND + sum(map(room_of_heading, files))


@dataclass(eq=False)
class _Portioning:
    """Gives files their portions, message by message, the newest first."""

    sees: bool
    given: int = 0
    pictures: int = 0
    seen: set[str] = field(default_factory=set)

    def wants(self, file: StoredFile) -> int:
        """What all of it takes, besides the line about it."""
        if file.deleted_at is not None:
            return 0
        if file.kind == "image":
            return _PICTURE if self.sees else 0
        return length(file) + FENCE_CHARS if length(file) else 0

    def grant(self, files: Sequence[StoredFile], room: int) -> tuple[Portion, ...]:
        """Portions of so much room: pictures first, then small files whole, large ones alike."""
        found: dict[int, Portion] = {}
        texts = []
        for at, file in enumerate(files):
            if (portion := self._settled(file)) is not None:
                found[at] = portion
            elif file.kind == "image":
                found[at], taken = self._picture(file, room)
                room -= taken
            else:
                texts.append((self.wants(file), at, file))
        for number, (wanted, at, file) in enumerate(sorted(texts, key=lambda one: one[:2])):
            mine = min(wanted, room // (len(texts) - number))
            took = mine - FENCE_CHARS
            if mine < wanted and took < LEAST_CHARS:
                found[at] = Portion(file, "room")
                continue
            found[at] = Portion(file, "sent" if mine == wanted else "cut", took)
            room -= mine
            self.given += mine
        portions = tuple(found[at] for at in range(len(files)))
        self.seen |= {one.file.file_id for one in portions if one.fate in TAKEN}
        return portions

    def _settled(self, file: StoredFile) -> Portion | None:
        """Of what nothing is sent in any case."""
        if file.deleted_at is not None:
            return Portion(file, "removed")
        if file.file_id in self.seen:
            return Portion(file, "later")
        if file.kind != "image":
            return None if length(file) else Portion(file, "empty")
        return None if self.sees else Portion(file, "blind")

    def _picture(self, file: StoredFile, room: int) -> tuple[Portion, int]:
        if self.pictures >= PICTURES:
            return Portion(file, "bounded"), 0
        if room < _PICTURE:
            return Portion(file, "room"), 0
        self.pictures += 1
        self.given += _PICTURE
        return Portion(file, "sent"), _PICTURE
