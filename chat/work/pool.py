"""Who works next: a few child processes, one job of a user at a time, in turns between users."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar, TypeVarTuple, cast, get_type_hints

from pydantic import TypeAdapter, ValidationError

from chat.errors import ToolError
from chat.work.children import Child, Order, WorkLimits
from chat.work.failures import BrokeOff

SIZE = 2

T = TypeVar("T")
TS = TypeVarTuple("TS")

log = logging.getLogger("parley.work")


@dataclass(eq=False, slots=True)
class _Job:
    user_id: str
    function: Callable[..., object]
    arguments: tuple[object, ...]
    future: Future[object] = field(default_factory=Future)
    child: Child | None = None
    is_given_up: bool = False


@dataclass(eq=False)
class Pool:
    """At most ``size`` of them, started when they are first needed and kept for later jobs.

    A thread of its own waits for each that works, so that nothing else ever does.
    """

    limits: WorkLimits = field(default_factory=WorkLimits)
    size: int = SIZE
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: dict[str, deque[_Job]] = field(default_factory=dict)
    _running: dict[_Job, threading.Thread] = field(default_factory=dict)
    _idle: list[Child] = field(default_factory=list)
    _is_closed: bool = False

    async def run(self, user_id: str, function: Callable[[*TS], T], *arguments: *TS) -> T:
        """What this function of a module brings in a child process, from any loop.

        It is told by its name, and all types of its signature are checked on the other side.
        Raises `WorkFailed`, and `ToolError` when the function does. Whoever stops waiting ends it.
        """
        job = _Job(user_id, function, arguments)
        with self._lock:
            if self._is_closed:
                raise BrokeOff
            self._waiting.setdefault(user_id, deque()).append(job)
            self._begin()
        try:
            return cast(T, await asyncio.wrap_future(job.future))
        finally:
            self._give_up(job)

    @property
    def pids(self) -> list[int]:
        """Of the processes that are there."""
        with self._lock:
            busy = [job.child for job in self._running if job.child]
            return [child.pid for child in (*busy, *self._idle)]

    def close(self) -> None:
        """End all of it, also what runs."""
        with self._lock:
            self._is_closed = True
            waiting = [job for jobs in self._waiting.values() for job in jobs]
            self._waiting.clear()
            threads = list(self._running.values())
            for job in self._running:
                self._end(job)
        for job in waiting:
            _tell(job, BrokeOff())
        for thread in threads:
            thread.join()
        while self._idle:
            self._idle.pop().end()

    def _begin(self) -> None:
        """Under the lock: as many as there is room for; who was served is last again."""
        busy = {job.user_id for job in self._running}
        for user_id in [one for one in self._waiting if one not in busy]:
            if len(self._running) == self.size:
                return
            jobs = self._waiting.pop(user_id)
            job = jobs.popleft()
            if jobs:
                self._waiting[user_id] = jobs
            thread = threading.Thread(
                target=self._work, args=(job,), name="parley-work", daemon=True
            )
            self._running[job] = thread
            try:
                thread.start()
            except RuntimeError:  # the system gives no more of them
                del self._running[job]
                for one in (job, *self._waiting.pop(user_id, ())):
                    _tell(one, BrokeOff())

    def _work(self, job: _Job) -> None:
        """In a thread: make it, and begin the next."""
        result: object
        try:
            result = self._result(job)
        except ToolError as refusal:
            result = refusal
        except Exception:
            log.exception("work failed: %s", job.function)
            result = BrokeOff()
        with self._lock:
            del self._running[job]
            child, job.child = job.child, None
            if child is not None and child.lives and not job.is_given_up:
                self._idle.append(child)
                child = None
            self._begin()
        if child is not None:
            child.end()
        _tell(job, result)

    def _result(self, job: _Job) -> object:
        name = f"{job.function.__module__}:{job.function.__qualname__}"
        try:
            child = self._child(job)
        except OSError as failure:
            log.error("no process for work: %s", failure)
            raise BrokeOff from failure
        written = child.do(Order(name, job.arguments))
        try:
            return _returned(job.function).validate_json(written)
        except ValidationError as error:  # whose text has what came in it
            log.error("work brought what it may not: %s places=%s", name, error.error_count())
            raise BrokeOff from None

    def _child(self, job: _Job) -> Child:
        with self._lock:
            while self._idle and not self._idle[-1].lives:
                self._idle.pop().end()
            kept = self._idle.pop() if self._idle else None
        child = kept or Child(self.limits)
        with self._lock:
            job.child = child
            if job.is_given_up:
                child.kill()
        return child

    def _give_up(self, job: _Job) -> None:
        with self._lock:
            if not job.future.done() or job.future.cancelled():
                self._end(job)
                jobs = self._waiting.get(job.user_id, deque())
                if job in jobs:
                    jobs.remove(job)
                if not jobs:
                    self._waiting.pop(job.user_id, None)

    @staticmethod
    def _end(job: _Job) -> None:
        """Under the lock."""
        job.is_given_up = True
        if job.child is not None:
            job.child.kill()


def _tell(job: _Job, result: object) -> None:
    """Whoever waits, if anybody still does."""
    with suppress(InvalidStateError):
        if isinstance(result, Exception):
            job.future.set_exception(result)
        else:
            job.future.set_result(result)


@cache
def _returned(function: Callable[..., object]) -> TypeAdapter[object]:
    return TypeAdapter(get_type_hints(function)["return"])
