"""Whose tab a file is sent to, and who sends it, for the server that lets it in or not."""

from collections.abc import Mapping

from chat.runtime import Runtime
from chat.ui import services, state
from chat.ui.internals import uploads
from chat.ui.internals.uploads import is_open as is_open
from chat.ui.internals.uploads import let_go as let_go
from chat.ui.internals.uploads import sizes as sizes


def owner(tab_id: str) -> str:
    """The id of whoever an open tab's page was drawn for; empty for nobody."""
    return state.owner_in(uploads.held_by(tab_id, state.KEY))


def sender(parts: Runtime, cookies: Mapping[str, str], origin: str) -> str:
    """The id of whoever brings these cookies; empty for nobody."""
    identities = parts.identities
    if identities.mode.provider:
        said = uploads.claims(cookies, origin)
        who = services.subject(said)
        found = identities.by_subject(who, said) if who else None
    else:
        found = identities.by_cookies(cookies)
    return found.user_id if found else ""
