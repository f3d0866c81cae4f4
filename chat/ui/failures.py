"""Failures in words: what happened, what to do, and nothing typed is lost."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import streamlit as st

from chat.errors import NotSignedIn, ParleyError
from chat.ui import state
from chat.ui.labels import plain
from chat.ui.services import LOOK_UP_SECONDS, parts, repeat, whoami
from store.errors import ReadOnly, StorageUnavailable, StoreError

log = logging.getLogger("parley.page")
RETRY_SHARE = 1.5


@contextmanager
def shown() -> Iterator[None]:
    """In a callback: keep what went wrong for the page to show, and let the run go on.

    Who acts is looked up anew: somebody shut out a moment ago does nothing any more.
    """
    _look_who_is_there(0.0)
    try:
        yield
    except ParleyError as failure:
        log.warning("refused: %s", failure.code)
        state.tab().error = str(failure)


@contextmanager
def done(text: str) -> Iterator[None]:
    """In a callback: have the page say that this was done, or what went wrong."""
    known = state.tab()
    known.error = known.done = ""
    with shown():
        yield
        # Asked for again: what was done may have begun the tab anew.
        state.tab().done = text


@contextmanager
def explained() -> Iterator[None]:
    """While drawing: show what went wrong in place of what could not be drawn.

    When the database is away, the page looks again by itself until it is back. When the login
    ended meanwhile, the page begins again, and the wall says what is next.
    """
    _look_who_is_there()
    try:
        yield
    except NotSignedIn:
        st.rerun()
    except ReadOnly as failure:
        st.error(plain(str(failure)), icon=":material/construction:")
    except StorageUnavailable as failure:
        log.warning("page without database: %s", failure.code)
        st.error(plain(str(failure)), icon=":material/cloud_off:")
        repeat(look_again, RETRY_SHARE)
    except ParleyError as failure:
        log.warning("page refused: %s", failure.code)
        st.error(plain(str(failure)), icon=":material/error:")


def show_failure(failure: Exception) -> bool:
    """For errors nobody foresaw: a line for people, the rest into the log; True, it is shown."""
    log.error("page failed", exc_info=failure)
    st.error(
        "Something went wrong on this page. What you sent is stored. "
        "Reload the page; if it stays, the server's log says more.",
        icon=":material/error:",
    )
    return True


def _look_who_is_there(seconds: float = LOOK_UP_SECONDS) -> None:
    """Before a transaction: to look, and to note that somebody is there, can take one itself."""
    with suppress(StoreError):
        whoami(seconds)


def look_again() -> None:
    """While the database is away: the page once more as soon as it is back; to be repeated."""
    st.caption("Trying again every few seconds. What you type stays.")
    try:
        parts().database.check_writing()
    except StoreError:
        return
    state.tab().error = ""
    st.rerun()
