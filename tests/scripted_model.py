"""An OpenAI-compatible server over real HTTP that does as it is told.

In tests: ``with ScriptedModel() as model: model.queue(Script(...))``. As a process, for benches
and browsers: ``python -m tests.scripted_model --port 9000``, told by directives in the last user
message, ``[[tokens=1000 delay=0.005]]``, and read over ``GET /_log``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Self

import uvicorn

from tests.model_script import (
    Break,
    Call,
    Gate,
    Pause,
    Raw,
    Record,
    Script,
    Text,
    Thought,
    from_body,
)
from tests.model_wire import Receive, Scope, Send, ending, event, hung_up, opening, pause, send_json

WAIT_SECONDS = 20.0
GATE_SECONDS = 0.003
REST_SECONDS = 0.05


class Cut(Exception):
    """Ends the connection without ending the answer."""


class ScriptedModel:
    """The server in a thread, on a free port of 127.0.0.1; a context manager."""

    def __init__(self, *, port: int = 0, models: tuple[str, ...] = ("scripted-1",)) -> None:
        self.models: Any = {"object": "list", "data": [{"id": name} for name in models]}
        self.models_status = 200
        self.models_delay: float | None = 0.0
        self.lists_sent = 0
        self.requests: list[Record] = []
        self._scripts: deque[Script] = deque()
        self._plays = 0
        self._changed = threading.Condition()
        # With the protocol left out asyncio does not switch Nagle's algorithm off: 40 ms more.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen(128)  # from now on clients may connect; they wait for the thread
        self.port: int = self._socket.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        config = uvicorn.Config(
            self._app,
            log_config=None,
            log_level="critical",
            access_log=False,
            interface="asgi3",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self.run, name="scripted-model", daemon=True)

    def run(self) -> None:
        """Serve until told to stop."""
        asyncio.run(self.server.serve(sockets=[self._socket]))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.reset()
        self.server.should_exit = True
        self._thread.join(WAIT_SECONDS)
        self._socket.close()

    def reset(self) -> None:
        """Forget requests and scripts, for the next test; what still plays waits for nothing.

        A turn that hung on would end in the middle of another test, and the question that waits
        behind it would take that test's script.
        """
        self._plays += 1
        self.requests = []
        self._scripts.clear()
        self.models_status, self.models_delay = 200, 0.0

    def queue(self, *scripts: Script) -> None:
        """What the next chat completions do, one each; afterwards directives decide."""
        self._scripts.extend(scripts)

    def wait(self, condition: Callable[[list[Record]], bool]) -> list[Record]:
        """The chat requests so far, as soon as the condition holds for them."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self.requests), WAIT_SECONDS):
                raise AssertionError(f"Never came true of {self.requests}")
            return list(self.requests)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        path = scope["path"]
        if path == "/_log":
            await send_json(send, 200, [asdict(record) for record in self.requests])
        elif path.endswith("/models"):
            self.lists_sent += 1
            await self._rest(self._plays, self.models_delay)
            await send_json(send, self.models_status, self.models)
        elif path.endswith("/chat/completions"):
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            record = Record(path, json.loads(body), headers, client_port=scope["client"][1])
            self._change(record)
            await self._chat(record, receive, send)
        else:
            await send_json(send, 404, {"error": {"message": "404 page not found"}})

    async def _chat(self, record: Record, receive: Receive, send: Send) -> None:
        script = self._scripts.popleft() if self._scripts else from_body(record.body)
        if script.status != 200 or script.body is not None:
            await send_json(send, script.status, script.body, script.headers)
            record.ended = "refused" if script.status != 200 else "complete"
            self._change()
            return
        playing = asyncio.ensure_future(self._play(script, record, send))
        leaving = asyncio.ensure_future(hung_up(receive))
        await asyncio.wait({playing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        record.ended = "complete" if playing.done() else "hung_up"
        if playing.done() and playing.exception() is not None:
            record.ended = "cut"
        for task in (playing, leaving):
            task.cancel()
        await asyncio.wait({playing, leaving})
        self._change()
        if record.ended == "cut":
            raise Cut

    async def _play(self, script: Script, record: Record, send: Send) -> None:
        """Sends the steps; those without a pause between them go out in one write."""
        kind, play = script.content_type.encode(), self._plays
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]}
        )

        async def write(data: bytes) -> None:
            step = script.bytes_at_once or len(data) or 1
            for start in range(0, len(data), step):
                part = data[start : start + step]
                await send({"type": "http.response.body", "body": part, "more_body": True})

        waiting: list[bytes] = [opening(script)]
        for place, step in enumerate(script.steps):
            if script.stamped and isinstance(step, Text):
                step = Text(f"t{time.time() * 1000:.0f} ", step.delay)
            if isinstance(step, (Text, Thought, Raw, Call)):
                waiting.append(event(script, step, last=place == len(script.steps) - 1))
            if isinstance(step, Text):
                record.tokens_sent += 1
                record.last_token_at = time.time()
                record.first_token_at = record.first_token_at or record.last_token_at
            gap = step.delay if isinstance(step, Text) else 0.0
            if gap or isinstance(step, (Pause, Break, Gate)) or len(waiting) >= 64:
                await write(b"".join(waiting))
                waiting.clear()
            if isinstance(step, Break):
                raise Cut
            while isinstance(step, Gate) and not step.opened.is_set() and play == self._plays:
                await pause(GATE_SECONDS)
            if gap or isinstance(step, Pause):
                await self._rest(play, step.seconds if isinstance(step, Pause) else gap)
        await write(b"".join([*waiting, ending(script)]))
        await send({"type": "http.response.body", "body": b""})

    async def _rest(self, play: int, seconds: float | None) -> None:
        """Wait, where it is None for ever, but not into the next test."""
        until = math.inf if seconds is None else time.monotonic() + seconds
        while play == self._plays and (left := until - time.monotonic()) > 0:
            await pause(min(left, REST_SECONDS))

    def _change(self, record: Record | None = None) -> None:
        with self._changed:
            if record is not None:
                self.requests.append(record)
            self._changed.notify_all()


def main() -> None:
    """Serve as a process until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--models", default="scripted-1,scripted-2")
    arguments = parser.parse_args()
    model = ScriptedModel(port=arguments.port, models=tuple(arguments.models.split(",")))
    print(model.base_url, flush=True)
    model.run()


if __name__ == "__main__":
    main()
