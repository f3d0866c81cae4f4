"""What was sent for answers, as it is kept: a record of ids and hashes, and texts by their hash.

A text that is no message is kept once for a user, for as long as an answer names it. The caller
owns the transaction.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from sqlalchemy import JSON, Table, bindparam, delete, exists, insert, literal, select, text
from sqlmodel import Session

from store.session_locks import owned
from store.tables import messages, named_texts, provenance, sent_texts
from store.texts import repaired
from store.tree import EVERYTHING as NUMBER_MAX
from store.tree import Conditions, Said, messages_of, upward
from store.types import Found
from store.values import SessionKey

_AT_ONCE = 500
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Of one answer; ``texts`` are those that the record names, by their SHA-256.

    ``named`` are those of its texts that are kept already.
    """

    record: Mapping[str, object]
    texts: Mapping[str, str] = field(default_factory=dict)
    named: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """For a file; ``escaped`` are those texts, as JSON, that no file has as they are."""
        kept = {hash_: _stored(given) for hash_, given in self.texts.items()}
        plain = {hash_: one["text"] for hash_, one in kept.items() if not one["escaped"]}
        escaped = {hash_: one["text"] for hash_, one in kept.items() if one["escaped"]}
        said = {"texts": plain, "escaped": escaped, "named": list(self.named)}
        return {"record": dict(self.record), **{name: of for name, of in said.items() if of}}

    @classmethod
    def of_json(cls, found: object) -> "Provenance | None":
        """From a file that anybody may have written: None for what is none.

        A text counts only under its own hash: else it would be shown for another one.
        """
        if not isinstance(found, Mapping) or not isinstance(found.get("record"), Mapping):
            return None
        texts = {}
        for name in ("texts", "escaped"):
            named = found.get(name)
            for hash_, given in named.items() if isinstance(named, Mapping) else ():
                read = _unescaped(given) if name == "escaped" else given
                if isinstance(read, str) and fingerprint(read) == hash_:
                    texts[hash_] = read
        named = found.get("named")
        hashes = set(map(str, named)) - set(texts) if isinstance(named, list) else ()
        return cls(found["record"], texts, tuple(sorted(filter(_HASH.fullmatch, hashes))))


def fingerprint(given: str) -> str:
    """The SHA-256 of a text, also of one with half a surrogate pair."""
    return hashlib.sha256(given.encode(errors="surrogatepass")).hexdigest()


def keep(db: Session, key: SessionKey, message_id: int, kept: Provenance) -> None:
    """The record in place of what was kept of it, and the texts besides; for this package only.

    Who calls it has found the answer to be theirs, and holds its session's lock.
    """
    place = {**asdict(key), "message_id": message_id}
    theirs = {"user_id": key.user_id}
    if kept.texts:
        # Each is locked, also where it is there already: whoever lets go of texts waits.
        texts = sorted(kept.texts.items())
        rows = [{**theirs, "hash": hash_, **_stored(given)} for hash_, given in texts]
        db.execute(_KEEP_TEXT, rows)
        db.execute(_NAME_TEXT, [{**place, "hash": hash_} for hash_, _ in texts])
    for start in range(0, len(kept.named), _AT_ONCE):
        these = sent_texts.c.hash.in_(kept.named[start : start + _AT_ONCE])
        query = select(sent_texts.c.hash).where(sent_texts.c.user_id == key.user_id, these)
        if there := db.scalars(query.order_by(sent_texts.c.hash).with_for_update()).all():
            db.execute(_NAME_TEXT, [{**place, "hash": hash_} for hash_ in there])
    db.execute(_KEEP, {**place, "record": dict(kept.record)})


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


def forget_unnamed(db: Session, user_ids: Iterable[str]) -> None:
    """Remove the texts of these users that no answer names any more; for this package only."""
    for user_id in sorted(set(user_ids)):
        named = exists().where(
            named_texts.c.user_id == sent_texts.c.user_id, named_texts.c.hash == sent_texts.c.hash
        )
        left = (sent_texts.c.user_id == user_id, ~named)
        query = select(sent_texts.c.hash).where(*left).order_by(sent_texts.c.hash)
        hashes = list(db.scalars(query.with_for_update()))
        # Looked at anew: an answer that named one before it was locked is stored by now.
        for start in range(0, len(hashes), _AT_ONCE):
            these = sent_texts.c.hash.in_(hashes[start : start + _AT_ONCE])
            db.execute(delete(sent_texts).where(*left, these))


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


def _stored(given: str) -> dict[str, object]:
    """As a database can keep it: not every text, and not every half of a pair, can be stored."""
    escaped = repaired(given) != given
    return {"text": json.dumps(given) if escaped else given, "escaped": escaped}


def _unescaped(given: object) -> object:
    try:
        return json.loads(given) if isinstance(given, str) else None
    except (ValueError, RecursionError):
        return None


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
