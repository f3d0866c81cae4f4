"""Writes answers, on the process's own loop.

Leaving a page ends nothing here; only `stop`, the model, or the end of the process does. The
text that came of all answers is stored every 150 ms in one transaction for all of them, and the
end of a turn in another; when the database is away, the end is kept here and tried again.
"""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from chat.agent.agent import Job
from chat.agent.types import Piece
from chat.bill import Bill
from chat.errors import AgentError
from chat.events import Done, Error
from chat.limits.spending import Limits
from chat.loop import Loop
from chat.metrics import Metrics
from chat.news import News
from chat.turns import paused, writer
from chat.turns.checkpoints import Checkpoints
from chat.turns.keeping import Keep, Keeping
from chat.turns.request import Prepared
from chat.turns.titles import Titles
from chat.turns.turn import Turn
from store import answers, waiting
from store.database import Database, Session
from store.endings import Ending, finish
from store.errors import ReadOnly, SessionNotFound, StoreError
from store.values import Message, SessionKey
from store.waiting import pause

CHECKPOINT_SECONDS = 0.15
HEARTBEAT_SECONDS = 10.0
KEEP_LOG_SECONDS = 60.0

TOO_LONG = (
    "This answer is as long as answers may be here.",
    "Send a message to go on in another one.",
)

log = logging.getLogger("parley.turns")


@dataclass(eq=False)
class Runner:
    """Runs turns: ``prepare`` makes what one is written from, ``answer`` writes it.

    ``name`` is this process's, as it is kept with the answers that it writes; ``closing``: it ends.
    """

    loop: Loop
    database: Database
    answer: Callable[[Job], AsyncGenerator[Piece]]
    prepare: Callable[[SessionKey, Message], Prepared]
    titles: Titles | None
    limits: Limits
    metrics: Metrics
    news: News
    now: Callable[[], datetime]
    answer_max_chars: int
    name: str = field(default_factory=writer.owner_name)
    _turns: dict[tuple[SessionKey, int], Turn] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    closing: bool = False

    def __post_init__(self) -> None:
        """What it writes is kept under its name."""
        self._keeping = Keeping(self.loop, self.database, self.limits)
        self._checkpoints = Checkpoints(self.loop, self.database, self.news, self.name)

    def begin(self, key: SessionKey, answer: Message) -> None:
        """Write a stored answer if it is to be written now, or note that it waits.

        While the process ends nothing is begun any more: then the next one writes it.
        """
        turn = Turn(key, answer, self.answer_max_chars)
        if answer.status == "streaming" and not self._begun(turn, answer):
            try:
                with self.database.transaction(even_read_only=True) as db:
                    answers.wait_again(db, key, message_id=answer.id)
            except StoreError as failure:  # the next process finds it interrupted
                log.warning("answer not given back session=%s: %s", key.session_id, failure)
        self.news.note(key.user_id, "turn", key.session_id)

    def begin_next(self, key: SessionKey) -> None:
        """Write the oldest answer of a session that waits, unless another is being written.

        During maintenance it waits on; `Upkeep.reap` begins it afterwards.
        """
        try:
            with self.database.transaction() as db:
                answer = answers.start_next(db, key, owner=self.name, now=self.now())
        except ReadOnly:
            return
        if answer is not None:
            self.begin(key, answer)

    def find(self, key: SessionKey, message_id: int) -> Turn | None:
        """A turn of this process that runs, or ended within the last minute."""
        return self._turns.get((key, message_id))

    def kept(self, key: SessionKey) -> list[Turn]:
        """A session's turns that run or ended within the last minute, in the order they began."""
        with self._lock:
            turns = list(self._turns.values())
        return [turn for turn in turns if turn.key == key]

    def running(self, user_id: str | None = None) -> list[Turn]:
        """The turns that run now, of one user or of all."""
        with self._lock:
            turns = list(self._turns.values())
        return [t for t in turns if t.ended is None and user_id in (None, t.key.user_id)]

    def stop(self, turn: Turn) -> None:
        """End it with what it has."""
        self.loop.soon(lambda: self._stop(turn))

    def end_waiting(self, *keys: SessionKey) -> dict[str, int]:
        """End those answers of these sessions that ask somebody; by session."""
        with self.database.reading() as db:
            asking = waiting.asking(db, keys)
        if not asking:
            return {}
        with self.database.transaction() as db:
            stopped = waiting.stop(db, asking, self.now())
            for key, id_ in asking:
                if stopped.get(key.session_id) == id_:
                    self.limits.settle(db, self.limits.charge(db, key, id_), Bill())  # paid already
        for key in keys:
            if key.session_id in stopped:
                self.news.note(key.user_id, "turn", key.session_id)
                self.begin_next(key)
        return stopped

    async def wind_up(self) -> None:
        """On the loop, at the end of the process: store all turns as interrupted."""
        with self._lock:
            self.closing = True
        for _ in range(2):  # what was begun until now becomes a task, and the task takes its turn
            await asyncio.sleep(0)
        tasks = [turn.task for turn in self.running() if turn.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begun(self, turn: Turn, answer: Message) -> bool:
        with self._lock:
            if self.closing:
                return False
            self._turns[turn.key, turn.message_id] = turn
            self.loop.soon(lambda: asyncio.ensure_future(self._run(turn, answer)))
        return True

    async def _run(self, turn: Turn, answer: Message) -> None:
        error: Error | None = None
        try:
            # Set only here: a task that is cancelled before it began would never end its turn.
            turn.task = asyncio.current_task()
            if turn.stop_requested:
                raise asyncio.CancelledError
            prepared = await self.loop.in_thread(self.prepare, turn.key, answer)
            turn.begin(prepared)
            if turn.is_full:  # it continues one that was
                raise AgentError("answer_limit", *TOO_LONG, retryable=False)
            async with aclosing(self.answer(prepared.job)) as pieces:
                async for piece in pieces:
                    turn.take(piece)
                    if turn.ends_here():
                        break
            if turn.paused is not None and not turn.is_full:
                await self._pause(turn)
                return
            status = "complete"
            if turn.is_empty:
                raise AgentError("empty_answer", "The model sent an empty answer.", "Retry.")
        except asyncio.CancelledError:
            status = "stopped" if turn.stop_requested else "interrupted"
        except SessionNotFound:  # deleted before this began
            status = "stopped"
        except (AgentError, StoreError) as failure:
            status = "error"
            error = Error(failure.code, str(failure), failure.retryable)
        except Exception:
            log.exception("turn failed session=%s message=%s", turn.key.session_id, turn.message_id)
            text = "Something went wrong inside Parley. Retry; the server's log says more."
            status, error = "error", Error("internal", text, retryable=True)
        await self._end(turn, turn.ending(status, error), error)

    async def _end(self, turn: Turn, ending: Ending, error: Error | None) -> None:
        await self._kept(turn, partial(finish, ending=ending), is_over=True)
        with self._lock:
            turn.ended = time.monotonic()
        if not self.closing:
            await self._go_on(turn)
        if error:
            turn.log.append(error)
        self.metrics.turn_ended(ending)
        turn.log.append(Done(turn.key.session_id, turn.message_id, ending.status))
        log.info(
            "turn user=%s session=%s message=%s status=%s ms=%s first_token_ms=%s error=%s",
            turn.key.user_id,
            turn.key.session_id,
            turn.message_id,
            ending.status,
            ending.processing_time_ms,
            ending.first_token_ms,
            ending.error_code,
        )

    async def _pause(self, turn: Turn) -> None:
        """Keep it until somebody has decided what it asks; then it belongs to no process."""
        assert turn.paused
        so_far, asks = turn.ending("streaming"), paused.asks(turn.paused)
        kept = paused.kept(turn.paused, turn.begins)
        now = self.now()
        is_kept = False

        def keep(db: Session, key: SessionKey, *, message_id: int) -> None:
            nonlocal is_kept
            is_kept = pause(
                db, key, message_id=message_id, so_far=so_far, asks=asks, paused=kept, now=now
            )

        await self._kept(turn, keep, is_over=False)
        if turn.stop_requested or not is_kept:  # another process may have ended it
            status = "stopped" if turn.stop_requested else "interrupted"
            await self._end(turn, turn.ending(status), None)
            return
        for event in paused.told(asks):
            turn.log.append(event)
        with self._lock:
            turn.ended = time.monotonic()
            if self._turns.get((turn.key, turn.message_id)) is turn:  # not decided just now
                del self._turns[turn.key, turn.message_id]
        self.news.note(turn.key.user_id, "turn", turn.key.session_id)
        turn.log.append(Done(turn.key.session_id, turn.message_id, so_far.status))
        session_id, message_id = turn.key.session_id, turn.message_id
        log.info("turn asks session=%s message=%s calls=%s", session_id, message_id, len(asks))

    async def _kept(self, turn: Turn, keep: Keep, *, is_over: bool) -> None:
        await self._keeping.keep(turn, keep, is_over=is_over, gives_up=lambda: self.closing)

    async def _go_on(self, turn: Turn) -> None:
        self.news.note(turn.key.user_id, "turn", turn.key.session_id)
        if self.titles:
            self.loop.spawn(self._title(self.titles, turn))
        try:
            await self.loop.in_thread(self.begin_next, turn.key)
        except StoreError as failure:
            log.warning("next turn not started session=%s: %s", turn.key.session_id, failure)
        except Exception:  # viewers wait for Done; the reaper starts what waits
            log.exception("next turn not started session=%s", turn.key.session_id)

    async def _title(self, titles: Titles, turn: Turn) -> None:
        if await titles.give(turn):
            self.news.note(turn.key.user_id, "session", turn.key.session_id)

    async def keep_checkpoints(self) -> None:
        """On the loop, for as long as it lives: store what came of all answers."""
        while True:
            await asyncio.sleep(CHECKPOINT_SECONDS)
            self._forget_old()
            now = time.monotonic()
            turns = [
                turn
                for turn in self.running()
                if turn.is_new or now - turn.checkpointed > HEARTBEAT_SECONDS
            ]
            for turn in turns:
                turn.checkpointed = now
            if turns:
                await self._checkpoints.keep(turns)

    def _forget_old(self) -> None:
        before = time.monotonic() - KEEP_LOG_SECONDS
        with self._lock:
            old = [key for key, turn in self._turns.items() if turn.ended and turn.ended < before]
            for key in old:
                del self._turns[key]

    def _stop(self, turn: Turn) -> None:
        """On the loop."""
        turn.stop_requested = True
        if turn.ended is not None and turn.paused is not None:  # a moment ago
            self.loop.spawn(self.loop.in_thread(self.end_waiting, turn.key))
        elif turn.task and turn.ended is None:
            turn.task.cancel()
