"""What the controls of the profile panel do."""

import re

from chat.errors import InvalidInput
from chat.profiles.analyses import AnalysisRequest
from chat.profiles.choice import FILE_NAME
from chat.ui import state
from chat.ui.failures import shown
from chat.ui.services import address, key, parts


def start(wanted: AnalysisRequest) -> None:
    """Analyze an account in the active session, or in one that begins with it.

    Raises what `Analyses.start` does; then there is no new session.
    """
    known = state.tab()
    if known.session_id is not None:
        parts().analyses.start(key(known.session_id), wanted, address=address())
        return
    session_id = known.new_id
    parts().analyses.start(key(session_id), wanted, new=known.draft.session(), address=address())
    known.open(session_id)


def act(menu: str, source: str, handle: str) -> None:
    """Do what was chosen in a card's menu."""
    chosen = state.value(menu)
    if chosen == "Fetch again":
        with shown():
            start(AnalysisRequest(source, handle, again=True))
    elif chosen == "Remove":
        state.ask("remove-profile", f"{source} {handle}")


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
    with shown():
        parts().analyses.dismiss(key(state.tab().session_id or ""))
