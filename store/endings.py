"""How answers are kept while they are written, and how they end.

The caller owns the transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, insert, select, update
from sqlmodel import Session

from store import pieces, provenance, search_index, usage
from store.counting import IS_FIRST, MODEL_MAX, place_of, used
from store.ending import Begun
from store.ending import Ending as Ending
from store.messages import set_leaf
from store.metadata import MessageMetadata
from store.pieces import CONTENT
from store.session_locks import owned
from store.tables import answer_pieces, messages, search_texts, sessions
from store.texts import repaired
from store.tree import message_at, messages_of
from store.types import BoundKey, database_clock, utc_now
from store.values import SessionKey

_COUNTED = (
    *("processing_time_ms", "first_token_ms"),
    *("prompt_tokens", "completion_tokens", "cached_tokens", "cost"),
)
"""What an answer that waited for a person has of before that."""
_IS_INDEXED = exists().where(
    search_texts.c.user_id == messages.c.user_id,
    search_texts.c.session_id == messages.c.session_id,
    search_texts.c.message_id == messages.c.id,
)
# Made once: putting them together takes longer than running them.
_KEY = BoundKey()
_SESSION = (
    select(*(sessions.c[name] for name in ("active_leaf_id", "persona", "folder")))
    .where(*owned(_KEY))
    .with_for_update()
)
_BEFORE = (
    select(
        *(messages.c[name] for name in ("status", "prompt_tokens", "deleted_at", "created_at")),
        IS_FIRST,
        _IS_INDEXED.label("is_indexed"),
    )
    .where(*messages_of(_KEY), messages.c.id == bindparam("id"))
    .with_for_update(of=messages)
)


@dataclass(frozen=True, slots=True)
class Writing:
    """An answer that is being written: by which process, and for how long that gave no sign.

    By the clock of the database, which is the same for whoever looks.
    """

    key: SessionKey
    message_id: int
    owner: str
    silent: timedelta


@dataclass(frozen=True, slots=True)
class Received:
    """What was received of an answer since the last checkpoint.

    ``start`` is how many characters are kept already; ``tools_used`` is None where it has not
    changed, and so is ``begun``. ``again`` after a checkpoint of which nobody knows whether it was
    kept.
    """

    key: SessionKey
    message_id: int
    text: str
    tools_used: Sequence[Mapping[str, object]] | None = None
    start: int = 0
    again: bool = False
    begun: Begun | None = None


def checkpoint(db: Session, received: Iterable[Received]) -> list[Received]:
    """Keep what was received of any number of answers, and that their writer lives.

    Returns those that are no longer being written, as far as the database knows.
    """
    ended, new, begun = [], [], []
    for part in sorted(received, key=_place):
        used = {} if part.tools_used is None else {"tools_used": list(part.tools_used)}
        # Waits for whoever ends it at this moment, and makes them wait.
        kept = db.execute(
            update(messages)
            .where(
                *message_at(part.key, part.message_id),
                messages.c.status == "streaming",
                messages.c.asked_at.is_(None),
            )
            .values(checkpoint_at=database_clock(), **used, **_begun_values(part.begun))
            .returning(messages.c.id)
        ).first()
        if kept is None:
            ended.append(part)
            continue
        if part.begun:
            begun.append((part.key, part.message_id, part.begun.provenance))
        if part.again:
            pieces.remove(db, part.key, part.message_id, since=part.start)
        if part.text:
            place = {**asdict(part.key), "message_id": part.message_id, "number": part.start}
            new.append({**place, "text": repaired(part.text)})
    if new:
        db.execute(insert(answer_pieces), new)
    provenance.keep_all(db, begun)  # after all answers are locked
    return ended


def _begun_values(begun: Begun | None) -> dict[str, object]:
    if begun is None:
        return {}
    return {"model": _model(begun.model), "metadata": begun.metadata.as_json()}


def take_back(db: Session, received: Received, *, owner: str) -> bool:
    """Go on writing an answer that another process took for left, with all its text.

    False where it is gone, or another answer of the session is being written by now.
    """
    key = received.key
    db.execute(select(sessions.c.session_id).where(*owned(key)).with_for_update())
    if db.scalar(select(exists().where(*messages_of(key), messages.c.status == "streaming"))):
        return False
    taken = db.execute(
        update(messages)
        .where(
            *message_at(key, received.message_id),
            messages.c.status == "interrupted",
            messages.c.deleted_at.is_(None),
        )
        .values(
            status="streaming",
            content=repaired(received.text),
            owner_process=owner,
            checkpoint_at=database_clock(),
        )
        .returning(messages.c.id)
    ).first()
    return taken is not None


def finish(
    db: Session, key: SessionKey, *, message_id: int, ending: Ending, now: datetime | None = None
) -> bool:
    """Store how an answer ended, and add it up in its session; False when it is gone for good.

    Also for a session or message that went into the trash meanwhile; of such a message nobody is
    told, and tools remember nothing of it.
    """
    owned(key)  # raises where this is no id
    session = db.execute(_SESSION, asdict(key)).first()
    if session is None:
        return False
    values, context = ending_values(ending)
    this = message_at(key, message_id)
    before = db.execute(_BEFORE, {**asdict(key), "id": message_id}).first()
    if before is None:
        return False
    usage.add(db, place_of(key, session, ending), used(before, ending), now=now or utc_now())
    pieces.remove(db, key, message_id)  # first: the text can have their place
    nothing_asked: dict[str, object] = {"asks": [], "asked_at": None, "paused": None}
    db.execute(update(messages).where(*this).values(**values, **nothing_asked))
    if ending.provenance is not None:
        provenance.keep(db, key, message_id, ending.provenance)
    moment, is_there = now or utc_now(), before.deleted_at is None
    left = {"answered_at": moment} if is_there else {}
    remembered = {"context": dict(context)} if is_there and context is not None else {}
    if before.is_indexed:
        search_index.removed(db, key, message_id)
    said = (str(values["content"]), before.created_at)
    text = search_index.SearchText(key.session_id, message_id, "assistant", *said)
    search_index.written(db, key.user_id, [text])
    db.execute(
        update(sessions)
        .where(*owned(key))
        .values(
            prompt_tokens=sessions.c.prompt_tokens + (ending.prompt_tokens or 0),
            completion_tokens=sessions.c.completion_tokens + (ending.completion_tokens or 0),
            cost=sessions.c.cost + (ending.cost or 0),
            last_activity_at=moment,
            **left,
            **remembered,
        )
    )
    if session.active_leaf_id == message_id:
        set_leaf(db, key, leaf_id=message_id)
    return True


def interrupt(
    db: Session, *, is_gone: Callable[[Writing], bool], now: datetime | None = None
) -> list[SessionKey]:
    """Mark answers whose writer is gone as ``interrupted``, with the text they have.

    Returns all sessions in which an answer now waits although none is being written.
    """
    place = (messages.c.user_id, messages.c.session_id, messages.c.id)
    last_seen = func.coalesce(messages.c.checkpoint_at, messages.c.created_at)
    owner = func.coalesce(messages.c.owner_process, "")
    written = (messages.c.status == "streaming", messages.c.asked_at.is_(None))
    found = select(*place, owner, last_seen, database_clock()).where(*written).order_by(*place)
    for user_id, session_id, id_, name, seen_at, clock in db.execute(found).all():
        writing = Writing(SessionKey(user_id, session_id), id_, name, clock - seen_at)
        if is_gone(writing):
            end_as(db, writing.key, message_id=writing.message_id, status="interrupted", now=now)
    other = messages.alias()
    busy = exists().where(
        other.c.user_id == messages.c.user_id,
        other.c.session_id == messages.c.session_id,
        other.c.status == "streaming",
    )
    waiting = (
        select(messages.c.user_id, messages.c.session_id)
        .join(sessions)
        .where(
            messages.c.status == "queued",
            messages.c.deleted_at.is_(None),
            sessions.c.deleted_at.is_(None),
            ~busy,
        )
        .distinct()
    )
    return [SessionKey(*row) for row in db.execute(waiting)]


def _place(part: Received) -> tuple[str, str, int]:
    """All who lock several answers do so in this order, so that none waits for the other."""
    return part.key.user_id, part.key.session_id, part.message_id


def ending_values(ending: Ending) -> tuple[dict[str, object], Mapping[str, object] | None]:
    """The columns of a message that nobody writes any more, and its context; for this package."""
    values = {name: getattr(ending, name) for name in Ending.__dataclass_fields__}
    context = values.pop("context")
    del values["provenance"]
    values |= {
        "content": repaired(ending.content),
        "error_message": repaired(ending.error_message or "") or None,
        "model": _model(ending.model),
        "tools_used": list(ending.tools_used),
        "metadata": ending.metadata.as_json(),
        "owner_process": None,
    }
    return values, context


def _model(name: str) -> str:
    return repaired(name)[:MODEL_MAX]


def end_as(
    db: Session,
    key: SessionKey,
    *,
    message_id: int,
    status: str,
    asks: bool = False,
    now: datetime | None = None,
) -> bool:
    """End an answer that is written, or one that ``asks``, with what is stored of it.

    False for any other; it may have become one while the session's lock was waited for.
    """
    asked_at = messages.c.asked_at
    which = asked_at.is_not(None) if asks else asked_at.is_(None)
    db.execute(select(sessions.c.session_id).where(*owned(key)).with_for_update())
    this = (*message_at(key, message_id), messages.c.status == "streaming", which)
    # Locked before its pieces are read: a checkpoint that has begun adds one more.
    if db.execute(select(messages.c.id).where(*this).with_for_update()).first() is None:
        return False
    row = db.execute(select(messages, CONTENT.label("text")).where(*this)).one()
    ending = Ending(
        status,
        row.text,
        model=row.model,
        tools_used=row.tools_used,
        metadata=MessageMetadata.of(row.metadata),
        **{name: getattr(row, name) for name in _COUNTED},
    )
    return finish(db, key, message_id=row.id, ending=ending, now=now)
