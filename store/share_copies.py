"""What a link shows, as a chat of somebody's own. The caller owns the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, String, case, func, insert, literal, select, update
from sqlmodel import Session

from store import search_files, search_index
from store.copies import copy_rows
from store.file_values import StoredFile
from store.files import attach, hold_of, of_messages
from store.messages import set_leaf
from store.pieces import CONTENT
from store.results import count_anew
from store.session_locks import lock, owned
from store.share_values import OpenShare
from store.tables import messages, profiles, sessions
from store.tables import results as computed
from store.tree import messages_of, upward
from store.types import UtcDateTime, utc_now
from store.values import SessionKey, StoredProfile

ROLES = ("user", "assistant")
NOTHING: Mapping[str, str] = {}
_IS_WAITING = (messages.c.status == "queued") & (messages.c.role == "assistant")
_IS_SHOWN = (messages.c.role.in_(ROLES), ~_IS_WAITING)
_EVERYTHING = 2**31 - 1


def copy_shown(
    db: Session,
    key: SessionKey,
    *,
    share: OpenShare,
    results: Sequence[StoredProfile] = (),
    file_ids: Mapping[str, str] = NOTHING,
    now: datetime | None = None,
) -> int:
    """Copy what the link shows into an empty session, where it is found; how many messages.

    Texts and how they ended, these analysis results, and, where the link has them, what tools
    computed and the files that ``file_ids`` name, by what they are called there: nothing else.
    What is still being written is copied as far as it is. Raises `SessionNotFound`.
    """
    hold_of(db, [key.user_id])
    lock(db, key)
    moment = now or utc_now()
    if results:
        db.execute(insert(profiles), [{**asdict(key), **asdict(one)} for one in results])
    if share.leaf_id is None:
        return 0
    path = upward(share.key, share.leaf_id, _EVERYTHING)
    above = func.lag(messages.c.id).over(order_by=messages.c.depth)
    columns: dict[str, ColumnElement[object]] = {
        "user_id": literal(key.user_id, String),
        "session_id": literal(key.session_id, String),
        "id": messages.c.id,
        "parent_id": above,
        "depth": func.row_number().over(order_by=messages.c.depth),
        "role": messages.c.role,
        "content": CONTENT.element,
        "status": case(
            (messages.c.status == "streaming", "interrupted"),
            (messages.c.status == "queued", "complete"),
            else_=messages.c.status,
        ),
        "created_at": literal(moment, UtcDateTime),
    }
    shown = (
        select(*columns.values())
        .join(path, messages.c.id == path.c.id)
        .where(*messages_of(share.key), *_IS_SHOWN)
    )
    db.execute(insert(messages).from_select(list(columns), shown))
    _copy_parts(db, key, share, file_ids)
    last = select(func.max(messages.c.id), func.count()).where(*messages_of(key))
    leaf_id, count = db.execute(last).one()
    if leaf_id is not None:
        number = literal(leaf_id + 1, Integer)
        db.execute(update(sessions).where(*owned(key)).values(next_number=number))
        set_leaf(db, key, leaf_id=leaf_id)
        search_index.rebuilt(db, [key])
        search_files.named(db, key)
    return int(count)


def files_shown(db: Session, share: OpenShare) -> list[StoredFile]:
    """The files of the messages that a link shows, each once, where it has files.

    Without those that were removed.
    """
    if share.leaf_id is None or not share.include.files:
        return []
    path = upward(share.key, share.leaf_id, _EVERYTHING)
    query = select(messages.c.id).join(path, messages.c.id == path.c.id)
    have = query.where(*messages_of(share.key), *_IS_SHOWN, messages.c.file_count > 0)
    attached = of_messages(db, share.key, list(db.scalars(have)))
    found = {one.file_id: one for those in attached.values() for one in those}
    return [one for one in found.values() if one.deleted_at is None]


def _copy_parts(
    db: Session, key: SessionKey, share: OpenShare, file_ids: Mapping[str, str]
) -> None:
    """What the messages that were copied have beside their texts."""
    there = select(messages.c.id).where(*messages_of(key))
    if share.include.tools:
        theirs = (computed.c.user_id == share.key.user_id,)
        these = (*theirs, computed.c.session_id == share.key.session_id)
        copy_rows(db, computed, (*these, computed.c.message_id.in_(there)), asdict(key))
        count_anew(db, key)
    if share.include.files and file_ids:
        ids = list(db.scalars(there.order_by(messages.c.id)))
        for id_, attached in of_messages(db, share.key, ids).items():
            mine = [file_ids[one.file_id] for one in attached if one.file_id in file_ids]
            attach(db, key, message_id=id_, file_ids=mine)
