"""The API as the README shows it: plain curl, from a new session to its restoring."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.chat.api.conftest import MINE, Api
from tests.chat.conftest import numbers
from tests.model_script import Gate, Script, numbered
from tests.waiting import until

pytestmark = pytest.mark.process

JSON = ("-H", "Content-Type: application/json")


def started(api: Api, path: str, *arguments: str) -> subprocess.Popen[str]:
    """curl on its way, unbuffered."""
    command = ["curl", "-sSN", "--max-time", "20", *arguments, f"{api.url}/api{path}"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def curl(api: Api, path: str, *arguments: str) -> str:
    """All that curl prints."""
    with started(api, path, *arguments) as process:
        printed, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    return printed


def body(**fields: Any) -> tuple[str, ...]:
    return (*JSON, "-d", json.dumps(fields))


def lines(process: subprocess.Popen[str], end: str) -> list[str]:
    """What comes up to that line and the empty one after it."""
    assert process.stdout
    found = [""]
    while end not in found or found[-1]:
        line = process.stdout.readline()
        assert line, found
        found.append(line.rstrip("\n"))
    return found[1:]


def tokens(printed: list[str]) -> str:
    data = [json.loads(line[6:]) for line in printed if line.startswith("data: ")]
    return "".join(one["content"] for one in data if one["type"] == "token")


def test_a_session_from_making_to_restoring(api: Api) -> None:
    made = json.loads(curl(api, MINE, *body(title="Bike")))
    path = f"{MINE}/{made['session_id']}"
    assert made["session_id"] in [row["session_id"] for row in json.loads(curl(api, MINE))]
    renamed = json.loads(curl(api, path, "-X", "PATCH", *body(title="My bike")))
    assert renamed["title"] == "My bike"
    answered = json.loads(curl(api, f"{path}/messages", *body(content="Why?")))
    assert answered["assistant"]["status"] == "complete"
    assert len(json.loads(curl(api, f"{path}/messages"))) == 2
    deleted = json.loads(curl(api, path, "-X", "DELETE"))
    assert deleted == {"deleted": made["session_id"]}
    status = ("-o", "/dev/null", "-w", "%{http_code}")
    assert curl(api, path, *status) == "404"
    assert json.loads(curl(api, f"{path}/restore", "-X", "POST"))["title"] == "My bike"
    assert curl(api, path, *status) == "200"
    without = json.loads(curl(api, MINE, "-d", "{}"))
    assert without["error"]["code"] == "unsupported_media_type"


@pytest.mark.parametrize("ended", [False, True])
def test_a_stream_that_is_cut_and_resumed(api: Api, ended: bool) -> None:
    gate = Gate()
    api.model.queue(Script([*numbered(7), gate, *numbered(20)[7:]]))
    asking = (*body(message="Count.", thread_id=f"cut-{ended}".lower()), "-H", "Accept: */*")
    path = f"{MINE}/cut-{ended}".lower()
    with started(api, "/chat/stream", *asking) as process:
        seen = lines(process, 'data: {"type":"token","content":"w6 "}')
        process.kill()
    number = [line[4:] for line in seen if line.startswith("id: ")][-1]
    resuming = ("-H", f"Last-Event-ID: {number}")
    if ended:
        gate.opened.set()
        until(lambda: api.get(f"{path}/messages").json[-1]["status"] == "complete")
    with started(api, f"{path}/events", *resuming) as process:
        gate.opened.set()
        rest = lines(process, "event: done")
    whole = [*seen, *rest]
    assert tokens(whole) == numbers(20)
    ids = [int(line[4:]) for line in whole if line.startswith("id: ")]
    assert ids == list(range(1, len(ids) + 1))
    assert json.loads(curl(api, f"{path}/messages"))[-1]["content"] == numbers(20)


def test_a_file_is_sent_and_goes_with_a_question(api: Api) -> None:
    typed = ("-H", "Content-Type: application/octet-stream")
    sent = (*typed, "--data-binary", "Some words.\n")
    file = json.loads(curl(api, "/users/me/files?name=notes.txt", *sent))
    asked = body(content="What is in it?", file_ids=[file["file_id"]])
    question = json.loads(curl(api, f"{api.make()}/messages", *asked))["user"]
    assert [one["name"] for one in question["files"]] == ["notes.txt"]
    assert curl(api, f"/users/me/files/{file['file_id']}") == "Some words.\n"
