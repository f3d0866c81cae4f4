"""The process's parts and who is there, for pages and everything they draw."""

from __future__ import annotations

from typing import TypedDict

from chat import runtime
from chat.runtime import Runtime
from store.users import LOCAL_USER


def parts() -> Runtime:
    """The running process's parts."""
    return runtime.start()


def user_id() -> str:
    """Whose page this is."""
    return LOCAL_USER


class Place(TypedDict):
    """The arguments that name a session of a user."""

    user_id: str
    session_id: str


def place(session_id: str) -> Place:
    """The arguments that name a session of this user."""
    return Place(user_id=user_id(), session_id=session_id)
