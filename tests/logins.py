"""Somebody's login, for what only logins may do."""

from __future__ import annotations

from typing import Any

from chat.modes import MODES
from chat.people.identity import Identity
from store.values import User


def login_of(user: User, **known: Any) -> Identity:
    """As if they had just logged in with a password."""
    known = {"passed": user.tokens_valid_after, **known}
    return Identity(user.id, user.username, user.name, user.role, MODES["password"], **known)
