"""The API on a real socket in this process, beside the turns it shares with the page."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from starlette.applications import Starlette

from chat import runtime
from chat.api.application import make_api
from chat.config import Settings
from chat.runtime import Runtime
from chat.server.startup import Whole
from store import sessions
from store.users import LOCAL_USER
from tests.chat.api.client import Client
from tests.model_script import Script, Step
from tests.scripted_model import ScriptedModel

MINE = "/users/me/sessions"


@contextmanager
def served() -> Iterator[str]:
    """The API, mounted as the app does it; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Whole("/api", make_api())])
    config = uvicorn.Config(
        app, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


@contextmanager
def running(folder: Path, model: ScriptedModel, **changes: Any) -> Iterator[Runtime]:
    """The process's parts, with a database of their own."""
    values = {
        "database_url": f"sqlite:///{folder / 'parley.db'}",
        "openai_base_url": model.base_url,
        "model": "scripted-1",
        "find_local_servers": False,
    }
    settings = Settings(**{**values, **changes})
    parts = runtime.start(settings)
    assert parts.settings is settings, "one of another test still runs"
    try:
        yield parts
    finally:
        runtime.stop()


class Api(Client):
    """The server without login, its parts, and the model it asks."""

    def __init__(self, url: str, parts: Runtime, model: ScriptedModel) -> None:
        super().__init__(url)
        self.parts = parts
        self.model = model

    def make(self, **fields: Any) -> str:
        """The path of a new session."""
        reply = self.post(MINE, {"session_id": uuid4().hex[:8], **fields})
        assert reply.status == 201, reply.body
        return f"{MINE}/{reply.json['session_id']}"

    def asked(self, path: str, *steps: Step, words: str = "hi") -> dict[str, Any]:
        """A question and its answer, both ended."""
        if steps:
            self.model.queue(Script(steps))
        reply = self.post(f"{path}/messages", {"content": words})
        assert reply.status == 200, reply.body
        pair: dict[str, Any] = reply.json
        return pair

    def clear(self) -> None:
        """No sessions at all."""
        with self.parts.database.transaction() as db:
            sessions.trash_all(db, user_id=LOCAL_USER)


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedModel]:
    with ScriptedModel() as model:
        yield model


@pytest.fixture(scope="module")
def _api(scripted: ScriptedModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("api")
    with running(folder, scripted) as parts, served() as url:
        yield Api(url, parts, scripted)


@pytest.fixture
def api(_api: Api) -> Iterator[Api]:
    """One server for a module; each test makes sessions of its own."""
    _api.model.reset()
    yield _api
    _api.model.reset()
