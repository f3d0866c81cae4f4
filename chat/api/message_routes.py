"""The messages of a session: the active branch, versions, feedback and bookmarks."""

from __future__ import annotations

from functools import partial
from typing import Annotated, cast

from fastapi import APIRouter, Query
from starlette.responses import Response

from chat.api import cursors
from chat.api.bodies import MarksBody, given
from chat.api.caller import Owner
from chat.api.errors import documented
from chat.api.fields import Limit, MessageId, SessionId
from chat.api.shapes import Json, MessageAnswer, shaped
from store import messages, sessions
from store.database import Session
from store.messages import Marks

router = APIRouter(prefix="/users/{user_id}/sessions/{session_id}/messages", tags=["messages"])
Before = Annotated[int | None, Query(description="Only what is older than this message.")]


@router.get("", responses={200: {"model": list[MessageAnswer]}, **documented(404)})
async def list_messages(
    caller: Owner, session_id: SessionId, limit: Limit = 50, before: Before = None
) -> Response:
    """The last messages of the active branch, or those above `before`, oldest first.

    The header `Link` leads to earlier ones.
    """
    key = caller.key(session_id)

    def read(db: Session) -> Response:
        leaf_id = sessions.get(db, key).active_leaf_id
        if before is not None:
            leaf_id = messages.get(db, key, message_id=before).parent_id
        found = messages.window(db, key, leaf_id=leaf_id, limit=limit)
        rows = [shaped(MessageAnswer, message) for message in found]
        if not found or found[0].parent_id is None:
            return Json(rows)
        return Json(rows, headers=cursors.next_page(caller.request, before=str(found[0].id)))

    return await caller.read(read)


@router.get("/{message_id}", responses={200: {"model": MessageAnswer}, **documented(404)})
async def get_message(caller: Owner, session_id: SessionId, message_id: MessageId) -> Response:
    """One message, on whatever branch."""
    key = caller.key(session_id)
    found = await caller.read(lambda db: messages.get(db, key, message_id=message_id))
    return Json(shaped(MessageAnswer, found))


@router.patch("/{message_id}", responses={200: {"model": MessageAnswer}, **documented(404)})
async def mark_message(
    caller: Owner, session_id: SessionId, message_id: MessageId, body: MarksBody
) -> Response:
    """Say that an answer is good or bad (null takes it back), or bookmark a message."""
    key = caller.key(session_id)
    marks = cast(Marks, given(body))
    mark = partial(caller.parts.sessions.mark, key, message_id, **marks)
    return Json(shaped(MessageAnswer, await caller.run(mark)))


@router.get(
    "/{message_id}/versions", responses={200: {"model": list[MessageAnswer]}, **documented(404)}
)
async def list_versions(
    caller: Owner,
    session_id: SessionId,
    message_id: MessageId,
    limit: Limit = 50,
    before: Before = None,
) -> Response:
    """The message and its siblings, newest first; the header `Link` leads to earlier ones."""
    key = caller.key(session_id)

    def read(db: Session) -> Response:
        ids = messages.get(db, key, message_id=message_id).versions
        wanted = [id_ for id_ in reversed(ids) if before is None or id_ < before]
        found = [messages.get(db, key, message_id=id_) for id_ in wanted[:limit]]
        rows = [shaped(MessageAnswer, message) for message in found]
        if len(wanted) <= limit:
            return Json(rows)
        return Json(rows, headers=cursors.next_page(caller.request, before=str(found[-1].id)))

    return await caller.read(read)
