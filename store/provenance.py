"""What was sent for answers, as it is kept: a record of ids and hashes, and texts by their hash.

A text that is no message is kept once for a user, for as long as an answer names it. The caller
owns the transaction.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import (
    JSON,
    ColumnElement,
    Table,
    bindparam,
    delete,
    exists,
    insert,
    literal,
    select,
    text,
    tuple_,
)
from sqlmodel import Session

from store.provenance_record import Provenance, stored
from store.session_locks import owned
from store.tables import messages, named_texts, provenance, sent_texts
from store.tree import EVERYTHING as NUMBER_MAX
from store.tree import Conditions, Said, messages_of, upward
from store.types import Found
from store.values import SessionKey

_AT_ONCE = 500
_NAMED = (named_texts.c.user_id, named_texts.c.hash)


def keep(db: Session, key: SessionKey, message_id: int, kept: Provenance) -> None:
    """The record in place of what was kept of it, and the texts besides; for this package only.

    Who calls it has found the answer to be theirs, and holds its lock.
    """
    keep_all(db, [(key, message_id, kept)])


def keep_all(db: Session, these: Sequence[tuple[SessionKey, int, Provenance]]) -> None:
    """The same for several answers, after all of them are locked; for this package only."""
    places = [({**asdict(key), "message_id": id_}, kept) for key, id_, kept in these]
    texts = {
        (key.user_id, hash_): kept.texts[hash_] for key, _, kept in these for hash_ in kept.texts
    }
    if texts:
        # Each is locked, also where it is there already: whoever lets go of texts waits. In one
        # order, so that none of two who keep several waits for the other.
        rows = [
            {"user_id": user_id, "hash": hash_, **stored(given)}
            for (user_id, hash_), given in sorted(texts.items())
        ]
        db.execute(_KEEP_TEXT, rows)
        named = [{**place, "hash": hash_} for place, kept in places for hash_ in kept.texts]
        db.execute(_NAME_TEXT, named)
    for place, kept in places:
        _name_again(db, place, kept.named)
    if places:
        db.execute(_KEEP, [{**place, "record": dict(kept.record)} for place, kept in places])


def _name_again(db: Session, place: Mapping[str, object], named: Sequence[str]) -> None:
    """Texts that are kept already; those that are not stay out."""
    for start in range(0, len(named), _AT_ONCE):
        these = sent_texts.c.hash.in_(named[start : start + _AT_ONCE])
        query = select(sent_texts.c.hash).where(sent_texts.c.user_id == place["user_id"], these)
        if there := db.scalars(query.order_by(sent_texts.c.hash).with_for_update()).all():
            db.execute(_NAME_TEXT, [{**place, "hash": hash_} for hash_ in there])


def of(db: Session, key: SessionKey, *, message_id: int) -> Provenance | None:
    """That of an answer; None where none is kept. Of texts those that are there."""
    owned(key)  # raises where this is no id
    record = db.scalar(select(provenance.c.record).where(*_at(provenance, key, message_id)))
    if not isinstance(record, Mapping):
        return None
    texts = _texts(db, _at(named_texts, key, message_id))
    return Provenance(record, texts.get(message_id, {}))


def of_messages(
    db: Session, key: SessionKey, ids: Sequence[int], told: set[str]
) -> dict[int, Provenance]:
    """Those of these messages; of texts that were ``told`` before, by then, the names alone."""
    owned(key)  # raises where this is no id
    these = (*_of(provenance, key), provenance.c.message_id.in_(ids))
    query = select(provenance.c.message_id, provenance.c.record).where(*these)
    records = db.execute(query.order_by(provenance.c.message_id)).all()
    if not records:
        return {}
    names = select(named_texts.c.message_id, named_texts.c.hash).where(
        *_of(named_texts, key), named_texts.c.message_id.in_(ids)
    )
    hashes: dict[int, set[str]] = {}
    for id_, hash_ in db.execute(names):
        hashes.setdefault(id_, set()).add(hash_)
    found = {}
    for id_, record in records:
        if not isinstance(record, Mapping):
            continue  # damaged
        named = hashes.get(id_, set())
        new = sorted(named - told)
        told |= named
        found[id_] = Provenance(record, _told(db, key, new), tuple(sorted(named - set(new))))
    return found


def named_messages(db: Session, key: SessionKey, ids: Sequence[int]) -> dict[int, Said]:
    """Those of these ids that are there, also on other branches; not those in the trash."""
    found: dict[int, Said] = {}
    ids = [id_ for id_ in ids if 0 < id_ < NUMBER_MAX]  # a record may have come from anybody
    for start in range(0, len(ids), _AT_ONCE):
        these = messages.c.id.in_(ids[start : start + _AT_ONCE])
        query = select(messages.c.id, messages.c.role, messages.c.content).where(
            *messages_of(key), these, messages.c.deleted_at.is_(None)
        )
        found |= {row.id: Said(*row) for row in db.execute(query)}
    return found


def said_above(db: Session, key: SessionKey, *, leaf_id: int, most: int) -> list[Said]:
    """The message and those above it, so many together, oldest first; not those in the trash."""
    if not 0 < leaf_id < NUMBER_MAX:
        return []
    path = upward(key, leaf_id, min(most, NUMBER_MAX))
    query = select(messages.c.id, messages.c.role, messages.c.content)
    query = query.join(path, messages.c.id == path.c.id)
    kept = query.where(*messages_of(key), messages.c.deleted_at.is_(None))
    return [Said(*row) for row in db.execute(kept.order_by(messages.c.depth))]


def copy_named(db: Session, key: SessionKey, copy: SessionKey) -> None:
    """What is kept of answers that a copy has, too; for this package only.

    The copy is the same user's, and its messages are there already.
    """
    there = select(messages.c.id).where(*messages_of(copy))
    for table in (provenance, named_texts):
        columns = [
            literal(copy.session_id) if column.name == "session_id" else column
            for column in table.c
        ]
        these = select(*columns).where(*_of(table, key), table.c.message_id.in_(there))
        db.execute(insert(table).from_select(list(table.c), these))


def hand_over(db: Session, *, user_id: str, to_user_id: str) -> None:
    """What is kept of answers whose copies this user has by now; for this package only."""
    db.execute(_HAND_TEXTS, {"user_id": user_id, "to_user_id": to_user_id})
    for table in (named_texts, provenance):
        columns = [
            literal(to_user_id) if column.name == "user_id" else column for column in table.c
        ]
        these = select(*columns).where(table.c.user_id == user_id)
        db.execute(insert(table).from_select(list(table.c), these))


def names(db: Session, *which: ColumnElement[bool]) -> list[tuple[str, str]]:
    """User and hash of each text that is named there, before that goes; for this package only.

    ``which`` are conditions on the table of names.
    """
    found = select(named_texts.c.user_id, named_texts.c.hash).where(*which).distinct()
    return sorted((user_id, hash_) for user_id, hash_ in db.execute(found))


def forget_unnamed(db: Session, these: Sequence[tuple[str, str]]) -> None:
    """Remove those of these texts that no answer names any more; for this package only."""
    place = (sent_texts.c.user_id, sent_texts.c.hash)
    named = exists().where(*(mine == its for mine, its in zip(place, _NAMED, strict=True)))
    for start in range(0, len(these), _AT_ONCE):
        left = (tuple_(*place).in_(these[start : start + _AT_ONCE]), ~named)
        # Looked at anew: an answer that named one before it was locked is stored by now.
        if db.execute(select(*place).where(*left).order_by(*place).with_for_update()).all():
            db.execute(delete(sent_texts).where(*left))


def _texts(db: Session, which: Conditions) -> dict[int, dict[str, str]]:
    named = select(named_texts.c.message_id, sent_texts).join(sent_texts).where(*which)
    found: dict[int, dict[str, str]] = {}
    for row in db.execute(named):
        found.setdefault(row.message_id, {})[row.hash] = _read(row)
    return found


def _told(db: Session, key: SessionKey, hashes: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(hashes), _AT_ONCE):
        these = sent_texts.c.hash.in_(hashes[start : start + _AT_ONCE])
        mine = select(sent_texts).where(sent_texts.c.user_id == key.user_id, these)
        found |= {row.hash: _read(row) for row in db.execute(mine)}
    return found


def _of(table: Table, key: SessionKey) -> Conditions:
    return table.c.user_id == key.user_id, table.c.session_id == key.session_id


def _at(table: Table, key: SessionKey, message_id: int) -> Conditions:
    return *_of(table, key), table.c.message_id == message_id


def _read(row: Found) -> str:
    return str(json.loads(row.text)) if row.escaped else str(row.text)


_KEEP_TEXT = text(
    "INSERT INTO sent_texts (user_id, hash, text, escaped)"
    " VALUES (:user_id, :hash, :text, :escaped)"
    " ON CONFLICT (user_id, hash) DO UPDATE SET hash = excluded.hash"
    " WHERE sent_texts.hash <> excluded.hash"
)
_KEEP = text(
    "INSERT INTO provenance (user_id, session_id, message_id, record)"
    " VALUES (:user_id, :session_id, :message_id, :record)"
    " ON CONFLICT (user_id, session_id, message_id) DO UPDATE SET record = excluded.record"
).bindparams(bindparam("record", type_=JSON))
_NAME_TEXT = text(
    "INSERT INTO named_texts (user_id, session_id, message_id, hash)"
    " VALUES (:user_id, :session_id, :message_id, :hash) ON CONFLICT DO NOTHING"
)
_HAND_TEXTS = text(
    "INSERT INTO sent_texts (user_id, hash, text, escaped)"
    " SELECT :to_user_id, hash, text, escaped FROM sent_texts WHERE user_id = :user_id"
    " ON CONFLICT (user_id, hash) DO NOTHING"
)
