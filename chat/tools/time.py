"""What time it is."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from chat.agent.toolkit import ToolContext, tool
from chat.errors import ToolError


@tool("Looking at the clock…")
async def current_time(
    context: ToolContext,
    timezone: Annotated[
        str, Field(description="IANA name, for example Europe/Berlin", max_length=64)
    ] = "UTC",
) -> dict[str, str]:
    """The date, weekday and time now."""
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        text = f"There is no time zone {timezone!r}."
        raise ToolError(text, "Use an IANA name such as Europe/Berlin, or UTC.") from None
    now = context.now().astimezone(zone)
    return {"time": now.isoformat(timespec="seconds"), "weekday": f"{now:%A}", "zone": timezone}
