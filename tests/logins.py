"""Somebody's login, for what only logins may do."""

from __future__ import annotations

from typing import Any

from chat.modes import MODES
from chat.people.identity import Identities, Identity
from store import users
from store.values import User


def login_of(user: User, **known: Any) -> Identity:
    """As if they had just logged in with a password."""
    known = {"passed": user.tokens_valid_after, **known}
    return Identity(user.id, user.username, user.name, user.role, MODES["password"], **known)


def cookie_of(identities: Identities, username: str) -> str:
    """The login cookie of somebody who gives the right password now."""
    with identities._database.reading() as db:
        user = users.by_username(db, username=username)
    assert user
    return identities.login_cookie(user)[0]
