"""Whom Streamlit's own login names: only issuer and subject say it, an email can be anybody's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from chat.people.identity import Identities, Identity


def lookup(identities: Identities) -> Callable[[], Identity | None]:
    """Finds out, also later and in another thread, whether this tab's login still holds."""
    claims = dict(st.user.to_dict())
    who = subject(claims)
    return lambda: identities.by_subject(who, claims) if who else None


def subject(claims: Mapping[str, Any]) -> str:
    """Issuer and subject as one text; empty for somebody not logged in."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    if claims.get("is_logged_in") is not True:
        return ""
    if not isinstance(issuer, str) or not isinstance(subject, str) or not issuer or not subject:
        return ""
    return f"{issuer} {subject}" if " " not in issuer else ""
