"""How long a chat is kept, and whether it is in use: shown and chosen in its details."""

from datetime import date, datetime, time, timedelta

import streamlit as st

from chat.ui.controls import close
from chat.ui.services import key, parts
from chat.ui.times import ahead, zone
from store.session_values import ChatSession, SessionChanges
from store.types import utc_now

DAYS = {"in a day": 1, "in 7 days": 7, "in 30 days": 30}
NEVER, ON_A_DATE = "Never", "on a date"
ACTIVE = "The next message makes it active again."


def words(session: ChatSession, now: datetime) -> str:
    """In how long it goes, or that it does not."""
    if session.expires_at is None:
        return "never"
    if session.pinned:
        return "never, while it is pinned"
    return f"{ahead(session.expires_at, now)}, into the trash"


def draw(session: ChatSession) -> None:
    """Choose another time, and whether it counts as active; what goes is kept in the trash."""
    changes, id_ = SessionChanges(), session.session_id
    active = st.toggle("Active", session.is_active, key=f"active-{id_}", help=ACTIVE)
    if active != session.is_active:
        changes["is_active"] = active
    now, today = utc_now(), datetime.now(zone()).date()
    ends = session.expires_at
    before = [] if ends is None else [f"as it is: {ends.astimezone(zone()):%Y-%m-%d %H:%M}"]
    options = [NEVER, *before, *DAYS, ON_A_DATE]
    label, kept = "Move to the trash", options[len(before)]
    chosen = st.selectbox(label, options, index=len(before), key=f"expires-{id_}", filter_mode=None)
    day = None
    if chosen == ON_A_DATE:
        day = st.date_input("Day", today + timedelta(days=7), min_value=today, key=f"day-{id_}")
    if chosen != kept and (chosen != ON_A_DATE or day is not None):
        changes["expires_at"] = _moment(chosen, day, now)
    if st.button("Apply", key=f"save-lifetime-{id_}", disabled=not changes):
        parts().sessions.change(key(id_), **changes)
        close(_said(changes, now))


def _said(changes: SessionChanges, now: datetime) -> str:
    if "expires_at" not in changes:
        return "The chat is active." if changes["is_active"] else "The chat is inactive."
    ends = changes["expires_at"]
    return "The chat stays." if ends is None else f"The chat goes {ahead(ends, now)}."


def _moment(chosen: str, day: object, now: datetime) -> datetime | None:
    """The end of a day is that of the viewer's."""
    if chosen in DAYS:
        return now + timedelta(days=DAYS[chosen])
    if chosen == ON_A_DATE and isinstance(day, date):
        return datetime.combine(day + timedelta(days=1), time(), zone())
    return None
