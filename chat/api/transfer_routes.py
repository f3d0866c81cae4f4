"""Chats out and in: files of them, and how far those are that come in."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from chat.api.bodies import ImportBody
from chat.api.caller import Anybody, Caller
from chat.api.errors import Responses, documented, gives
from chat.api.fields import SESSION_ID
from chat.api.shapes import ImportAnswer, Json, PreviewAnswer, StartedAnswer, shaped
from chat.api.spooling import PIECE, spooled
from chat.errors import InvalidInput, NotSignedIn
from chat.transfer.exports import Exported, Format
from chat.transfer.imports import Preview

router = APIRouter(prefix="/users/me", tags=["transfer"])
ImportId = Annotated[str, Path(pattern=SESSION_ID, examples=["3f2a"])]
ChosenIds = Annotated[
    list[Annotated[str, Query(pattern=SESSION_ID)]],
    Query(max_length=1000, description="A chat; again for another one. Left out: all of them."),
]
_FILE = {"schema": {"type": "string", "format": "binary"}}
_FILES = ("text/markdown", "text/html", "application/x-ipynb+json", "application/zip")
_OWN = {"application/json": {"schema": {"type": "object"}}}
_EXPORTED: Responses = {200: {"content": {**_OWN, **dict.fromkeys(_FILES, _FILE)}}}
NONE: list[str] = []


@router.get("/export", responses={**_EXPORTED, **documented(404)}, response_class=Response)
async def export_chats(
    caller: Anybody, format: Format = "json", session_id: ChosenIds = NONE
) -> StreamingResponse:
    """The chosen chats as a file, or all. JSON has all there is; the others have what is on screen.

    Several as Markdown, HTML or notebooks come as a zip.
    """
    make = caller.parts.exports.make
    made = await caller.run(make, caller.user_id, format, session_id)
    pieces = _streamed(caller, made.pieces)
    headers = {"Content-Disposition": _attachment(made), "Cache-Control": "no-store"}
    return StreamingResponse(pieces, 200, headers, made.media_type)


@router.post(
    "/import",
    status_code=202,
    responses={**gives(PreviewAnswer), **gives(StartedAnswer, 409, status=202)},
)
async def import_chats(request: Request, caller: Anybody, dry_run: bool = False) -> Response:
    """Read the body, a file of chats, in the background; with `dry_run` only count what is in it.

    Exports of Parley, ChatGPT, Open WebUI and Claude, as JSON or as the zip that they come in;
    tables of messages as CSV or SQLite. What was counted is kept for half an hour: begin with
    `POST …/import/{import_id}` instead of sending it again.
    """
    imports = caller.parts.imports
    length = request.headers.get("content-length", "")
    size = int(length) if length.isdecimal() and len(length) < 16 else 0
    spool = imports.spools.open(caller.user_id, caller.identity.role, size)
    goes_on = False
    try:
        await spooled(request, caller, partial(imports.spools.write, spool))
        if not spool.size:
            raise InvalidInput("There is no file.", "Send it as the body.", field="body")
        if not await caller.is_still_there():
            raise NotSignedIn
        if dry_run:
            answer = _counted(await caller.run(imports.preview, spool))
        else:
            answer = Json({"import_id": await caller.run(imports.start, spool)}, 202)
        goes_on = True
        return answer
    finally:
        if not goes_on:
            imports.spools.close(spool)


@router.post(
    "/import/{import_id}",
    status_code=202,
    responses={**gives(PreviewAnswer), **gives(StartedAnswer, 404, 409, status=202)},
)
async def import_counted(caller: Anybody, import_id: ImportId, body: ImportBody) -> Response:
    """Begin with a file that was counted, or count it again with other columns."""
    imports, columns = caller.parts.imports, body.columns
    if columns is not None or body.dry_run:
        again = imports.preview_again
        preview = await caller.run(again, caller.user_id, import_id, columns or {})
        if body.dry_run:
            return _counted(preview)
    started = await caller.run(imports.start_held, caller.user_id, import_id)
    return Json({"import_id": started}, 202)


@router.get("/import/{import_id}", responses=gives(ImportAnswer, 404))
async def read_import(caller: Anybody, import_id: ImportId) -> Response:
    """How far it is, and the first 200 of what was skipped."""
    found = await caller.run(caller.parts.imports.get, caller.user_id, import_id)
    return Json(shaped(ImportAnswer, found))


@router.delete("/import/{import_id}", responses=gives(ImportAnswer, 404))
async def cancel_import(caller: Anybody, import_id: ImportId) -> Response:
    """End it soon; what came in by then stays."""
    found = await caller.run(caller.parts.imports.cancel, caller.user_id, import_id)
    return Json(shaped(ImportAnswer, found))


async def _streamed(caller: Caller, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    def some() -> bytes:
        found, size = [], 0
        for piece in pieces:
            found.append(piece)
            size += len(piece)
            if size >= PIECE:
                break
        return b"".join(found)

    while piece := await caller.run(some):
        yield piece


def _counted(preview: Preview) -> Response:
    table, count = preview.table, preview.count
    return Json(
        {
            "import_id": preview.import_id,
            "kind": preview.kind,
            "chats": count.chats,
            "known": count.known,
            "files": count.files,
            "messages": count.total,
            "skipped": list(map(asdict, count.skipped)),
            "skipped_count": count.skipped_count,
            "columns": list(table.columns) if table else [],
            "mapping": dict(table.mapping) if table else {},
        }
    )


def _attachment(made: Exported) -> str:
    """With a name for those that read only ASCII, and one for all others."""
    ascii_name = made.name.encode("ascii", "ignore").decode().strip(" .") or "chat"
    if ascii_name.startswith((made.name.rpartition(".")[2], ".")):
        ascii_name = f"chat.{made.name.rpartition('.')[2]}"
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(made.name)}"
