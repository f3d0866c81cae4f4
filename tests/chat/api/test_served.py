"""The API as it is served beside the page: by Streamlit's server, up to the end of the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat.api.client import Client, text
from tests.chat.api.conftest import MINE
from tests.chat.conftest import numbers
from tests.model_script import Gate, Script, numbered
from tests.processes import Server
from tests.scripted_model import ScriptedModel

pytestmark = pytest.mark.process

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def server(tmp_path: Path, scripted: ScriptedModel) -> Iterator[Server]:
    environment = {"OPENAI_BASE_URL": scripted.base_url, "PARLEY_MODEL": "scripted-1"}
    with Server(tmp_path, environment) as running:
        yield running


def test_a_stream_through_the_whole_server_and_its_end(
    server: Server, scripted: ScriptedModel
) -> None:
    client = Client(server.url)
    path = f"{MINE}/{client.post(MINE, {'title': 'x'}).json['session_id']}"
    assert client.get("/health").headers["x-content-type-options"] == "nosniff"
    assert client.get("/nothing").error == "not_found"
    gate = Gate()
    scripted.queue(Script([*numbered(2), gate, *numbered(4)[2:]]))
    with client.stream("POST", f"{path}/messages", {"content": "q"}, GZIP) as stream:
        seen = stream.until(lambda event: event.data.get("content") == "w1 ")
        gate.opened.set()
        assert text([*seen, *stream]) == numbers(4)
    with client.stream("POST", f"{path}/messages", {"content": "[[stall_after=3]]"}) as stream:
        stream.until(lambda event: event.data.get("content") == "w2 ")
        ending = threading.Thread(target=server.stop)
        ending.start()
        (*_, done) = stream
        assert (done.event, done.data["status"]) == ("done", "interrupted")
        ending.join(9)
        assert not ending.is_alive(), "the server waited for the stream"
    assert "Traceback" not in server.log
    server.start()
    answer = client.get(f"{path}/messages").json[-1]
    assert (answer["content"], answer["status"]) == (numbers(3), "interrupted")
