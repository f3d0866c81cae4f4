"""What the controls of the profile panel do."""

from __future__ import annotations

import re

from chat.errors import InvalidInput
from chat.limits import capped
from chat.profiles.analyses import AnalysisRequest
from chat.profiles.choice import FILE_NAME, choose
from chat.ui import state
from chat.ui.failures import shown
from chat.ui.services import parts, place, user_id
from store import profiles, sessions


def start(wanted: AnalysisRequest) -> None:
    """Analyze an account in the active session, or in one that begins with it.

    Raises what `Analyses.start` does, before there is a session where the handle is no handle.
    """
    choose(wanted.handle, FILE_NAME if wanted.upload else wanted.source, parts().settings)
    known = state.tab()
    session_id = known.session_id
    if session_id is None:
        with (
            parts().database.transaction() as db,
            capped(db, parts().settings, user_id=user_id()),
        ):
            made, _ = sessions.create(
                db,
                user_id=user_id(),
                session_id=known.new_id,
                persona=known.draft.persona or parts().personas.default.id,
                model=known.draft.model,
                parameters=known.draft.parameters,
            )
        session_id = made.session_id
        known.open(session_id)
    parts().analyses.start(**place(session_id), wanted=wanted)


def act(key: str, source: str, handle: str) -> None:
    """Do what was chosen in a card's menu."""
    chosen = state.value(key)
    known = state.tab()
    if chosen == "Fetch again":
        with shown():
            start(AnalysisRequest(source, handle, again=True))
    elif chosen == "Remove":
        known.dialog = ("remove-profile", f"{source} {handle}")


def remove(source: str, handle: str) -> None:
    """Forget a result."""
    with parts().database.transaction() as db:
        profiles.remove(db, **place(state.tab().session_id or ""), source=source, handle=handle)


def ask_for_form() -> None:
    """Open the form in the next run."""
    state.tab().dialog = ("analyze", "")


def ask_for_comparison() -> None:
    """Open the comparison in the next run."""
    state.tab().dialog = ("compare", "")


def checked(source: str, handle: str, upload: tuple[str, bytes] | None) -> str:
    """The handle of a form that is complete; raises `InvalidInput`."""
    if source == FILE_NAME:
        if upload is None:
            raise InvalidInput("No file was chosen.", "Choose a file with posts.")
        return handle.strip() or upload[0]
    if not handle.strip():
        raise InvalidInput("The handle is empty.", "Type the account's handle or the address.")
    return handle.strip()


def file_name(handle: str) -> str:
    """A name for downloads that every system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", handle).strip("-.")[:80] or "profile"


def dismiss() -> None:
    """Forget what failed."""
    known = state.tab()
    with shown():
        parts().analyses.dismiss(**place(known.session_id or ""))
