"""How a user's sessions are kept in order: folders, and the tags that are used."""

from typing import cast

from fastapi import APIRouter
from starlette.responses import Response

from chat.api import cursors
from chat.api.bodies import FolderBody, FolderPatch, given
from chat.api.caller import Owner
from chat.api.errors import gives
from chat.api.fields import FolderId
from chat.api.shapes import Deleted, FolderAnswer, Json, TagAnswer, shaped
from store import folders, tags
from store.folders import FolderChanges, NewFolder

router = APIRouter(prefix="/users/{user_id}", tags=["folders"])
ONE = "/folders/{folder_id}"


@router.get("/folders", responses=gives(FolderAnswer, 404, many=True))
async def list_folders(caller: Owner) -> Response:
    """All of them by name (there are 100 at most), each followed by those in it."""
    found = await caller.read(lambda db: folders.listed(db, user_id=caller.user_id))
    return cursors.page(caller.request, FolderAnswer, found)


@router.post(
    "/folders",
    status_code=201,
    responses={
        200: {"model": FolderAnswer, "description": "It was there; it is unchanged."},
        **gives(FolderAnswer, 404, 409, status=201),
    },
)
async def create_folder(caller: Owner, body: FolderBody) -> Response:
    """Make one; no two beside each other have the same name. Folders are nested once."""
    said = given(body)
    folder_id = said.pop("folder_id", None)
    make = caller.parts.filing.create_folder
    made, is_new = await caller.run(make, caller.user_id, NewFolder(**said), folder_id)
    return Json(shaped(FolderAnswer, made), 201 if is_new else 200)


@router.patch(ONE, responses=gives(FolderAnswer, 404, 409))
async def change_folder(caller: Owner, folder_id: FolderId, body: FolderPatch) -> Response:
    """Change what is given, leave the rest."""
    changes = cast(FolderChanges, given(body))
    change = caller.parts.filing.change_folder
    changed = await caller.run(change, caller.user_id, folder_id, **changes)
    return Json(shaped(FolderAnswer, changed))


@router.delete(ONE, responses=gives(Deleted, 404))
async def delete_folder(caller: Owner, folder_id: FolderId) -> Response:
    """Delete one; its chats go to the folder it is in, or to none."""
    await caller.run(caller.parts.filing.remove_folder, caller.user_id, folder_id)
    return Json({"deleted": folder_id})


@router.get("/tags", responses=gives(TagAnswer, 404, many=True))
async def list_tags(caller: Owner) -> Response:
    """Those on chats outside the trash, most used first; 200 at most."""
    found = await caller.read(lambda db: tags.used(db, user_id=caller.user_id))
    return Json([{"tag": tag, "count": count} for tag, count in found])
