"""The process's own asyncio loop, on a thread apart from any page or request."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

SHUTDOWN_SECONDS = 5.0
T = TypeVar("T")


class Loop:
    """`spawn`, `soon` and `close` may be called from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="parley-db")
        self._thread = threading.Thread(target=self._run, name="parley-turns", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def spawn(self, work: Coroutine[object, object, T]) -> Future[T]:
        """Run a coroutine on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def soon(self, call: Callable[[], object]) -> None:
        """Call it on the loop."""
        self._loop.call_soon_threadsafe(call)

    async def in_thread(self, function: Callable[..., T], *arguments: object) -> T:
        """On the loop: run blocking work, such as a transaction, beside it."""
        return await self._loop.run_in_executor(self._pool, function, *arguments)

    def close(self, last: Callable[[], Coroutine[object, object, None]]) -> None:
        """Run ``last``, cancel whatever still runs, and end the thread; once."""
        if not self._thread.is_alive():
            return
        with suppress(TimeoutError):
            self.spawn(_wound_up(last)).result(SHUTDOWN_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SHUTDOWN_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()
        self._pool.shutdown(wait=False)

    def wait(self) -> None:
        """After closing: until blocking work that still ran is done."""
        self._pool.shutdown()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


async def _wound_up(last: Callable[[], Coroutine[object, object, None]]) -> None:
    await last()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
