"""Attached files: whose they are, which messages have them. The caller owns the transaction.

Whoever adds one first has its bytes where they belong, under the name's lock (`hold`); a file that
no message has any more goes by itself (`store.file_models`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlmodel import Session

from store.dialects import lock_names
from store.errors import FileNotHere, Refused
from store.file_models import NAME_MAX
from store.file_values import FileDetails, NewFile, StoredFile
from store.session_locks import AT_ONCE, owned
from store.tables import files, gone_files, message_files, messages
from store.texts import is_id, repaired
from store.tree import EVERYTHING, Conditions, message_at, upward
from store.types import Found, utc_now
from store.values import SessionKey

_NAMES = tuple(StoredFile.__dataclass_fields__)
_COLUMNS = [files.c[name] for name in _NAMES]
_HERE = files.c.deleted_at.is_(None)
_GONE = text("INSERT INTO gone_files (sha256) VALUES (:sha256) ON CONFLICT DO NOTHING")


def hold(db: Session, sha256: str) -> None:
    """Until the transaction ends nobody else adds or removes bytes of this hash."""
    lock_names(db.connection(), [f"file {sha256}"])


def hold_of(db: Session, user_ids: Iterable[str]) -> None:
    """Until the transaction ends nobody else brings, attaches or removes files of these users.

    Taken before any session is locked: what a message has goes, and comes, in any order.
    """
    lock_names(db.connection(), [f"files of {one}" for one in sorted(set(user_ids))])


def hold_going(db: Session, user_ids: Iterable[str]) -> None:
    """The same where several may go, one transaction at a time: ``gone_files`` is everybody's."""
    hold_of(db, user_ids)
    lock_names(db.connection(), ["files that go"])


def add(
    db: Session, *, user_id: str, new: NewFile, now: datetime | None = None
) -> tuple[StoredFile, bool]:
    """Keep a file; the one they have with the same bytes, and False, where there is one."""
    hold(db, new.sha256)
    if found := with_hash(db, user_id=user_id, sha256=new.sha256):
        return found, False
    kept = StoredFile(
        uuid4().hex,
        repaired(new.name)[:NAME_MAX],
        new.kind,
        new.media_type,
        new.size,
        new.sha256,
        new.details,
        now or utc_now(),
    )
    values = {name: getattr(kept, name) for name in _NAMES} | {"details": kept.details.as_json()}
    db.execute(insert(files).values(user_id=user_id, **values))
    return kept, True


def get(db: Session, *, user_id: str, file_id: str) -> StoredFile:
    """One of theirs; raises `FileNotHere`, also for one that was removed."""
    if file := found(db, user_id=user_id, file_ids=[file_id]).get(file_id):
        return file
    raise FileNotHere


def with_hash(db: Session, *, user_id: str, sha256: str) -> StoredFile | None:
    """The one of theirs that has these bytes."""
    found = db.execute(select(*_COLUMNS).where(*_mine(user_id), files.c.sha256 == sha256))
    return _file(row) if (row := found.first()) else None


def came_again(db: Session, *, user_id: str, sha256: str, now: datetime) -> StoredFile | None:
    """The same; what no message has yet counts from now on as new, and stays as long."""
    hold_of(db, [user_id])
    this, at = (*_mine(user_id), files.c.sha256 == sha256), message_files.c
    sent = exists().where(at.user_id == files.c.user_id, at.file_id == files.c.file_id)
    db.execute(update(files).where(*this, ~sent).values(created_at=now))
    return with_hash(db, user_id=user_id, sha256=sha256)


def of_ids(db: Session, *, user_id: str, file_ids: Sequence[str]) -> list[StoredFile]:
    """These of theirs, in that order; raises `FileNotHere` with those that are missing."""
    there = found(db, user_id=user_id, file_ids=file_ids)
    if missing := [one for one in dict.fromkeys(file_ids) if one not in there]:
        raise FileNotHere.named([one for one in missing if is_id(one)])
    return [there[one] for one in file_ids]


def found(db: Session, *, user_id: str, file_ids: Sequence[str]) -> dict[str, StoredFile]:
    """Those of these that are there, by their ids."""
    ids = [one for one in file_ids if is_id(one)]
    there: dict[str, StoredFile] = {}
    for start in range(0, len(ids), AT_ONCE):
        these = (*_mine(user_id), files.c.file_id.in_(ids[start : start + AT_ONCE]), _HERE)
        there |= {row.file_id: _file(row) for row in db.execute(select(*_COLUMNS).where(*these))}
    return there


def listed(
    db: Session,
    *,
    user_id: str,
    limit: int | None = None,
    before: tuple[datetime, str] | None = None,
) -> list[StoredFile]:
    """All of theirs, newest first; ``before`` is time and id of the last one that is known."""
    place = (files.c.created_at, files.c.file_id)
    query = select(*_COLUMNS).where(*_mine(user_id), _HERE)
    if before is not None:
        query = query.where(tuple_(*place) < tuple_(*before))
    rows = db.execute(query.order_by(*(one.desc() for one in place)).limit(limit))
    return [_file(row) for row in rows]


def used_bytes(db: Session, *, user_id: str) -> int:
    """How much all of theirs have."""
    total = select(func.coalesce(func.sum(files.c.size), 0)).where(*_mine(user_id), _HERE)
    return int(db.scalar(total) or 0)


def count(db: Session, *, user_id: str) -> int:
    """How many they have."""
    query = select(func.count()).select_from(files).where(*_mine(user_id), _HERE)
    return db.scalar(query) or 0


def remove(db: Session, *, user_id: str, file_id: str, now: datetime | None = None) -> None:
    """Remove one for good; messages that have it name it still. Raises `FileNotHere`."""
    hold_of(db, [user_id])
    file = get(db, user_id=user_id, file_id=file_id)
    this = (*_mine(user_id), files.c.file_id == file_id)
    used = exists().where(message_files.c.user_id == user_id, message_files.c.file_id == file_id)
    db.execute(delete(files).where(*this, ~used))
    gone: dict[str, object] = {"sha256": None, "details": {}, "deleted_at": now or utc_now()}
    db.execute(update(files).where(*this).values(**gone))
    db.execute(_GONE, {"sha256": file.sha256})


def attach(db: Session, key: SessionKey, *, message_id: int, file_ids: Sequence[str]) -> None:
    """Have a message have these, after those it has; raises `FileNotHere`.

    Who calls it has found the message to be theirs, and holds the lock of its session, and before
    that those of its user's files.
    """
    of_ids(db, user_id=key.user_id, file_ids=file_ids)
    attach_rows(db, key, message_id=message_id, file_ids=file_ids)


def attach_rows(db: Session, key: SessionKey, *, message_id: int, file_ids: Sequence[str]) -> None:
    """The same of files that are known to be theirs, also removed ones; for this package only."""
    ids = list(dict.fromkeys(file_ids))
    if not ids:
        return
    place = {**asdict(key), "message_id": message_id}
    rows = [{**place, "file_id": id_, "position": at} for at, id_ in enumerate(ids)]
    db.execute(insert(message_files), rows)
    this = update(messages).where(*message_at(key, message_id))
    db.execute(this.values(file_count=messages.c.file_count + len(ids)))


def of_messages(
    db: Session, key: SessionKey, ids: Sequence[int]
) -> dict[int, tuple[StoredFile, ...]]:
    """What these messages of a session have, in order; also what was removed."""
    owned(key)  # raises where this is no id
    place = (message_files.c.user_id == key.user_id, message_files.c.session_id == key.session_id)
    found: dict[int, tuple[StoredFile, ...]] = {}
    for start in range(0, len(ids), AT_ONCE):
        these = message_files.c.message_id.in_(ids[start : start + AT_ONCE])
        query = select(message_files.c.message_id, *_COLUMNS).join(files).where(*place, these)
        order = (message_files.c.message_id, message_files.c.position, message_files.c.file_id)
        for row in db.execute(query.order_by(*order)):
            found[row.message_id] = (*found.get(row.message_id, ()), _file(row))
    return found


def of_places(
    db: Session, *, user_id: str, places: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], tuple[StoredFile, ...]]:
    """The same of messages of several sessions of somebody's, by session and id."""
    place = (message_files.c.session_id, message_files.c.message_id)
    found: dict[tuple[str, int], tuple[StoredFile, ...]] = {}
    for start in range(0, len(places), AT_ONCE):
        # Each by its own: of pairs SQLite would look at all that somebody has.
        these = or_(*(_at(user_id, *one) for one in places[start : start + AT_ONCE]))
        query = select(*place, *_COLUMNS).join(files).where(these)
        for row in db.execute(query.order_by(message_files.c.position, message_files.c.file_id)):
            at = (row.session_id, row.message_id)
            found[at] = (*found.get(at, ()), _file(row))
    return found


def of_branch(db: Session, key: SessionKey, *, leaf_id: int) -> list[StoredFile]:
    """What the messages from the leaf upward have, the oldest first, each once; not what is gone.

    Costs nothing where no message of the session has any.
    """
    owned(key)  # raises where this is no id
    place = (message_files.c.user_id == key.user_id, message_files.c.session_id == key.session_id)
    if db.scalar(select(message_files.c.file_id).where(*place).limit(1)) is None:
        return []
    path = upward(key, leaf_id, EVERYTHING)
    query = (
        select(*_COLUMNS).join(message_files).join(path, message_files.c.message_id == path.c.id)
    )
    rows = db.execute(
        query.where(*place, *_mine(key.user_id), _HERE).order_by(
            path.c.n.desc(), message_files.c.position, message_files.c.file_id
        )
    )
    found: dict[str, StoredFile] = {}
    for row in rows:
        found.setdefault(row.file_id, _file(row))
    return list(found.values())


def going(db: Session, *, limit: int = AT_ONCE) -> list[str]:
    """Hashes whose bytes may have to go."""
    return list(db.scalars(select(gone_files.c.sha256).order_by(gone_files.c.sha256).limit(limit)))


def is_used(db: Session, sha256: str) -> bool:
    """Whether any file of anybody has these bytes; it stays so under `hold`."""
    return bool(db.scalar(select(exists().where(files.c.sha256 == sha256))))


def used_among(db: Session, hashes: Sequence[str]) -> set[str]:
    """Those of these hashes of which it holds at this moment."""
    found = set[str]()
    for start in range(0, len(hashes), AT_ONCE):
        these = files.c.sha256.in_(hashes[start : start + AT_ONCE])
        found.update(db.scalars(select(files.c.sha256).where(these).distinct()))
    return found


def went(db: Session, hashes: Iterable[str]) -> None:
    """They were looked at."""
    db.execute(delete(gone_files).where(gone_files.c.sha256.in_(list(hashes))))


def check_count(file_ids: Sequence[str], most: int) -> None:
    """Raise `Refused` for more files than a message may have."""
    if len(set(file_ids)) > most:
        said = f"The message has {len(set(file_ids))} files."
        raise Refused(said, f"Send at most {most} at once.", field="file_ids")


def _mine(user_id: str) -> Conditions:
    return (files.c.user_id == user_id,)


def _at(user_id: str, session_id: str, message_id: int) -> ColumnElement[bool]:
    found = {"user_id": user_id, "session_id": session_id, "message_id": message_id}
    return and_(*(message_files.c[name] == value for name, value in found.items()))


def _file(row: Found) -> StoredFile:
    read = {name: getattr(row, name) for name in _NAMES}
    return StoredFile(**read | {"details": FileDetails.of(row.details)})
