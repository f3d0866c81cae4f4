"""A user's sessions: list, make, read, change, delete, restore."""

import hashlib
from functools import partial
from typing import Annotated, Literal, cast
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response

from chat.api import cursors
from chat.api.bodies import SessionBody, SessionPatch, given, new_session
from chat.api.caller import Caller, Here, Owner
from chat.api.errors import documented, gives
from chat.api.fields import (
    LIMIT_MAX,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    Limit,
    Name,
    StoredText,
    Tag,
    versions,
)
from chat.api.shapes import (
    Deleted,
    DeletedCount,
    Json,
    SessionAnswer,
    SessionWithMessages,
    SummaryAnswer,
    session,
)
from store import messages, sessions
from store.database import Session
from store.session_filters import Chosen
from store.session_values import SessionChanges
from store.values import SessionKey

router = APIRouter(prefix="/users/{user_id}/sessions", tags=["sessions"])
ONE = "/{session_id}"
Include = Literal["", "messages"]
Permanent = Annotated[bool, Query(description="Remove it and everything of it, for good.")]


@router.get("", responses=gives(SummaryAnswer, 404, many=True))
async def list_sessions(
    caller: Owner,
    q: Annotated[StoredText, Query(description="Words to look for in titles and previews.")] = "",
    persona: Annotated[Name | None, Query()] = None,
    folder: Annotated[
        StoredText | None,
        Query(max_length=64, description="In it and the folders in it; empty: in no folder."),
    ] = None,
    tag: Annotated[Tag | None, Query()] = None,
    unread: Annotated[bool | None, Query(description="With an answer nobody has seen.")] = None,
    bookmarked: Annotated[bool | None, Query(description="With a bookmarked message.")] = None,
    has_files: Annotated[bool | None, Query(description="With an attached file.")] = None,
    archived: Annotated[bool, Query(description="The archived ones, else the others.")] = False,
    is_active: Annotated[
        bool | None, Query(description="Those in use, or those that were not for long.")
    ] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="From a `Link`.")] = None,
) -> Response:
    """Pinned first, then by latest activity; the header `Link` leads to the next page.

    `X-Total-Count` on the first says how many there are.
    """
    after = cursors.decode(cursor, bool) if cursor else None
    chosen = Chosen(
        persona=persona,
        folder=folder,
        tag=tag,
        is_active=is_active,
        unread=unread,
        bookmarked=bookmarked,
        has_files=has_files,
    )

    def read(db: Session) -> Response:
        these = partial(sessions.recent, db, user_id=caller.user_id, query=q, archived=archived)
        found, next_ = these(limit=limit + 1, after=after, **chosen), {}
        total = None
        if len(found) > limit and after is None:
            counted = partial(sessions.count, db, user_id=caller.user_id, query=q)
            total = counted(archived=archived, **chosen)
        if len(found) > limit:
            last = found[limit - 1]
            place = cursors.encode(last.pinned, last.last_activity_at, last.session_id)
            next_ = {"cursor": place}
        return cursors.page(caller.request, SummaryAnswer, found[:limit], total, **next_)

    return await caller.read(read)


@router.post(
    "",
    status_code=201,
    responses={
        200: {"model": SessionAnswer, "description": "It was there; it is unchanged."},
        **gives(SessionAnswer, 404, status=201),
    },
)
async def create_session(
    caller: Owner, body: SessionBody | None = None, idempotency_key: IdempotencyKey = None
) -> Response:
    """Make a session. An id, or an `Idempotency-Key`, that was used before gives the stored one."""
    key = key_of(caller, body.session_id if body else None, idempotency_key)
    made, new = await caller.run(caller.parts.sessions.create, key, new_session(body))
    return session(made, 201 if new else 200)


@router.delete("", responses=gives(DeletedCount, 404))
async def delete_all_sessions(caller: Owner) -> Response:
    """Put all of them into the trash, archived ones too."""
    gone = await caller.run(caller.parts.sessions.trash_all, caller.user_id)
    return Json({"deleted": len(gone)})


@router.get(
    ONE,
    responses={
        304: {"description": "It still has that `ETag`."},
        **gives(SessionWithMessages, 404),
    },
)
async def get_session(
    here: Here, if_none_match: IfNoneMatch = None, include: Annotated[Include, Query()] = ""
) -> Response:
    """Everything of a session; with `include=messages` also the end of its active branch.

    These are 200 messages at most, oldest first; the header `Link` leads to earlier ones.
    """

    def read(db: Session) -> Response:
        found = sessions.get(db, here.key)
        answer = session(found)
        if if_none_match is not None:
            seen = versions(if_none_match)
            if seen is None or found.version in seen:
                return Response(status_code=304, headers={"ETag": answer.headers["ETag"]})
        if include:
            window = messages.window(db, here.key, leaf_id=found.active_leaf_id, limit=LIMIT_MAX)
            answer = session(found, messages=window)
            if window and window[0].depth > 1:
                earlier = f"{quote(here.request.url.path)}/messages?before={window[0].id}"
                answer.headers["Link"] = f'<{earlier}>; rel="next"'
        return answer

    return await here.read(read)


@router.patch(ONE, responses=gives(SessionAnswer, 404, 412))
async def change_session(here: Here, body: SessionPatch, if_match: IfMatch = None) -> Response:
    """Change what is given, leave the rest; objects and lists are replaced whole."""
    changes, seen = cast(SessionChanges, given(body)), versions(if_match)
    return session(await here.run(here.parts.sessions.change, here.key, seen, **changes))


@router.delete(ONE, responses=gives(Deleted, 404, 412))
async def delete_session(
    here: Here, permanent: Permanent = False, if_match: IfMatch = None
) -> Response:
    """Put it into the trash, or remove it for good, also from there; a running answer stops."""
    chats = here.parts.sessions
    await here.run(chats.purge if permanent else chats.trash, [here.key], versions(if_match))
    return Json({"deleted": here.key.session_id})


@router.post(ONE + "/clear", responses=gives(SessionAnswer, 404, 412))
async def clear_session(here: Here, if_match: IfMatch = None) -> Response:
    """Empty it and keep it: all messages and analysis results go to the trash.

    A running answer stops. `restore` brings it all back, as long as the trash keeps it.
    """
    return session(await here.run(here.parts.sessions.clear, here.key, versions(if_match)))


@router.post(ONE + "/restore", responses=gives(SessionAnswer, 404, 412))
async def restore_session(here: Here, if_match: IfMatch = None) -> Response:
    """Bring it back from the trash, or what was cleared; 404 when there is nothing to."""
    return session(await here.run(here.parts.sessions.restore, here.key, versions(if_match)))


@router.post(
    ONE + "/seen", status_code=204, responses={204: {"description": "Noted."}, **documented(404)}
)
async def note_seen(here: Here) -> Response:
    """Somebody has the last answer before their eyes: it is not `unread` any more."""
    await here.run(here.parts.sessions.note_seen, here.key)
    return Response(status_code=204)


def key_of(caller: Caller, session_id: str | None, once: str | None) -> SessionKey:
    """Of a session to be made: by its id, by what an idempotency key makes of it, or a new one."""
    if not session_id and not once:
        return SessionKey.new(caller.user_id)
    made = hashlib.sha256(f"{caller.user_id}\n{once}".encode()).hexdigest()[:32]
    return SessionKey(caller.user_id, session_id or made)
