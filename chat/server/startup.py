"""Starting a process: logging, what is made beside the open port, and a sentence if it cannot."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from starlette.routing import Mount

from chat.config import Settings
from chat.errors import ConfigurationError
from chat.recent_warnings import RecentWarnings
from chat.server.answers import report
from chat.server.share_links import Unnamed
from store.errors import CannotOpen

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from chat.runtime import Runtime

HEALTH = ("GET", "/api/health")
END_SECONDS = 2.0
TERMINATED = 128 + signal.SIGTERM

log = logging.getLogger("parley")
T = TypeVar("T")


class Startup:
    """The process's parts, then its API, made by a thread while the port answers already.

    Whoever asks before waits. Each is called once: ``make_parts`` has to make what the first page
    needs, ``make_api`` runs when that is there.
    """

    def __init__(
        self, make_parts: Callable[[Settings], Runtime], make_api: Callable[[], ASGIApp]
    ) -> None:
        self._make_parts = make_parts
        self._make_api = make_api
        self._parts: Future[Runtime] = Future()
        self._api: Future[ASGIApp] = Future()
        # A database that does not answer must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="parley-startup", daemon=True)

    def begin(self, settings: Settings) -> None:
        """Start the thread; ``settings`` are in force from now on."""
        self.settings = settings
        self._thread.start()

    async def parts(self) -> Runtime:
        """The parts, as soon as they are there."""
        return await _result(self._parts)

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The API, as an ASGI app; that all is well it says as soon as there are parts."""
        if not self._api.done() and (scope.get("method"), scope["path"]) == HEALTH:
            await report(await self.parts())(scope, receive, send)
        else:
            await (await _result(self._api))(scope, receive, send)

    def end_turns(self) -> None:
        """Store running answers; without parts there are none, and the process ends at once.

        Else the server would wait for those who wait for the parts.
        """
        if not self._parts.done():
            os._exit(TERMINATED)
        self._parts.result().end_turns()

    def end(self) -> None:
        """Let everything go; what is not there soon has nothing to store."""
        from chat import runtime  # which costs nothing by then

        self._thread.join(END_SECONDS)
        if self._parts.done():
            runtime.stop()

    def _run(self) -> None:
        with refuse():
            self._parts.set_result(self._make_parts(self.settings))
            self._api.set_result(self._make_api())
        gc.enable()


class Whole(Mount):
    """Everything below its path, line breaks too: what there is not is for the API to say."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


async def _result(future: Future[T]) -> T:
    if future.done():
        return future.result()
    # Whoever goes away while waiting must not cancel it for the others.
    return await asyncio.shield(asyncio.wrap_future(future))


def set_up_logging() -> None:
    """One line per event on stderr; what libraries say only from warnings up."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    log.handlers = [handler, RecentWarnings()]
    log.setLevel(logging.INFO)
    log.propagate = False
    logging.getLogger("uvicorn.access").addFilter(Unnamed())


@contextmanager
def refuse() -> Iterator[None]:
    """End the process with one sentence, not a traceback, when it cannot start."""
    try:
        yield
    except (ConfigurationError, CannotOpen) as error:
        sys.stderr.write(f"\nParley cannot start. {error}\n\n")
    except Exception:
        log.exception("cannot start")
    else:
        return
    sys.stderr.flush()
    os._exit(2)
