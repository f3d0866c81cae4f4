"""Files on their way in, and what messages that come in have of them, and of computed results.

Each file's bytes wait on the disk until all are there and are those that were said; whoever hands
in ``keep`` reads and keeps it then. The caller owns the transaction of what is written here.
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import IO
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlmodel import Session

from store import search_files
from store.bulk import Arrival
from store.carried import Skipped
from store.carried_files import CarriedBytes, CarriedComputed, CarriedFile
from store.errors import ParleyError, StorageUnavailable
from store.files import attach_rows
from store.intake import KeepFile, Tally
from store.results import RESULTS_MAX
from store.tables import files, messages, results
from store.texts import is_id, seen
from store.tree import message_at
from store.values import SessionKey

HELD_BYTES = 4 * 1024 * 1024
"""What of a file is longer waits on the disk."""
FILES_MAX = 10_000
"""So many of one file of chats."""
TITLE_MAX = 200
_LEFT_OUT = "one of its files is left out"


@dataclass(slots=True)
class ArrivingFiles:
    """Those of one file of chats, by the ids that it gives them."""

    user_id: str
    keep: KeepFile | None
    count: Tally
    here: dict[str, str] = field(default_factory=dict)
    _removed: dict[str, CarriedFile] = field(default_factory=dict)
    _coming: "_Coming | None" = None
    _seen: int = 0

    def take(self, piece: CarriedFile | CarriedBytes) -> None:
        """The next one, or more of it."""
        if isinstance(piece, CarriedBytes):
            if self._coming:
                self._coming.write(piece.data)
            return
        self.end()
        self._seen += 1
        if self._seen > FILES_MAX:
            self._skip(piece, f"more than {FILES_MAX:,} files do not come in at once")
        elif piece.sha256 is None:
            self._removed[piece.file_id] = piece
        else:
            self._coming = _Coming(piece)

    def end(self) -> bool:
        """All of the last one came: keep it, unless it is another than was said; whether one did.

        Raises `StorageUnavailable`.
        """
        coming, self._coming = self._coming, None
        if coming is None:
            return False
        with coming.body as body:
            if not coming.is_whole:
                self._skip(coming.said, "its bytes are not those that it names")
                return True
            body.seek(0)
            if self.keep is None:
                self._skip(coming.said, "files cannot come in here")
                return True
            try:
                self.here[coming.said.file_id] = self.keep(coming.said, body)
                self.count.files += 1
            except StorageUnavailable:
                raise
            except ParleyError as error:
                self._skip(coming.said, str(error))
        return True

    def attach(self, db: Session, arrival: Arrival) -> None:
        """Have the messages that were written have theirs."""
        for id_, named in arrival.attached:
            found = self._those_here(db, named)
            attach_rows(db, arrival.key, message_id=id_, file_ids=found)
            if len(found) < len(named):
                arrival.skipped.append(Skipped(f"{arrival.where}, message {id_}", _LEFT_OUT))
        if arrival.attached:
            search_files.named(db, arrival.key, [id_ for id_, _ in arrival.attached])
        arrival.attached.clear()

    def _those_here(self, db: Session, named: Sequence[str]) -> list[str]:
        """Each once."""
        wanted = {name: self.here[name] for name in named if name in self.here}
        query = select(files.c.file_id).where(
            files.c.user_id == self.user_id, files.c.file_id.in_(set(wanted.values()))
        )
        there = set(db.scalars(query))
        found = []
        for name in named:
            if wanted.get(name) in there:
                found.append(wanted[name])
            elif name in self._removed:
                self.here[name] = self._put_removed(db, self._removed[name])
                found.append(self.here[name])
        return list(dict.fromkeys(found))

    def _put_removed(self, db: Session, said: CarriedFile) -> str:
        """One that is named only."""
        values = {name: getattr(said, name) for name in ("kind", "media_type", "size")}
        values |= {"file_id": uuid4().hex, "name": seen(said.name)[:TITLE_MAX], "details": {}}
        times = {"created_at": said.created_at, "deleted_at": said.deleted_at or said.created_at}
        db.execute(insert(files).values(user_id=self.user_id, **values, **times))
        return str(values["file_id"])

    def _skip(self, said: CarriedFile, why: str) -> None:
        self.count.skip(f"file “{said.name[:60]}”", why)


class _Coming:
    """A file of which some has come."""

    def __init__(self, said: CarriedFile) -> None:
        self.said = said
        self.body: IO[bytes] = tempfile.SpooledTemporaryFile(HELD_BYTES, prefix="parley-")  # noqa: SIM115 - until all came
        self._size = 0
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """More of it; what is too much is not kept."""
        self._size += len(data)
        if self._size <= self.said.size:
            self._hash.update(data)
            self.body.write(data)

    @property
    def is_whole(self) -> bool:
        """Whether it is what was said."""
        return self._size == self.said.size and self._hash.hexdigest() == self.said.sha256


def add_computed(db: Session, arrival: Arrival, given: Sequence[CarriedComputed]) -> None:
    """Results of messages of the chat that are there; those that have them stay as they are."""
    if not given:
        return
    key, mine = arrival.key, (results.c.user_id == arrival.key.user_id,)
    these = (*mine, results.c.session_id == key.session_id)
    ids = {place[0] for one in given if (place := arrival.places.get(one.message_id))}
    query = select(results.c.message_id, results.c.result_id, results.c.number)
    found = db.execute(query.where(*these, results.c.message_id.in_(ids))).all()
    there = {(row.message_id, row.result_id) for row in found}
    counts = Counter(row.message_id for row in found)
    last = {row.message_id: row.number for row in sorted(found, key=lambda row: row.number)}
    added = set[int]()
    for one in given:
        place = arrival.places.get(one.message_id)
        where = f"{arrival.where}, result “{one.title[:40]}”"
        if place is None or not is_id(one.result_id):
            arrival.skipped.append(Skipped(where, "its message is left out, or its id is none"))
        elif (place[0], one.result_id) in there:
            continue
        elif counts[place[0]] >= RESULTS_MAX:
            arrival.skipped.append(Skipped(where, f"an answer has at most {RESULTS_MAX}"))
        else:
            there.add((place[0], one.result_id))
            counts[place[0]] += 1
            last[place[0]] = last.get(place[0], 0) + 1
            added.add(place[0])
            db.execute(insert(results).values(**_row(key, place[0], last[place[0]], one)))
    arrival.grew = arrival.grew or bool(added)
    for id_ in sorted(added):
        this = update(messages).where(*message_at(key, id_))
        db.execute(this.values(result_count=counts[id_]))


def _row(key: SessionKey, message_id: int, number: int, one: CarriedComputed) -> dict[str, object]:
    names = ("result_id", "kind", "query", "count", "total", "created_at", "data", "shown")
    said = {name: getattr(one, name) for name in names}
    return {
        **asdict(key),
        **said,
        "message_id": message_id,
        "number": number,
        "title": " ".join(one.title.split())[:TITLE_MAX],
        "about": dict(one.about),
        "columns": [asdict(column) for column in one.columns],
        "size": len(one.shown) + len(one.data),
    }
