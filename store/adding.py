"""Adding messages to a session: one insert and one update, however many there are.

The caller owns the transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session

from store import search_index
from store.messages import kept_row, on_screen, siblings_of
from store.metadata import MessageMetadata
from store.search_index import SearchText
from store.session_locks import lock
from store.tables import messages, sessions
from store.texts import PREVIEW_CUT, cut
from store.types import Found, utc_now
from store.values import Message, SessionKey

_TICK = timedelta(microseconds=1)
"""What is added at once is each a little later than what is above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message to be added."""

    role: str
    content: str = ""
    status: str = "complete"
    owner_process: str | None = None
    checkpoint_at: datetime | None = None
    idempotency_key: str | None = None
    tools_used: Sequence[Mapping[str, object]] = ()
    metadata: MessageMetadata = MessageMetadata()  # noqa: RUF009 - frozen


def append(
    db: Session,
    key: SessionKey,
    entry: Entry,
    *,
    parent_id: int | None,
    now: datetime | None = None,
) -> Message:
    """Add a message below the parent and make it the active leaf.

    Takes the session's lock. Raises `SessionNotFound` or `MessageNotFound`.
    """
    session = lock(db, key)
    parent = None if parent_id is None else kept_row(db, key, parent_id, brief=True)
    return add(db, key, session, [entry], parent=parent, now=now)[0]


def add(
    db: Session,
    key: SessionKey,
    session: Found,
    entries: Sequence[Entry],
    *,
    parent: Found | None,
    title: str = "",
    now: datetime | None = None,
) -> list[Message]:
    """Add messages, each below the one before it, and make the last one the active leaf.

    ``session`` is the locked row, ``parent`` one with `store.messages.BRIEF`; ``title`` is the
    session's from now on, unless it is empty.
    """
    moment = now or utc_now()
    parent_id, depth, above = (parent.id, parent.depth, parent.content) if parent else (None, 0, "")
    versions: tuple[int, ...] = ()
    if parent_id != session.active_leaf_id:  # below which there is nothing yet
        beside = (parent_id, entries[0].role)
        versions = siblings_of(db, key, [beside])[beside]
    made: list[Message] = []
    for at, entry in enumerate(entries):
        id_ = int(session.next_number) + at
        made.append(
            Message(
                session_id=key.session_id,
                id=id_,
                parent_id=parent_id,
                depth=depth + at + 1,
                role=entry.role,
                content=entry.content,
                status=entry.status,
                tools_used=list(entry.tools_used),
                metadata=entry.metadata,
                created_at=moment + at * _TICK,
                versions=(*versions, id_),
            )
        )
        parent_id, versions = id_, ()
    db.execute(_INSERT, [_row(key, *pair) for pair in zip(entries, made, strict=True)])
    _index(db, key, made, title, moment)
    texts = [above, *(entry.content[: 20 * PREVIEW_CUT] for entry in entries)][-2:]
    last = texts[-1] if texts[-1].strip() else texts[0]
    shown = title or session.title
    columns = on_screen(shown, id_, made[-1].depth, cut(last, PREVIEW_CUT))
    columns |= {"title": shown, "next_number": id_ + 1, "last_activity_at": moment}
    given = {f"new_{name}": columns[name] for name in _CHANGES}
    db.execute(_CHANGED, {"owner": key.user_id, "here": key.session_id, **given})
    return made


# Made once: putting it together takes longer than running it.
_CHANGES = (
    *("active_leaf_id", "message_count", "preview", "search_text", "title"),
    *("next_number", "last_activity_at"),
)
_INSERT = insert(messages)
_CHANGED = (
    update(sessions)
    .where(sessions.c.user_id == bindparam("owner"), sessions.c.session_id == bindparam("here"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGES})
    .values(version=sessions.c.version + 1, is_active=True)
)


def _row(key: SessionKey, entry: Entry, message: Message) -> dict[str, object]:
    kept = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    place = {name: getattr(message, name) for name in ("id", "parent_id", "depth", "created_at")}
    return {
        **asdict(key),
        **kept,
        **place,
        "tools_used": message.tools_used,
        "metadata": entry.metadata.as_json(),
    }


def _index(
    db: Session, key: SessionKey, made: Sequence[Message], title: str, moment: datetime
) -> None:
    """Have them found; an answer that is being written, when it has ended."""
    rows = [
        SearchText(key.session_id, one.id, one.role, one.content, moment)
        for one in made
        if one.role != "assistant" or not one.is_open
    ]
    if title:
        rows.append(SearchText(key.session_id, None, "title", title, moment))
    search_index.written(db, key.user_id, rows)
