"""Who asks, and their API tokens."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from chat.api.bodies import NewToken
from chat.api.caller import Anybody, Caller
from chat.api.errors import documented
from chat.api.fields import SessionId
from chat.api.shapes import Deleted, DeletedCount, Json, Me, Token, shaped
from chat.api.shapes import NewToken as ShownToken
from chat.errors import Forbidden
from store import tokens

router = APIRouter(prefix="/users/me", tags=["users"])


@router.get("", responses={200: {"model": Me}})
async def read_me(caller: Anybody) -> Response:
    """Whose token or login it is."""
    who = caller.identity
    return Json(
        {
            "id": who.user_id,
            "username": who.username,
            "display_name": who.display_name,
            "role": who.role,
            "mode": who.mode,
        }
    )


@router.get("/tokens", responses={200: {"model": list[Token]}})
async def list_tokens(caller: Anybody) -> Response:
    """All of them (there are 100 at most), newest first, expired ones too."""
    found = await caller.read(lambda db: tokens.listed(db, user_id=caller.user_id))
    return Json([shaped(Token, token) for token in found])


@router.post("/tokens", status_code=201, responses={201: {"model": ShownToken}})
async def create_token(caller: Anybody, body: NewToken) -> Response:
    """Make an API token. It is shown only now, so each call makes another one."""
    _no_guests(caller)
    make = partial(
        caller.parts.accounts.new_token,
        user_id=caller.user_id,
        name=body.name,
        days=body.expires_in_days,
    )
    made = await caller.run(make)
    return Json({"token": made.token, **shaped(Token, made.kept)}, 201)


@router.delete("/tokens", responses={200: {"model": DeletedCount}})
async def delete_all_tokens(caller: Anybody) -> Response:
    """Revoke all of them, also the one that asks."""

    def write(db: Any) -> Response:
        found = tokens.listed(db, user_id=caller.user_id)
        for token in found:
            tokens.revoke(db, user_id=caller.user_id, token_id=token.id)
        return Json({"deleted": len(found)})

    return await caller.write(write)


@router.delete("/tokens/{token_id}", responses={200: {"model": Deleted}, **documented(404)})
async def delete_token(caller: Anybody, token_id: SessionId) -> Response:
    """Revoke a token; it stops working at once, also for what runs."""
    await caller.write(lambda db: tokens.revoke(db, user_id=caller.user_id, token_id=token_id))
    return Json({"deleted": token_id})


def _no_guests(caller: Caller) -> None:
    if caller.identity.role == "guest":
        raise Forbidden("Guests have no API tokens.", "Register to have some.")
