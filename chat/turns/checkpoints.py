"""What running answers have so far, on its way into the database: each time what is new."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from chat.loop import Loop
from chat.news import News
from chat.turns.turn import Turn
from store.database import Database
from store.endings import Received, checkpoint, take_back
from store.errors import StoreError

log = logging.getLogger("parley.turns")


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Of the answers that the process ``owner`` writes; used on the turns' loop."""

    loop: Loop
    database: Database
    news: News
    owner: str

    async def keep(self, turns: Sequence[Turn]) -> None:
        """Store what came of them in one transaction; what fails is stored the next time."""
        try:
            received = [turn.received() for turn in turns]
            ended = await self.loop.in_thread(self._keep, received)
            for turn in turns:
                turn.kept()
            for turn, sent in zip(turns, received, strict=True):
                if sent in ended and not turn.is_ending:
                    await self._go_on(turn)
        except Exception as failure:
            is_known = isinstance(failure, StoreError)
            said = failure if is_known else type(failure).__name__
            log.warning("checkpoint failed: %s", said, exc_info=not is_known)
            for turn in turns:
                turn.changed = True

    def _keep(self, received: list[Received]) -> list[Received]:
        with self.database.transaction(even_read_only=True) as db:
            return checkpoint(db, received)

    async def _go_on(self, turn: Turn) -> None:
        """With an answer that another process took for left; end it where it cannot be."""
        taken = await self.loop.in_thread(self._take_back, turn, turn.whole())
        session_id = turn.key.session_id
        log.warning("answer was ended elsewhere session=%s taken_back=%s", session_id, taken)
        if taken:
            turn.kept()
            self.news.note(turn.key.user_id, "turn", session_id)
        elif turn.task and not turn.is_ending:
            turn.task.cancel()

    def _take_back(self, turn: Turn, whole: Received) -> bool:
        with self.database.transaction(even_read_only=True) as db:
            taken = take_back(db, whole, owner=self.owner)
            if turn.is_ending:  # its end is stored before this or after: that one counts
                db.rollback()
            return taken
