"""Answers that wait for a person: no process writes them, and none is needed to keep them.

Such an answer is ``streaming`` with ``asks``; what is needed to go on is kept with it. The caller
owns the transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session

from store import pieces, provenance
from store.asking import Ask, Decision
from store.endings import Ending, end_as, ending_values
from store.errors import Conflict, NotFound
from store.messages import get
from store.session_locks import lock, owned
from store.tables import messages, sessions
from store.tree import message_at, messages_of, upward
from store.types import database_clock, utc_now
from store.values import Message, SessionKey

_PLACE = (messages.c.user_id, messages.c.session_id, messages.c.id)
_WAITS = (messages.c.status == "streaming", messages.c.asked_at.is_not(None))
_DECIDED = "decisions"


def pause(
    db: Session,
    key: SessionKey,
    *,
    message_id: int,
    so_far: Ending,
    asks: Sequence[Ask],
    paused: Mapping[str, object],
    now: datetime | None = None,
) -> bool:
    """Keep an answer that is being written until its asks are decided; False when it is gone.

    ``so_far`` has the status ``streaming``; ``paused`` is whatever is needed to go on.
    """
    locked = select(sessions.c.session_id).where(*owned(key)).with_for_update()
    if db.execute(locked).first() is None:
        return False
    values, context = ending_values(so_far)
    this = (*message_at(key, message_id), messages.c.status == "streaming")
    if db.execute(select(messages.c.id).where(*this).with_for_update()).first() is None:
        return False
    pieces.remove(db, key, message_id)
    asked = {"asks": [asdict(ask) for ask in asks], "asked_at": now or utc_now()}
    db.execute(update(messages).where(*this).values(**values, **asked, paused=dict(paused)))
    if so_far.provenance is not None:
        provenance.keep(db, key, message_id, so_far.provenance)
    remembered = {} if context is None else {"context": dict(context)}
    changed = update(sessions).where(*owned(key))
    db.execute(changed.values(version=sessions.c.version + 1, **remembered))
    return True


def decide(
    db: Session, key: SessionKey, *, message_id: int, call_id: str, decision: Decision, owner: str
) -> tuple[Message, bool]:
    """Decide one of its asks; whether it goes on now, and then this owner writes it.

    What is allowed in this chat answers also what else of it asks for no more than that. Raises
    `Conflict` for what is decided already.
    """
    session = lock(db, key)
    answer = get(db, key, message_id=message_id)
    ask = next((one for one in answer.asks if one.call_id == call_id), None)
    if ask is None:
        raise Conflict("This does not wait to be decided.", "It may be decided already; reload.")
    allowed = list(session.allowed_tools)
    made: dict[str, Decision] = {call_id: decision}
    if decision == "chat":
        allowed += [permit for permit in ask.permits if permit not in allowed]
        same = (one for one in answer.asks if set(one.permits) <= set(allowed))
        made |= dict.fromkeys((one.call_id for one in same), decision)
    changed = update(sessions).where(*owned(key))
    db.execute(changed.values(version=sessions.c.version + 1, allowed_tools=allowed))
    return _settle(db, key, answer, made, owner)


def refuse_all(db: Session, key: SessionKey, *, message_id: int, owner: str) -> Message | None:
    """Refuse whatever it still asks; None when it does not wait any more."""
    try:
        lock(db, key)
        answer = get(db, key, message_id=message_id)
    except NotFound:
        return None
    if not answer.asks:
        return None
    made: dict[str, Decision] = {ask.call_id: "refuse" for ask in answer.asks}
    return _settle(db, key, answer, made, owner)[0]


def overdue(db: Session, *, asked_before: datetime) -> list[tuple[SessionKey, int]]:
    """Those that have waited since before that time, of everybody."""
    old = select(*_PLACE).where(*_WAITS, messages.c.asked_at < asked_before).order_by(*_PLACE)
    return [(SessionKey(*place), id_) for *place, id_ in db.execute(old)]


def ask_anew(db: Session, *, now: datetime) -> None:
    """All that wait have been asked at this moment: nobody could decide before."""
    db.execute(update(messages).where(*_WAITS).values(asked_at=now))


def asking(db: Session, keys: Iterable[SessionKey]) -> list[tuple[SessionKey, int]]:
    """Those of these sessions, also in the trash."""
    wanted = set(keys)
    theirs = messages.c.user_id.in_({key.user_id for key in wanted})
    found = db.execute(select(*_PLACE).where(*_WAITS, theirs).order_by(*_PLACE))
    return [(key, int(id_)) for *place, id_ in found if (key := SessionKey(*place)) in wanted]


def stop(
    db: Session, found: Iterable[tuple[SessionKey, int]], now: datetime | None = None
) -> dict[str, int]:
    """End with what they have those of these that still wait; by session."""
    return {
        key.session_id: id_
        for key, id_ in found
        if end_as(db, key, message_id=id_, status="stopped", asks=True, now=now)
    }


def paused_of(db: Session, key: SessionKey, *, message_id: int) -> Mapping[str, object] | None:
    """What an answer needs to go on, with what was decided as ``decisions``; None: nothing."""
    found = db.scalar(select(messages.c.paused).where(*message_at(key, message_id)))
    return found if isinstance(found, Mapping) else None


def own_words(db: Session, key: SessionKey, *, leaf_id: int, chars: int) -> list[str]:
    """What the person said on a branch, the newest first, within about so many characters."""
    path = upward(key, leaf_id, chars, chars=True)
    said = (*messages_of(key), messages.c.role == "user")
    query = select(messages.c.content).join(path, messages.c.id == path.c.id).where(*said)
    return list(db.scalars(query.order_by(messages.c.depth.desc())))


def _settle(
    db: Session, key: SessionKey, answer: Message, made: Mapping[str, Decision], owner: str
) -> tuple[Message, bool]:
    left = tuple(ask for ask in answer.asks if ask.call_id not in made)
    paused = paused_of(db, key, message_id=answer.id) or {}
    before = paused.get(_DECIDED)
    decided = {**(before if isinstance(before, Mapping) else {}), **made}
    values: dict[str, object] = {
        "asks": [asdict(ask) for ask in left],
        "paused": {**paused, _DECIDED: decided},
    }
    if not left:
        values |= {"asked_at": None, "owner_process": owner, "checkpoint_at": database_clock()}
    db.execute(update(messages).where(*message_at(key, answer.id)).values(**values))
    return replace(answer, asks=left), not left
