"""The analyses that run now, shared by those who ask for the same one at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from chat.profiles.result import AnalysisResult

Tell = Callable[[str], None]
Begin = Callable[[Tell], Coroutine[object, object, AnalysisResult]]


@dataclass
class _Run:
    task: asyncio.Task[AnalysisResult] | None = None
    listeners: list[Tell] = field(default_factory=list)
    line: str = ""

    def tell(self, line: str) -> None:
        self.line = line
        for listener in list(self.listeners):
            listener(line)


class Runs:
    """The analyses that run now; who asks for one that runs waits for the same."""

    def __init__(self, begun: Callable[[tuple[str, ...]], None] = lambda _: None) -> None:
        """``begun`` is told the key of each."""
        self._begun = begun
        self._running: dict[tuple[str, ...], _Run] = {}

    async def shared(self, key: tuple[str, ...], begin: Begin, status: Tell) -> AnalysisResult:
        """The result of the run of this key; it ends when nobody waits for it any more."""
        run = self._running.get(key)
        if run is None:
            self._begun(key)
            run = self._running[key] = _Run()
            run.task = asyncio.create_task(begin(run.tell), name="parley-profile")
            run.task.add_done_callback(lambda task: self._ended(key, run, task))
        elif run.line:
            status(run.line)
        run.listeners.append(status)
        assert run.task
        try:
            return await asyncio.shield(run.task)
        finally:
            run.listeners.remove(status)
            if not run.listeners and not run.task.done():
                self._forget(key, run)
                run.task.cancel()

    def _ended(self, key: tuple[str, ...], run: _Run, task: asyncio.Task[AnalysisResult]) -> None:
        self._forget(key, run)
        if not task.cancelled():
            task.exception()  # seen, also where nobody waits any more

    def _forget(self, key: tuple[str, ...], run: _Run) -> None:
        if self._running.get(key) is run:
            del self._running[key]
