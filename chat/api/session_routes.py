"""A user's sessions: list, make, read, change, delete, restore."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from chat import limits
from chat.api import cursors, etags
from chat.api.bodies import Changes, NewSession
from chat.api.caller import Caller, Owner
from chat.api.errors import InvalidField, documented
from chat.api.etags import IfMatch, IfNoneMatch
from chat.api.fields import IdempotencyKey, Limit, Name, SessionId, Text
from chat.api.shapes import Deleted, DeletedCount, Json, Summary, Whole, session, shaped
from store import cleanup, paging, sessions

router = APIRouter(prefix="/users/{user_id}/sessions", tags=["sessions"])
ONE = "/{session_id}"
Permanent = Annotated[bool, Query(description="Remove it and everything of it, for good.")]


@router.get("", responses={200: {"model": list[Summary]}, **documented(404)})
async def list_sessions(
    caller: Owner,
    q: Annotated[Text, Query(description="Words to look for in titles and previews.")] = "",
    persona: Annotated[Name | None, Query()] = None,
    folder: Annotated[
        Text | None, Query(max_length=64, description="Empty: those in no folder.")
    ] = None,
    archived: Annotated[bool, Query(description="The archived ones, else the others.")] = False,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="From a `Link`.")] = None,
) -> Response:
    """Pinned first, then by latest activity; the header `Link` leads to the next page."""
    after = paging.Place(*cursors.decode(cursor, bool)) if cursor else None

    def read(db: Any) -> Response:
        found = paging.page(
            db,
            user_id=caller.user_id,
            limit=limit + 1,
            after=after,
            query=q,
            archived=archived,
            persona=persona,
            folder=folder,
        )
        rows = [shaped(Summary, row) for row in found[:limit]]
        if len(found) <= limit:
            return Json(rows)
        last = found[limit - 1]
        place = cursors.encode(last.pinned, last.last_activity_at, last.session_id)
        return Json(rows, headers=cursors.next_page(caller.request, cursor=place))

    return await caller.read(read)


@router.post(
    "",
    status_code=201,
    responses={
        201: {"model": Whole},
        200: {"model": Whole, "description": "It was there; it is unchanged."},
        **documented(404),
    },
)
async def create_session(
    caller: Owner, body: NewSession | None = None, idempotency_key: IdempotencyKey = None
) -> Response:
    """Make a session. An id, or an `Idempotency-Key`, that was used before gives the stored one."""
    body = body or NewSession()
    fields = given(body)
    fields["persona"] = await checked_persona(caller, body.persona)
    fields.setdefault("session_id", id_of_key(caller, idempotency_key))

    def write(db: Any) -> Response:
        with limits.capped(db, caller.parts.settings, user_id=caller.user_id):
            made, new = sessions.create(db, user_id=caller.user_id, **fields)
        return session(made, 201 if new else 200)

    return await caller.write(write)


@router.delete("", responses={200: {"model": DeletedCount}, **documented(404)})
async def delete_all_sessions(caller: Owner) -> Response:
    """Put all of them into the trash, archived ones too."""
    gone = await caller.write(lambda db: sessions.trash_all(db, user_id=caller.user_id))
    for session_id in gone:
        stop_quietly(caller, session_id)
    return Json({"deleted": len(gone)})


@router.get(
    ONE,
    responses={
        200: {"model": Whole},
        304: {"description": "It still has that `ETag`."},
        **documented(404),
    },
)
async def get_session(
    caller: Owner, session_id: SessionId, if_none_match: IfNoneMatch = None
) -> Response:
    """Everything of a session but its messages."""
    place = caller.place(session_id)
    found = await caller.read(lambda db: sessions.get(db, **place))
    answer = session(found)
    if if_none_match is not None and etags.matches(if_none_match, found.version):
        return Response(status_code=304, headers={"ETag": answer.headers["ETag"]})
    return answer


@router.patch(ONE, responses={200: {"model": Whole}, **documented(404, 412)})
async def change_session(
    caller: Owner, session_id: SessionId, body: Changes, if_match: IfMatch = None
) -> Response:
    """Change what is given, leave the rest; `parameters` and `metadata` are replaced whole."""
    fields = given(body)
    if "persona" in fields:
        await checked_persona(caller, body.persona)
    place = caller.place(session_id)
    title, pinned, archived = (fields.pop(name, None) for name in ("title", "pinned", "archived"))

    def write(db: Any) -> Response:
        etags.expect(db, if_match, **place)
        if title is not None:
            sessions.rename(db, **place, title=title)
        if pinned is not None:
            sessions.pin(db, **place, pinned=pinned)
        if archived is not None:
            sessions.archive(db, **place, archived=archived)
        if fields:
            sessions.change(db, **place, **fields)
        return session(sessions.get(db, **place))

    return await caller.write(write)


@router.delete(ONE, responses={200: {"model": Deleted}, **documented(404, 412)})
async def delete_session(
    caller: Owner, session_id: SessionId, permanent: Permanent = False, if_match: IfMatch = None
) -> Response:
    """Put it into the trash, or remove it for good, also from there; a running answer stops."""
    place = caller.place(session_id)

    def write(db: Any) -> None:
        etags.expect(db, if_match, **place, trashed=None if permanent else False)
        if permanent:
            cleanup.purge(db, **place)
        else:
            sessions.trash(db, **place)

    await caller.write(write)
    stop_quietly(caller, session_id)
    return Json({"deleted": session_id})


@router.post(ONE + "/restore", responses={200: {"model": Whole}, **documented(404, 412)})
async def restore_session(
    caller: Owner, session_id: SessionId, if_match: IfMatch = None
) -> Response:
    """Bring it back from the trash; 404 when it is not there."""
    place = caller.place(session_id)

    def write(db: Any) -> Response:
        etags.expect(db, if_match, **place, trashed=True)
        return session(sessions.restore(db, **place))

    return await caller.write(write)


def given(body: NewSession | Changes) -> dict[str, Any]:
    """What a body says, without what it leaves out."""
    fields = body.model_dump(exclude_unset=True)
    if fields.get("parameters") is not None:
        named = fields["parameters"].items()
        fields["parameters"] = {name: value for name, value in named if value is not None}
    if isinstance(body, NewSession):
        fields = {name: value for name, value in fields.items() if value is not None}
    return fields


async def checked_persona(caller: Caller, persona: str | None) -> str:
    """The persona, or the default one for none; raises `InvalidField` for one there is not."""
    book = caller.parts.personas
    if persona is None:
        return book.default.id
    if book.built_in.has(persona):
        return persona
    found = await caller.run(lambda: book.get(caller.user_id, persona))
    if found.id != persona:
        known = ", ".join(one.id for one in book.built_in.all())
        raise InvalidField(
            "persona", "There is no such persona.", f"Use {known}, or one of your own."
        )
    return persona


def id_of_key(caller: Caller, key: str | None) -> str | None:
    """The id of the session that an idempotency key makes; None, a new one, without a key."""
    if not key:
        return None
    return hashlib.sha256(f"{caller.user_id}\n{key}".encode()).hexdigest()[:32]


def stop_quietly(caller: Caller, session_id: str) -> None:
    """End the running answer of a session, if there is one."""
    turns = caller.parts.turns
    place = caller.place(session_id)
    if turns.running_in(**place):
        turns.stop(**place)
