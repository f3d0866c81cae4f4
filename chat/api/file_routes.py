"""Files to be attached: sent as they are, and given back as they came."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse, Response

from chat.api import cursors
from chat.api.caller import Owner
from chat.api.errors import Responses, documented, gives
from chat.api.fields import FileId, Limit
from chat.api.shapes import Deleted, FileAnswer, Json, shaped
from chat.api.spooling import spooled
from chat.errors import NotSignedIn
from store.file_values import StoredFile

router = APIRouter(prefix="/users/{user_id}", tags=["files"])
ONE = "/files/{file_id}"
FileName = Annotated[
    str, Query(max_length=4096, description="What it is called.", examples=["sales.csv"])
]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BYTES: Responses = {
    200: {"content": {"*/*": _BINARY}, "description": "Its bytes."},
    206: {"content": {"*/*": _BINARY}, "description": "A part of them, as asked with `Range`."},
    304: {"description": "It is what `If-None-Match` says."},
    416: {"description": "There is no such part."},
}
_BODY = {"requestBody": {"content": {"application/octet-stream": _BINARY}, "required": True}}


@router.post(
    "/files",
    status_code=201,
    openapi_extra=_BODY,
    responses={
        200: {"model": FileAnswer, "description": "The same bytes were there; it is unchanged."},
        **gives(FileAnswer, 404, status=201),
    },
)
async def send_file(request: Request, caller: Owner, name: FileName = "") -> Response:
    """Keep the body, a file of whatever kind, to be named in messages by its `file_id`.

    What it is, is seen by what is in it. One that no message has is removed after a day.
    """
    files = caller.parts.files
    length = request.headers.get("content-length", "")
    size = int(length) if length.isdecimal() and len(length) < 16 else 0
    arriving = await caller.run(files.begin, caller.user_id, size)
    try:
        await spooled(request, caller, partial(files.arrivals.write, arriving))
        if not await caller.is_still_there():
            raise NotSignedIn
        stored, is_new = await caller.run(files.known, arriving), False
        if stored is None:
            new = await files.read(arriving, name)
            stored, is_new = await caller.run(files.keep, arriving, new, caller.address)
        return Json(shaped(FileAnswer, stored), 201 if is_new else 200)
    finally:
        files.arrivals.close(arriving)  # here: what ends this may end whatever is waited for, too


@router.get("/files", responses=gives(FileAnswer, 404, many=True))
async def list_files(caller: Owner, limit: Limit = 50, cursor: str = "") -> Response:
    """Newest first; the header `Link` leads to earlier ones."""
    before = cursors.decode(cursor, bool)[1:] if cursor else None
    files = caller.parts.files
    found = await caller.run(files.listed, caller.user_id, limit=limit + 1, before=before)
    next_ = {"cursor": _place(found[limit - 1])} if len(found) > limit else {}
    return cursors.page(caller.request, FileAnswer, found[:limit], None, **next_)


@router.get(ONE, responses={**_BYTES, **documented(404)}, response_class=Response)
async def read_file(request: Request, caller: Owner, file_id: FileId) -> Response:
    """The file as it came; pictures can be shown where they are, all else is to be saved."""
    files = caller.parts.files
    file = await caller.run(files.get, caller.user_id, file_id)
    path = await caller.run(files.bytes_path, file)
    headers = {"ETag": f'"{file.sha256}"', "Cache-Control": "private, no-cache"}
    known = request.headers.get("if-none-match", "").split(",")
    if not {"*", headers["ETag"]}.isdisjoint(one.strip().removeprefix("W/") for one in known):
        return Response(status_code=304, headers=headers)
    shown = "inline" if file.kind == "image" else "attachment"
    return FileResponse(
        path,
        headers=headers,
        media_type=file.media_type,
        filename=file.name,
        content_disposition_type=shown,
    )


@router.delete(ONE, responses=gives(Deleted, 404))
async def delete_file(caller: Owner, file_id: FileId) -> Response:
    """Delete one for good; messages that have it still say what it was called."""
    await caller.run(caller.parts.files.remove, caller.user_id, file_id)
    return Json({"deleted": file_id})


def _place(file: StoredFile) -> str:
    return cursors.encode(True, file.created_at, file.file_id)
