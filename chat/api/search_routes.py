"""Search in the titles and messages of somebody's chats."""

import re
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from chat.api import cursors
from chat.api.caller import Owner
from chat.api.errors import gives
from chat.api.fields import SESSION_ID, ModelName, Name, StoredText, Tag
from chat.api.shapes import HitAnswer
from chat.errors import InvalidInput
from store.errors import Refused
from store.search import CANDIDATES, Hits, Within, find
from store.search_query import QUERY_MAX, parse

router = APIRouter(prefix="/users/{user_id}/search", tags=["search"])
_CURSOR = re.compile(r"([0-9]{1,4})(?:-(-?[0-9]{1,19}))?")
Words = Annotated[
    StoredText,
    Query(
        max_length=QUERY_MAX,
        min_length=1,
        description='Words, "phrases", beginnings*, -without, one OR another.',
        examples=["battery"],
    ),
]
HasFiles = Annotated[bool | None, Query(description="Only chats with files, or only others.")]


@router.get("", responses=gives(HitAnswer, 404, many=True))
async def search(
    caller: Owner,
    q: Words,
    session_id: Annotated[str | None, Query(pattern=SESSION_ID)] = None,
    persona: Annotated[Name | None, Query(description="The chat's.")] = None,
    model: Annotated[ModelName | None, Query(description="Of answers: who wrote it.")] = None,
    role: Annotated[Literal["user", "assistant", "system", "title"] | None, Query()] = None,
    folder: Annotated[
        StoredText | None,
        Query(max_length=64, description="In it and the folders in it; empty: in no folder."),
    ] = None,
    tag: Annotated[Tag | None, Query()] = None,
    bookmarked: Annotated[bool | None, Query()] = None,
    has_files: HasFiles = None,
    archived: Annotated[
        bool | None, Query(description="Only archived chats, or only others; else both.")
    ] = None,
    since: Annotated[datetime | None, Query(description="The first moment that counts.")] = None,
    until: Annotated[datetime | None, Query(description="The first that does not.")] = None,
    sort: Literal["best", "newest"] = "best",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=50, description="From a `Link`.")] = None,
) -> Response:
    """Places in messages of all branches, and titles (without a `message_id`), not in the trash.

    `marks` are from where to where in the excerpt the words stand, in characters (Unicode code
    points). Of what fits, the newest 500 are put in order by `best`; with `newest` there is no
    end, and no score. `X-Total-Count` is there on the first page, of the best on all, unless
    there are more than 500, or 20,000 that have the words and most do not fit. The header `Link`
    leads to the next page, which can have fewer hits than asked for.
    """
    offset, before = _place(cursor)
    within = Within(
        session_id=session_id,
        persona=persona,
        model=model,
        role=role,
        folder=folder,
        tag=tag,
        archived=archived,
        bookmarked=bookmarked,
        has_files=has_files,
        since=_aware(since),
        until=_aware(until),
    )
    try:
        query = parse(q)
    except Refused as refused:
        raise InvalidInput(refused.message, refused.fix, field="q") from None
    asked = partial(find, user_id=caller.user_id, query=query, within=within, sort=sort)
    counted = sort == "best" or cursor is None
    found = await caller.read(
        partial(asked, limit=limit, offset=offset, before=before, counted=counted)
    )
    next_ = _next(found, sort, offset + limit, before)
    reply = cursors.page(caller.request, HitAnswer, found.hits, found.count, **next_)
    if not (counted and found.is_all):
        del reply.headers["X-Total-Count"]
    return reply


def _next(found: Hits, sort: str, end: int, before: int | None) -> dict[str, str]:
    """The cursor of the next page, if there is one."""
    if not found.more:
        return {}
    if sort == "newest":
        return {"cursor": f"0-{found.last}"}
    return {"cursor": f"{end}-{found.newest + 1 if before is None else before}"}


def _place(cursor: str | None) -> tuple[int, int | None]:
    """How many of the best come before the page, and before which number they were written."""
    if cursor is None:
        return 0, None
    place = _CURSOR.fullmatch(cursor)
    if place is None or int(place[1]) > CANDIDATES or abs(int(place[2] or 0)) >= 2**63:
        raise InvalidInput(
            "The cursor is malformed.", "Take it from a Link header.", field="cursor"
        )
    return int(place[1]), int(place[2]) if place[2] else None


def _aware(moment: datetime | None) -> datetime | None:
    """Without a zone it is UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
