"""Links to chats: made, listed and revoked by their owners, and read by whoever has one."""

from functools import partial
from typing import Annotated
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import FileResponse, Response

from chat import runtime
from chat.api import cursors
from chat.api.bodies import ShareBody
from chat.api.caller import Anybody, Here, who
from chat.api.errors import documented, gives
from chat.api.fields import Limit, ShareId
from chat.api.shapes import Deleted, DeletedCount, Json, shaped
from chat.api.share_shapes import NewShareAnswer, ShareAnswer, SharedAnswer, shared
from chat.limits.payers import NOWHERE, PeerAddress
from chat.server.headers import is_https
from store import shares

router = APIRouter(prefix="/users/{user_id}/sessions/{session_id}/shares", tags=["shares"])
mine = APIRouter(prefix="/users/me/shares", tags=["shares"])
opened = APIRouter(prefix="/shares", tags=["shares"])
_ALONE = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
ShareToken = Annotated[str, Path(max_length=200, examples=["kO3x…"])]
SharePassword = Annotated[str, Header(max_length=200)]


@router.get("", responses=gives(ShareAnswer, 404, many=True))
async def list_shares(here: Here) -> Response:
    """All links to the chat, newest first, expired ones too."""
    found = await here.read(lambda db: shares.of_session(db, here.key))
    return cursors.page(here.request, ShareAnswer, found)


@router.post("", status_code=201, responses=gives(NewShareAnswer, 404, 409, status=201))
async def create_share(here: Here, body: ShareBody | None = None) -> Response:
    """Make a link. Its address is shown only now, so each call makes another one.

    A snapshot ends with the last message that is not being written. A temporary chat has none.
    """
    wanted = (body or ShareBody()).wanted
    made = await here.run(here.parts.sharing.create, here.identity, here.key, wanted)
    url = f"{_site(here.request)}/share/{quote(made.token)}"
    return Json({"url": url, **shaped(ShareAnswer, made.share)}, 201)


@router.delete("", responses=gives(DeletedCount, 404))
async def delete_shares(here: Here) -> Response:
    """Revoke all links to the chat."""
    return Json({"deleted": await here.run(here.parts.sharing.revoke_those_of, here.key)})


@router.delete("/{share_id}", responses=gives(Deleted, 404))
async def delete_share(here: Here, share_id: ShareId) -> Response:
    """Revoke a link; pages that show it end within seconds."""
    await here.run(here.parts.sharing.revoke, here.key, share_id)
    return Json({"deleted": share_id})


@mine.get("", responses=gives(ShareAnswer, many=True))
async def list_all_shares(caller: Anybody) -> Response:
    """All of the caller's links (there are 100 at most), newest first, expired ones too."""
    found = await caller.read(lambda db: shares.listed(db, user_id=caller.user_id))
    return cursors.page(caller.request, ShareAnswer, found)


@mine.delete("", responses=gives(DeletedCount))
async def delete_all_shares(caller: Anybody) -> Response:
    """Revoke all of the caller's links."""
    return Json({"deleted": await caller.run(caller.parts.sharing.revoke_all, caller.user_id)})


@opened.get("/{token}", responses=gives(SharedAnswer, 404))
async def read_share(
    request: Request,
    token: ShareToken,
    limit: Limit = 200,
    before: Annotated[int | None, Query(description="Only what has a lower `number`.")] = None,
    x_share_password: SharePassword = "",
) -> Response:
    """What a link shows, its newest messages; for whoever has it, unless only logins may.

    404 when it is wrong, has expired, was revoked or used up, or the password is not right. Each
    call counts as a view. The header `Link` leads to earlier messages.
    """
    parts = runtime.start()
    if parts.sharing.needs_login:
        await who(request)
    read = partial(parts.sharing.read, token, _typed(x_share_password), _from(request))
    threads = request.app.state.threads
    link, chat = await run_sync(partial(read, limit=limit, before=before), limiter=threads)
    next_ = {"before": str(chat.first)} if chat.first > 1 else {}
    return Json(shared(link, chat), headers=cursors.link(request, next_))


@opened.get(
    "/{token}/files/{file_id}",
    response_class=FileResponse,
    responses={200: {"content": {"image/*": {}}, "description": "The picture."}, **documented(404)},
)
async def read_share_picture(
    request: Request, token: ShareToken, file_id: ShareId, x_share_password: SharePassword = ""
) -> Response:
    """A picture that a link shows: its cleaned copy, never the file itself. No view counts.

    404 for whatever else is attached: of that, only what the link's own answer says is shown.
    """
    parts = runtime.start()
    if parts.sharing.needs_login:
        await who(request)
    find = partial(parts.sharing.picture, token, _typed(x_share_password), _from(request), file_id)
    path = await run_sync(find, limiter=request.app.state.threads)
    return FileResponse(path, headers=_ALONE)


def _from(request: Request) -> PeerAddress:
    return PeerAddress(request.client.host) if request.client else NOWHERE


def _typed(header: str) -> str:
    """What somebody meant who sends it in UTF-8: headers are read as Latin 1."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _site(request: Request) -> str:
    """The address under which the page is, as whoever asks knows it."""
    path = request.scope.get("root_path", "").removesuffix("/api")
    scheme = "https" if is_https(request.scope) else "http"
    return f"{scheme}://{request.url.netloc}{path}"
