"""What somebody used, and for administrators what everybody did."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Query
from pydantic import AfterValidator
from starlette.responses import Response

from chat.api.caller import Owner
from chat.api.errors import gives
from chat.api.shapes import Json, UsageAnswer, shaped
from store.usage import By

router = APIRouter(prefix="/users/{user_id}/usage", tags=["usage"])
Day = Annotated[date | None, Query(description="A day; 366 days at most.")]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise ValueError("There is no such time zone") from None
    return name


Zone = Annotated[
    str,
    AfterValidator(_zone),
    Query(max_length=64, description="Whose days are meant.", examples=["Europe/Rome"]),
]


@router.get("", responses=gives(UsageAnswer, 404, many=True))
async def read_usage(
    caller: Owner, by: By = "day", since: Day = None, until: Day = None, zone: Zone = "UTC"
) -> Response:
    """What was used from one day to another, both included; without them in the last 30.

    By day, the newest first, or by what else is asked for, the most used first (500 at most). By
    `user` it is of everybody, and for administrators only. Costs are null where there is no price.
    """
    usages = caller.parts.usage
    whose = caller.identity, caller.user_id
    found = await caller.run(usages.by, *whose, by, since, until, ZoneInfo(zone))
    return Json([shaped(UsageAnswer, one) for one in found])
