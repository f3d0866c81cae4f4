"""What a call may do without asking: what people named in their own words, or allowed in a chat."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from chat.agent.needs import Need
from chat.loop import Loop
from store import profiles, sessions, waiting
from store.database import Database
from store.errors import StoreError
from store.values import SessionKey

WORDS_CHARS = 2_000_000
"""So much of a branch is looked through for what somebody named, from the newest backward."""
_WEB = re.compile(r"(?i)https?://(?:www\.)?")
_HOST = re.compile(r"[^/?#]*")

log = logging.getLogger("parley.turns")


@dataclass(frozen=True, slots=True)
class Permits:
    """Those of one session, and of the branch that ends with this question."""

    database: Database
    key: SessionKey
    question_id: int
    loop: Loop

    async def missing(self, needs: Sequence[Need]) -> Sequence[Need]:
        """What of these somebody has to be asked about."""
        try:
            return await self.loop.in_thread(self._missing, needs)
        except StoreError as failure:
            log.warning("permits not read session=%s: %s", self.key.session_id, failure)
            return needs

    def _missing(self, needs: Sequence[Need]) -> list[Need]:
        with self.database.reading() as db:
            allowed = sessions.get(db, self.key).allowed_tools
            left = [need for need in needs if need.permit not in allowed]
            if any(need.spellings for need in left):
                said = waiting.own_words(db, self.key, leaf_id=self.question_id, chars=WORDS_CHARS)
                left = [need for need in left if not any(named(need, text) for text in said)]
            # What was analyzed in this chat was asked for then, be it in the form beside it.
            return [
                need
                for need in left
                if not need.spellings
                or profiles.newest(db, self.key, handles=need.spellings[:1]) is None
            ]


def named(need: Need, text: str) -> bool:
    """Whether one of its spellings stands in the text, whole."""
    return any(_pattern(spelling).search(text) for spelling in need.spellings)


def _pattern(spelling: str) -> re.Pattern[str]:
    """Hosts and handles in any case, the rest of an address to the letter."""
    web = _WEB.match(spelling)
    if web is None and "://" not in spelling:
        return re.compile(rf"(?<![\w.@＠-])[@＠]?(?i:{re.escape(spelling)})(?![\w@-]|[.:]\w)")
    bare = spelling[web.end() if web else 0 :]
    host = _HOST.match(bare) if web else None
    at = host.end() if host else 0
    rest = bare[at:].removesuffix("/")
    begins = r"(?:(?i:https?)://)?(?i:www\.)?" if web else ""
    start = rf"(?<![\w.@/=-]){begins}(?i:{re.escape(bare[:at])})"
    return re.compile(rf"{start}{re.escape(rest)}/?(?![\w@%&=#/+~-]|[.:?]\w)")
