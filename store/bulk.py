"""Many messages at once, with the ids, times, roles and branches that they have elsewhere.

The same twice changes nothing. Of the own format a chat keeps its id where that is free, or is of
the same chat; what comes from elsewhere has ids made from the source's own. A chat that is there
gets the messages it has not; a message that is there as another one stays as it is, and is named.
The caller owns the transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from store import known_chats, many_rows, provenance, search_index, tags
from store.carried import CarriedMessage, CarriedProfile, CarriedSession, Skipped
from store.carried_fields import NUMBER_MAX
from store.errors import Refused
from store.messages import ending, on_screen
from store.profiles import PROFILES_MAX
from store.provenance_record import Provenance
from store.search_index import SearchText
from store.session_locks import owned
from store.tables import messages, profiles, sessions
from store.texts import searchable
from store.tree import messages_of
from store.types import BoundKey, Found
from store.values import Allowance, SessionKey

SUMS = ("prompt_tokens", "completion_tokens", "cost")
_FOLLOWS = ("session_id", "active_leaf_id", "source", "tags", *SUMS)
_AS_IT_IS = [name for name in CarriedSession.__dataclass_fields__ if name not in _FOLLOWS]
_PLACE = (profiles.c.source, profiles.c.handle)
_HANGS = "belongs to one that is left out, or is in the trash here"
_ELSEWHERE = ("parent_id", "provenance", "files", "words")
_USUAL = {
    one.name: one.default_factory() if callable(one.default_factory) else one.default
    for one in fields(CarriedMessage)
}
"""What columns have by themselves: those that say nothing else are not said."""
_PER_MESSAGE = [name for name in _USUAL if name not in _ELSEWHERE]
_VALUES = attrgetter(*_PER_MESSAGE)
# Made once: putting them together takes longer than running them.
_MAKE = insert(sessions)
_WHOSE = owned(BoundKey())
_LOCKED = select(sessions.c.created_at, sessions.c.deleted_at).where(*_WHOSE).with_for_update()
_NOW = select(*(sessions.c[n] for n in ("title", "last_activity_at", "answered_at", *SUMS)))
_NOW = _NOW.where(*_WHOSE)


@dataclass(slots=True)
class Arrival:
    """A chat that comes in: where it is kept, and which of its messages are there by now.

    ``places`` are id and depth of each message of the file; None, of one that is left out.
    ``fresh`` are the rows that were written and are not on screen yet.
    """

    said: CarriedSession
    key: SessionKey
    is_new: bool = False
    is_there: bool = False
    is_refused: bool = False
    places: dict[int, tuple[int, int] | None] = field(default_factory=dict)
    latest: datetime | None = None
    number: int = 1
    fresh: list[dict[str, Any]] = field(default_factory=list)
    sent: list[tuple[int, Provenance]] = field(default_factory=list)
    attached: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    words: dict[int, str | None] = field(default_factory=dict)
    added: int = 0
    unchanged: int = 0
    grew: bool = False
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def where(self) -> str:
        """What the chat is called in a sentence."""
        return f"“{self.said.title[:60] or 'New chat'}”"


def begin(db: Session, arrival: Arrival, *, may: Allowance) -> None:
    """Find the chat, or make it; it stays locked until the transaction ends.

    Raises what ``may`` raises, and `Refused` for one that lies in the trash here.
    """
    for key in known_chats.own_ids(arrival.key.user_id, arrival.said):
        found = _locked(db, key)
        if found is None:
            may.add_session()
            try:
                with db.begin_nested():
                    db.execute(_MAKE, row_of(key, arrival.said))
            except IntegrityError:  # made elsewhere at this very moment
                found = _locked(db, key)
            else:
                arrival.key, arrival.is_new, arrival.is_there = key, True, True
                said = arrival.said
                search_index.titled(db, key, said.title, now=said.created_at, is_new=True)
                if said.tags:
                    tags.put(db, key, said.tags)
                return
        if found is not None and known_chats.is_it(arrival.said, found[0]):
            if found.deleted_at is not None and arrival.said.deleted_at is None:
                raise Refused("It is in the trash here.", "Restore it, then import again.")
            arrival.key, arrival.is_there = key, True
            return
    raise Refused("Another chat has its id.", "Delete that one for good, then import again.")


def again(db: Session, arrival: Arrival) -> None:
    """Lock a chat that an earlier transaction began; raises `Refused` where it is gone."""
    if _locked(db, arrival.key) is None:
        raise Refused("It was deleted while it came in.", "Import it again.")


def add(db: Session, arrival: Arrival, given: Sequence[CarriedMessage]) -> None:
    """Messages of the chat, none before its parent; what is there already stays as it is."""
    there, taken = _there(db, arrival, given), _taken_keys(db, arrival, given)
    rows = placed(arrival, given, there, taken, _next_number(db, arrival))
    if rows:
        _keep(db, arrival, rows)


def placed(
    arrival: Arrival,
    given: Sequence[CarriedMessage],
    there: Mapping[object, Found],
    taken: set[str],
    number: int,
) -> list[dict[str, Any]]:
    """The rows to be kept, with the same columns; ``number`` is the next id that is free.

    ``there`` are those that are kept, by id or key, ``taken`` the keys that no other may have.
    """
    columns = list(zip(*map(_VALUES, given), strict=True))
    names = [name for name, said in zip(_PER_MESSAGE, columns, strict=False) if _says(name, said)]
    rows: list[dict[str, Any]] = []
    fresh, whose = set[int](), asdict(arrival.key)
    for one in given:
        if one.id in arrival.places:
            arrival.skipped.append(Skipped(arrival.where, f"two messages have the id {one.id}"))
            continue
        parent = arrival.places.get(one.parent_id) if one.parent_id is not None else (None, 0)
        known = there.get(one.idempotency_key if arrival.said.source else one.id)
        if known is not None and _is_same(arrival, known, one):
            is_kept = known.deleted_at is None
            arrival.places[one.id] = (known.id, known.depth) if is_kept else None
            arrival.unchanged += 1
        elif parent is None or known is not None or one.id in fresh:
            arrival.places[one.id] = None
            why = "is another one here" if known is not None else _HANGS
            arrival.skipped.append(Skipped(f"{arrival.where}, message {one.id}", why))
        else:
            id_ = number if arrival.said.source else one.id
            if id_ >= NUMBER_MAX:
                raise Refused("It has too many messages.", "Nothing more of it comes in.")
            place = {"id": id_, "parent_id": parent[0], "depth": parent[1] + 1}
            arrival.places[one.id] = id_, parent[1] + 1
            row = {name: getattr(one, name) for name in names}
            if one.idempotency_key in taken:
                row["idempotency_key"] = None
            elif one.idempotency_key is not None:
                taken.add(one.idempotency_key)
            rows.append({**row, **whose, **place})
            arrival.words[id_] = one.words
            fresh.add(id_)
            arrival.latest = max(filter(None, (arrival.latest, one.created_at)))
            number = max(number, id_ + 1)
            if one.provenance is not None:
                arrival.sent.append((id_, one.provenance))
            if one.files:
                arrival.attached.append((id_, one.files))
    arrival.number = number
    return rows


def add_results(db: Session, arrival: Arrival, results: Sequence[CarriedProfile]) -> None:
    """Analysis results of the chat; those that are there stay, also in the trash."""
    if not results:
        return
    mine = (profiles.c.user_id == arrival.key.user_id,)
    these = (*mine, profiles.c.session_id == arrival.key.session_id)
    there = {tuple(row) for row in db.execute(select(*_PLACE).where(*these))}
    for one in results:
        if (one.source, one.handle) in there:
            continue
        if len(there) >= PROFILES_MAX:
            why = f"a chat has at most {PROFILES_MAX} analysis results"
            arrival.skipped.append(Skipped(f"{arrival.where}, {one.handle[:40]}", why))
            continue
        there.add((one.source, one.handle))
        db.execute(insert(profiles).values(**asdict(arrival.key), **asdict(one)))


def settle(db: Session, arrival: Arrival, *, ends: bool) -> None:
    """The branch on screen, and what else of the chat follows its messages; ``ends``: all came.

    A chat that grew was last used, and answered, when the file says, unless later; of the own
    format it has also cost as much, unless more.
    """
    said, fresh = arrival.said, arrival.fresh
    if not fresh and not (ends and (arrival.added or arrival.grew)):
        return
    now = db.execute(_NOW, asdict(arrival.key)).one()._mapping
    spent = {name: now[name] + sum(row.get(name) or 0 for row in fresh) for name in SUMS}
    changed: dict[str, object] = spent if said.source else {}
    if ends and (said.source or not arrival.is_new):
        for name in ("last_activity_at", "answered_at", *(() if said.source else SUMS)):
            changed[name] = _latest(now[name], getattr(said, name))
        if said.source:
            changed["last_activity_at"] = _latest(changed["last_activity_at"], arrival.latest)
    leaf = arrival.places.get(said.active_leaf_id) if ends and said.active_leaf_id else None
    if leaf or fresh:
        leaf_id = leaf[0] if leaf else fresh[-1]["id"]
        changed |= on_screen(now["title"], leaf_id, *ending(db, arrival.key, leaf_id))
    if fresh:
        changed["next_number"] = arrival.number
    arrival.fresh = []
    db.execute(update(sessions).where(*owned(arrival.key)).values(**changed))


def _latest(*given: Any) -> Any:
    return max((one for one in given if one is not None), default=None)


def _keep(db: Session, arrival: Arrival, rows: list[dict[str, Any]]) -> None:
    many_rows.add(db, messages, rows)
    for id_, kept in arrival.sent:
        provenance.keep(db, arrival.key, id_, kept)
    arrival.sent.clear()
    search_index.written(db, arrival.key.user_id, found_by(arrival, rows))
    arrival.added += len(rows)
    arrival.fresh = rows


def found_by(arrival: Arrival, rows: list[dict[str, Any]]) -> list[SearchText]:
    """As what search finds them, in the order of their times."""
    session_id, words = arrival.key.session_id, arrival.words
    texts = [
        SearchText(session_id, row["id"], row["role"], row["content"], row["created_at"], said)
        for row in rows
        for said in (words.pop(row["id"], None),)
    ]
    return sorted(texts, key=attrgetter("created_at"))


def row_of(key: SessionKey, said: CarriedSession) -> dict[str, object]:
    """A chat without messages."""
    names = [*_AS_IT_IS, *(() if said.source else SUMS)]
    row = {name: getattr(said, name) for name in names}
    return {**row, **asdict(key), "search_text": searchable(said.title, "")}


def _locked(db: Session, key: SessionKey) -> Found | None:
    return db.execute(_LOCKED, asdict(key)).first()


def _there(db: Session, arrival: Arrival, given: Sequence[CarriedMessage]) -> dict[object, Found]:
    if arrival.is_new and not arrival.places:
        return {}
    names = ("id", "depth", "role", "created_at", "parent_id", "idempotency_key", "deleted_at")
    query = select(*(messages.c[name] for name in names)).where(*messages_of(arrival.key))
    if arrival.said.source:
        keys = [one.idempotency_key for one in given]
        rows = db.execute(query.where(messages.c.idempotency_key.in_(keys)))
        return {row.idempotency_key: row for row in rows}
    rows = db.execute(query.where(messages.c.id.in_([one.id for one in given])))
    return {row.id: row for row in rows}


def _is_same(arrival: Arrival, known: Found, one: CarriedMessage) -> bool:
    if arrival.said.source:
        return True
    said = (one.role, one.created_at, one.parent_id)
    return (known.role, known.created_at, known.parent_id) == said


def _says(name: str, said: Sequence[object]) -> bool:
    """Whether anything in a column is not as it is by itself."""
    return name == "content" or said.count(_USUAL[name]) < len(said)


def _next_number(db: Session, arrival: Arrival) -> int:
    if arrival.is_new and not arrival.added:
        return 1
    return db.scalar(select(sessions.c.next_number).where(*owned(arrival.key))) or 1


def _taken_keys(db: Session, arrival: Arrival, given: Sequence[CarriedMessage]) -> set[str]:
    keys = {one.idempotency_key for one in given} - {None}
    if not keys or (arrival.is_new and not arrival.added):
        return set()
    query = select(messages.c.idempotency_key).where(*messages_of(arrival.key))
    return set(db.scalars(query.where(messages.c.idempotency_key.in_(keys))))
