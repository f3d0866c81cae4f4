"""The messages of a session: the active branch, versions, feedback and bookmarks."""

from typing import Annotated, cast

from fastapi import APIRouter, Query
from starlette.responses import Response

from chat.api import cursors
from chat.api.bodies import MarksBody, given
from chat.api.caller import Here
from chat.api.errors import gives
from chat.api.fields import Limit, MessageId
from chat.api.provenance_shapes import ProvenanceAnswer
from chat.api.shapes import Json, MessageAnswer, shaped
from chat.turns.provenance import origin
from store import messages, sessions
from store.database import Session
from store.marks import Marks

router = APIRouter(prefix="/users/{user_id}/sessions/{session_id}/messages", tags=["messages"])
ONE = "/{message_id}"
Before = Annotated[int | None, Query(description="Only what is older than this message.")]


@router.get("", responses=gives(MessageAnswer, 404, many=True))
async def list_messages(here: Here, limit: Limit = 50, before: Before = None) -> Response:
    """The last messages of the active branch, or those above `before`, oldest first.

    The header `Link` leads to earlier ones; `X-Total-Count` counts these and those above them.
    """

    def read(db: Session) -> Response:
        leaf_id = sessions.get(db, here.key).active_leaf_id
        if before is not None:
            leaf_id = messages.get(db, here.key, message_id=before).parent_id
        found = messages.window(db, here.key, leaf_id=leaf_id, limit=limit)
        is_whole = not found or found[0].parent_id is None
        next_ = {} if is_whole else {"before": str(found[0].id)}
        total = found[-1].depth if found else 0
        return cursors.page(here.request, MessageAnswer, found, total, **next_)

    return await here.read(read)


@router.get(ONE, responses=gives(MessageAnswer, 404))
async def get_message(here: Here, message_id: MessageId) -> Response:
    """One message, on whatever branch."""
    found = await here.read(lambda db: messages.get(db, here.key, message_id=message_id))
    return Json(shaped(MessageAnswer, found))


@router.patch(ONE, responses=gives(MessageAnswer, 404, 409))
async def mark_message(here: Here, message_id: MessageId, body: MarksBody) -> Response:
    """Say that an answer is good or bad (null takes it back), bookmark it, or add `metadata`."""
    marks = cast(Marks, given(body))
    marked = await here.run(here.parts.sessions.mark, here.key, message_id, **marks)
    return Json(shaped(MessageAnswer, marked))


@router.get(ONE + "/versions", responses=gives(MessageAnswer, 404, many=True))
async def list_versions(
    here: Here, message_id: MessageId, limit: Limit = 50, before: Before = None
) -> Response:
    """The message and its siblings, newest first; the header `Link` leads to earlier ones."""

    def read(db: Session) -> Response:
        ids = messages.get(db, here.key, message_id=message_id).versions
        wanted = [id_ for id_ in reversed(ids) if before is None or id_ < before]
        found = [messages.get(db, here.key, message_id=id_) for id_ in wanted[:limit]]
        next_ = {"before": str(found[-1].id)} if len(wanted) > limit else {}
        return cursors.page(here.request, MessageAnswer, found, len(ids), **next_)

    return await here.read(read)


@router.get(ONE + "/provenance", responses=gives(ProvenanceAnswer, 404))
async def read_provenance(here: Here, message_id: MessageId) -> Response:
    """What was really sent for an answer, and what came of it.

    Each message and tool is there once; requests name them by their places, from 0. A `message` is
    null where a part of it was removed since, or is another by now.
    """
    attached = here.parts.files
    found = await here.read(
        lambda db: origin(db, here.key, message_id=message_id, attached=attached)
    )
    return Json(found.as_json())
