"""What people decide of answers that ask first; what nobody decides is refused in the end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.errors import InvalidInput
from chat.turns.runner import Runner
from store import waiting
from store.asking import DECISIONS, Decision
from store.database import Database
from store.values import Message, SessionKey

WAITS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Decisions:
    """Those on all answers; any process may take them, the first one counts."""

    database: Database
    runner: Runner
    now: Callable[[], datetime]

    def decide(
        self, key: SessionKey, message_id: int, *, call_id: str, decision: Decision
    ) -> Message:
        """Allow a call once or in this chat, or refuse it; the answer goes on after the last one.

        Raises `Conflict` for what is decided already, or does not wait.
        """
        if decision not in DECISIONS:
            raise InvalidInput("There is no such decision.", f"Use {', '.join(DECISIONS)}.")
        with self.database.transaction() as db:
            answer, goes_on = waiting.decide(
                db,
                key,
                message_id=message_id,
                call_id=call_id,
                decision=decision,
                owner=self.runner.name,
            )
        if goes_on:
            self.runner.begin(key, answer)
        else:
            self.runner.news.note(key.user_id, "turn", key.session_id)
        return answer

    def refuse_overdue(self) -> None:
        """Refuse what nobody has decided for an hour."""
        with self.database.reading() as db:
            found = waiting.overdue(db, asked_before=self.now() - WAITS)
        for key, message_id in found:
            with self.database.transaction() as db:
                answer = waiting.refuse_all(db, key, message_id=message_id, owner=self.runner.name)
            if answer is not None:
                self.runner.begin(key, answer)
