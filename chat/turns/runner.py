"""The thread that writes answers: one asyncio loop per process, apart from any page or request.

Leaving a page ends nothing here; only `stop`, the model, or the end of the process does. The
text of all answers that changed is stored every 150 ms in one transaction for all of them, and
the end of a turn in another; when the database is away, the end is kept here and tried again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from typing import Any, TypeVar

from chat.agent.agent import Job
from chat.agent.types import Piece
from chat.errors import AgentError
from chat.events import Done, Error, Status
from chat.metrics import Metrics
from chat.turns.request import Prepared
from chat.turns.turn import Turn
from store.database import Database
from store.endings import Ending, Received, checkpoint, finish
from store.errors import StoreError
from store.values import Message

CHECKPOINT_SECONDS = 0.15
HEARTBEAT_SECONDS = 10.0
KEEP_LOG_SECONDS = 60.0
SHUTDOWN_SECONDS = 5.0

log = logging.getLogger("parley.turns")
T = TypeVar("T")


class Runner:
    """Runs turns; ``prepare`` makes what one is written from, ``ended`` is told when it is over."""

    def __init__(
        self,
        database: Database,
        answer: Callable[[Job], AsyncGenerator[Piece]],
        prepare: Callable[[str, Message], Prepared],
        ended: Callable[[Turn], None],
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._answer = answer
        self._prepare = prepare
        self._ended = ended
        self._metrics = metrics
        self._turns: dict[tuple[str, str, int], Turn] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="parley-db")
        self._closing = False
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_loop, name="parley-turns", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()
        self.spawn(self._keep_checkpoints())

    def spawn(self, work: Any) -> Any:
        """Run a coroutine on the loop; its concurrent future."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run blocking work, such as a transaction, off the loop."""
        return await self.loop.run_in_executor(self._pool, function, *arguments)

    def launch(self, user_id: str, answer: Message) -> Turn:
        """Begin to write a stored answer whose status is ``streaming``."""
        turn = Turn(user_id, answer)
        with self._lock:
            self._turns[turn.key] = turn
        self.loop.call_soon_threadsafe(self._begin, turn, answer)
        return turn

    def find(self, user_id: str, session_id: str, message_id: int) -> Turn | None:
        """A turn of this process that runs, or ended within the last minute."""
        return self._turns.get((user_id, session_id, message_id))

    def kept(self, user_id: str, session_id: str) -> list[Turn]:
        """A session's turns that run or ended within the last minute, in the order they began."""
        with self._lock:
            turns = list(self._turns.values())
        return [t for t in turns if (t.user_id, t.session_id) == (user_id, session_id)]

    def running(self, user_id: str | None = None) -> list[Turn]:
        """The turns that run now, of one user or of all."""
        with self._lock:
            turns = list(self._turns.values())
        return [t for t in turns if t.ended is None and user_id in (None, t.user_id)]

    def stop(self, turn: Turn) -> None:
        """End it with what it has."""
        self.loop.call_soon_threadsafe(_stop, turn)

    def close(self, last: Callable[[], Awaitable[None]]) -> None:
        """End all turns as interrupted, store them, run ``last``, and end the thread."""
        if not self._thread.is_alive():
            return
        self._closing = True
        with suppress(TimeoutError):
            self.spawn(self._wind_up(last)).result(SHUTDOWN_SECONDS)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(SHUTDOWN_SECONDS)
        if not self._thread.is_alive():
            self.loop.close()
        self._pool.shutdown(wait=False)

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def _begin(self, turn: Turn, answer: Message) -> None:
        self.loop.create_task(self._run(turn, answer))

    async def _wind_up(self, last: Callable[[], Awaitable[None]]) -> None:
        turns = [turn.task for turn in self.running() if turn.task]
        await _cancelled(turns)
        await last()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await _cancelled([task for task in others if task])

    async def _run(self, turn: Turn, answer: Message) -> None:
        error: Error | None = None
        try:
            # Set only here: a task that is cancelled before it began would never end its turn.
            turn.task = asyncio.current_task()
            if turn.stop_requested:
                raise asyncio.CancelledError
            prepared = await self.in_thread(self._prepare, turn.user_id, answer)
            turn.begin(prepared)
            async with aclosing(self._answer(prepared.job)) as pieces:
                async for piece in pieces:
                    turn.take(piece)
            status = "complete"
            if turn.is_empty:
                raise AgentError("empty_answer", "The model sent an empty answer.", "Retry.")
        except asyncio.CancelledError:
            status = "stopped" if turn.stop_requested else "interrupted"
        except (AgentError, StoreError) as failure:
            status, error = "error", _described(failure)
        except Exception:
            log.exception("turn failed session=%s message=%s", turn.session_id, turn.message_id)
            text = "Something went wrong inside Parley. Retry; the server's log says more."
            status, error = "error", Error("internal", text, retryable=True)
        await self._end(turn, turn.ending(status, error), error)

    async def _end(self, turn: Turn, ending: Ending, error: Error | None) -> None:
        delay = 0.25
        while not await self._stored(turn, ending):
            if self._closing:
                break
            delay = min(delay * 2, 5.0)
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(delay)
        with self._lock:
            turn.ended = time.monotonic()
        if not self._closing:
            await self._go_on(turn)
        if error:
            turn.log.append(error)
        turn.log.append(Done(turn.session_id, turn.message_id, ending.status))
        self._metrics.turn_ended(ending)
        log.info(
            "turn user=%s session=%s message=%s status=%s ms=%s first_token_ms=%s error=%s",
            turn.user_id,
            turn.session_id,
            turn.message_id,
            ending.status,
            ending.processing_time_ms,
            ending.first_token_ms,
            ending.error_code,
        )

    async def _go_on(self, turn: Turn) -> None:
        try:
            await self.in_thread(self._ended, turn)
        except StoreError as failure:
            log.warning("next turn not started session=%s: %s", turn.session_id, failure)
        except Exception:  # viewers wait for Done; the reaper starts what waits
            log.exception("next turn not started session=%s", turn.session_id)

    async def _stored(self, turn: Turn, ending: Ending) -> bool:
        def store() -> None:
            with self._database.transaction() as db:
                finish(
                    db,
                    user_id=turn.user_id,
                    session_id=turn.session_id,
                    message_id=turn.message_id,
                    ending=ending,
                )

        storing = asyncio.ensure_future(self.in_thread(store))
        try:
            while not storing.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.shield(storing)
            storing.result()
        except Exception as failure:
            log.warning(
                "answer not stored yet session=%s: %s",
                turn.session_id,
                failure,
                exc_info=not isinstance(failure, StoreError),
            )
            reason = f"{failure} " if isinstance(failure, StoreError) else ""
            turn.log.append(Status(f"Not stored yet: {reason}Parley keeps trying."))
            return False
        return True

    async def _keep_checkpoints(self) -> None:
        while True:
            await asyncio.sleep(CHECKPOINT_SECONDS)
            self._forget_old()
            now = time.monotonic()
            turns = [
                turn
                for turn in self.running()
                if turn.changed or now - turn.checkpointed > HEARTBEAT_SECONDS
            ]
            if not turns:
                continue
            received = [turn.received() for turn in turns]
            for turn in turns:
                turn.changed, turn.checkpointed = False, now
            try:
                await self.in_thread(self._checkpoint, received)
            except Exception as failure:
                log.warning(
                    "checkpoint failed: %s", failure, exc_info=not isinstance(failure, StoreError)
                )
                for turn in turns:
                    turn.changed = True

    def _checkpoint(self, received: list[Received]) -> None:
        with self._database.transaction() as db:
            checkpoint(db, received)

    def _forget_old(self) -> None:
        before = time.monotonic() - KEEP_LOG_SECONDS
        with self._lock:
            old = [key for key, turn in self._turns.items() if turn.ended and turn.ended < before]
            for key in old:
                del self._turns[key]


async def _cancelled(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _stop(turn: Turn) -> None:
    turn.stop_requested = True
    if turn.task and turn.ended is None:
        turn.task.cancel()


def _described(failure: AgentError | StoreError) -> Error:
    if isinstance(failure, AgentError):
        return Error(failure.name, str(failure), failure.retryable)
    return Error(failure.code, str(failure), retryable=True)
