"""Browsers in which somebody was logged in: others' wrong passwords do not close them.

Such a browser has a signed cookie that names it and these people. It lets nobody in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from chat.people.signing import Signing
from store.texts import is_id

BROWSER_COOKIE = "parley_browser"
BROWSER_DAYS = 365
RENEWED_AFTER = timedelta(days=30)
PEOPLE_MAX = 20


@dataclass(frozen=True, slots=True)
class Browser:
    """One, and the ids of those who were logged in there; the latest last."""

    id: str
    people: tuple[str, ...] = ()


UNKNOWN = Browser("")


class Browsers:
    """Gives and reads their cookies."""

    def __init__(self, signing: Signing) -> None:
        self._signing = signing

    def by_cookie(self, cookie: str) -> Browser:
        """Which browser it is; `UNKNOWN` without a good cookie."""
        return self._read(cookie)[1]

    def cookie(self, before: str, user_id: str) -> str:
        """The cookie of a browser that had this one, with somebody in it; empty, it may stay."""
        (issued, known), now = self._read(before), self._signing.now()
        if user_id in known.people and now - issued < RENEWED_AFTER:
            return ""
        others = [one for one in known.people if one != user_id]
        return self._signing.signed(
            now + timedelta(days=BROWSER_DAYS),
            browser=known.id or uuid4().hex,
            people=" ".join([*others, user_id][-PEOPLE_MAX:]),
        )

    def _read(self, cookie: str) -> tuple[datetime, Browser]:
        """When it was signed, and which browser it is."""
        issued, _, (found, people) = self._signing.said(cookie, "browser", "people")
        return issued, Browser(found, tuple(people.split())) if is_id(found) else UNKNOWN
