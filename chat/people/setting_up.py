"""How the first administrator comes in: by a code that stands in the log of the start."""

import logging

from chat.people.accounts import Accounts
from chat.recent_warnings import UNKEPT
from store.errors import ReadOnly

log = logging.getLogger("parley")


def announce_setup(accounts: Accounts) -> None:
    """While there is nobody who could log in: the code that makes the first administrator."""
    if not accounts.needs_setup():
        return
    try:
        code = accounts.new_setup_code()
    except ReadOnly:
        log.warning(
            "No setup code: it is read only. Run python -m store.read_only off, then start again."
        )
    else:
        log.warning(
            "Setup code: %s (enter it on the page to make the first administrator; "
            "the next start writes another one)",
            code,
            extra=UNKEPT,
        )
