"""Times for people."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def zone() -> tzinfo:
    """The browser's time zone; UTC when it is not known."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def ahead(moment: datetime, now: datetime) -> str:
    """ "within the hour", "in 5 hours", "in 3 days": never sooner than it is."""
    hours = -int((now - moment).total_seconds() // 3600)
    if hours <= 1:
        return "within the hour"
    return f"in {hours} hours" if hours <= 48 else f"in {-(-hours // 24)} days"


def ago(moment: datetime, now: datetime) -> str:
    """ "just now", "5 minutes ago", … up to a date for what is over a month old."""
    seconds = max((now - moment).total_seconds(), 0)
    if seconds < 60:
        return "just now"
    for size, limit, unit in ((60, 60, "minute"), (3600, 24, "hour"), (86400, 31, "day")):
        count = int(seconds // size)
        if count < limit:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return f"on {moment:%Y-%m-%d}"
