"""What somebody bookmarked, over all their chats."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from chat.api import cursors
from chat.api.caller import Owner
from chat.api.errors import gives
from chat.api.fields import Limit
from chat.api.shapes import BookmarkAnswer
from store import bookmarks

router = APIRouter(prefix="/users/{user_id}/bookmarks", tags=["messages"])


@router.get("", responses=gives(BookmarkAnswer, 404, many=True))
async def list_bookmarks(
    caller: Owner,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="From a `Link`.")] = None,
) -> Response:
    """The bookmarked messages of all chats and branches, newest first; archived chats too.

    The header `Link` leads to the next page; `X-Total-Count` on the first says how many there are.
    """
    after = cursors.decode_message(cursor) if cursor else None
    read = partial(bookmarks.listed, user_id=caller.user_id, limit=limit + 1, after=after)
    found, next_, total = await caller.read(read), {}, None
    if len(found) > limit:
        if after is None:
            total = await caller.read(partial(bookmarks.count, user_id=caller.user_id))
        last = found[limit - 1]
        place = cursors.encode(str(last.message_id), last.created_at, last.session_id)
        next_ = {"cursor": place}
    return cursors.page(caller.request, BookmarkAnswer, found[:limit], total, **next_)
