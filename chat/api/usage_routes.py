"""What somebody used, and for administrators what everybody did."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from chat.api.caller import Owner
from chat.api.errors import gives
from chat.api.shapes import Json, UsageAnswer, shaped
from store.usage import By

router = APIRouter(prefix="/users/{user_id}/usage", tags=["usage"])
Day = Annotated[date | None, Query(description="A day in UTC; 366 days at most.")]


@router.get("", responses=gives(UsageAnswer, 404, many=True))
async def read_usage(
    caller: Owner, by: By = "day", since: Day = None, until: Day = None
) -> Response:
    """What was used from one day to another, both included; without them in the last 30.

    By day, the newest first, or by what else is asked for, the most used first (500 at most). By
    `user` it is of everybody, and for administrators only. Costs are null where there is no price.
    """
    usages = caller.parts.usage
    found = await caller.run(usages.by, caller.identity, caller.user_id, by, since, until)
    return Json([shaped(UsageAnswer, one) for one in found])
