"""Analysis results of a session: listed, and made."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from chat.api import cursors, sse
from chat.api.bodies import ProfileBody
from chat.api.caller import Here
from chat.api.errors import gives
from chat.api.fields import Limit
from chat.api.large_bodies import LargeBody
from chat.api.shapes import Json, ProfileAnswer, shaped
from chat.errors import AnalysisFailed, InvalidInput
from chat.profiles.analyses import AnalysisRequest
from chat.profiles.choice import FILE_NAME
from store import profiles
from store.database import Session

router = APIRouter(
    prefix="/users/{user_id}/sessions/{session_id}/profiles",
    tags=["profile analysis"],
    route_class=LargeBody,
)
MADE = sse.streams(
    "`status` events, then `profile` with the result, then `done`. With "
    "`Accept: application/json` the stored result, once it is there.",
    *(404, 502),
    shape=ProfileAnswer,
)


@router.get("", responses=gives(ProfileAnswer, 404, many=True))
async def list_profiles(
    here: Here,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=2_000, description="From a `Link`.")] = None,
) -> Response:
    """Stored analysis results, newest first; the header `Link` leads to the next page.

    `X-Total-Count` says how many there are.
    """
    after = cursors.decode(cursor, str) if cursor else None

    def read(db: Session) -> Response:
        found = profiles.listed(db, here.key, limit=limit + 1, after=after)
        next_ = {}
        if len(found) > limit:
            last = found[limit - 1]
            next_ = {"cursor": cursors.encode(last.source, last.created_at, last.handle)}
        total = profiles.count(db, here.key)
        return cursors.page(here.request, ProfileAnswer, found[:limit], total, **next_)

    return await here.read(read)


@router.post("", responses=MADE)
async def analyze_profile(here: Here, body: ProfileBody) -> Response:
    """Analyse an account, or read the stored result of this session unless `again`.

    It goes on when the client leaves. For `source` `file`, `file_name` and `content` are the posts.
    """
    wanted = AnalysisRequest(body.source, body.handle, body.again, _upload(body))
    start = here.parts.analyses.start
    analysis = await here.run(start, here.key, wanted, address=here.address)
    if "application/json" not in here.request.headers.get("accept", ""):
        return sse.stream(here, analysis.log.batches(0))
    async for _ in analysis.log.batches(0):
        pass
    result = analysis.result
    if result is None:
        raise AnalysisFailed(analysis.failure or "The analysis was interrupted. Ask again.")

    def read(db: Session) -> Response:
        found = profiles.get(db, here.key, source=result.source, handle=result.handle)
        return Json(shaped(ProfileAnswer, found) if found else None)

    return await here.read(read)


def _upload(body: ProfileBody) -> tuple[str, bytes] | None:
    if body.source != FILE_NAME:
        return None
    for name in ("file_name", "content"):
        if not getattr(body, name):
            fix = "A file needs its name and its content."
            raise InvalidInput("It is missing.", fix, field=name)
    return str(body.file_name), str(body.content).encode()
