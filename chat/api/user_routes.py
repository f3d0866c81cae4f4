"""Who asks, and their API tokens."""

from fastapi import APIRouter
from starlette.responses import Response

from chat.api import cursors, sse
from chat.api.bodies import TokenBody
from chat.api.caller import Anybody
from chat.api.errors import gives
from chat.api.fields import LastEventId, TokenId
from chat.api.shapes import Deleted, DeletedCount, Json, Me, NewTokenAnswer, TokenAnswer, shaped
from store import tokens

router = APIRouter(prefix="/users/me", tags=["users"])


@router.get("", responses=gives(Me))
async def read_me(caller: Anybody) -> Response:
    """Whose token or login it is."""
    who = caller.identity
    return Json(
        {
            "id": who.user_id,
            "username": who.username,
            "display_name": who.display_name,
            "role": who.role,
            "mode": who.mode.name,
        }
    )


@router.get("/news", responses=sse.news())
async def watch_news(caller: Anybody, last_event_id: LastEventId = None) -> Response:
    """Events of what changes, from now on or after an id.

    Of a `session`, a `turn` (an answer began, ended, was seen), a `profile`, a `login`, `models`,
    a `folder`.
    They say what to look at again, with the `session_id`; empty, any of them may be another.
    """
    return sse.stream(caller, caller.parts.news.batches(caller.identity.user_id, last_event_id))


@router.get("/tokens", responses=gives(TokenAnswer, many=True))
async def list_tokens(caller: Anybody) -> Response:
    """All of them (there are 100 at most), newest first, expired ones too."""
    found = await caller.read(lambda db: tokens.listed(db, user_id=caller.user_id))
    return cursors.page(caller.request, TokenAnswer, found)


@router.post("/tokens", status_code=201, responses=gives(NewTokenAnswer, status=201))
async def create_token(caller: Anybody, body: TokenBody) -> Response:
    """Make an API token. It is shown only now, so each call makes another one.

    Only a login may, or this computer where there is none: a token cannot make tokens.
    """
    make, days = caller.parts.accounts.new_token, body.expires_in_days
    made = await caller.run(make, caller.identity, name=body.name, days=days)
    return Json({"token": made.token, **shaped(TokenAnswer, made.kept)}, 201)


@router.delete("/tokens", responses=gives(DeletedCount))
async def delete_all_tokens(caller: Anybody) -> Response:
    """Revoke all of them, also the one that asks."""
    gone = await caller.run(caller.parts.members.revoke_all_tokens, caller.user_id)
    return Json({"deleted": gone})


@router.delete("/tokens/{token_id}", responses=gives(Deleted, 404))
async def delete_token(caller: Anybody, token_id: TokenId) -> Response:
    """Revoke a token; it stops working at once, also for what runs."""
    revoke = caller.parts.members.revoke_token
    await caller.run(revoke, caller.identity, caller.user_id, token_id)
    return Json({"deleted": token_id})
