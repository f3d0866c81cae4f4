"""Whatever goes wrong: a named error, what to do, the text kept, and trying again works."""

from __future__ import annotations

from typing import Any

import pytest

from chat.events import Done, Error
from store.errors import StorageUnavailable
from tests.chat.conftest import SESSION, Room, Rooms, asked_of, numbers
from tests.model_script import Break, Pause, Raw, Script, Thought, numbered, raw
from tests.scripted_model import ScriptedModel
from tests.waiting import until


def refusal(status: int, message: str = "No.", **headers: str) -> Script:
    body = {"error": {"message": message}}
    return Script(
        status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


LONG = "This model's maximum context length is 8192 tokens, you requested 9000."
CASES: dict[str, tuple[Script, str, str, bool, int]] = {
    "refused key": (refusal(401), "key_refused", "Check OPENAI_API_KEY", False, 0),
    "unknown model": (refusal(404), "model_unknown", "Choose another model", False, 0),
    "too many": (refusal(429, Retry_After="7"), "rate_limited", "again in 7 seconds", True, 0),
    "5xx": (refusal(503), "provider_error", "Retry in a moment", True, 0),
    "too long": (refusal(400, LONG), "context_too_long", "start a new session", False, 0),
    "break": (Script([*numbered(3), Break()]), "stream_broken", "Continue or retry", True, 3),
    "malformed": (
        Script([*numbered(3), Raw(b"data: {not json\n\n"), *numbered(2)]),
        "bad_response",
        "Retry; if it happens again",
        True,
        3,
    ),
    "error inside": (
        Script([*numbered(3), raw({"error": {"message": "The engine broke.", "code": 500}})]),
        "provider_error",
        "The engine broke.",
        True,
        3,
    ),
    "silence": (Script([*numbered(3), Pause()]), "silence_timeout", "Continue or retry", True, 3),
    "silence at once": (Script([Pause()]), "silence_timeout", "PARLEY_SILENCE_TIMEOUT", True, 0),
    "empty": (Script(()), "empty_answer", "The model sent an empty answer. Retry.", True, 0),
    "only thought": (Script([Thought("hm")]), "empty_answer", "Retry.", True, 0),
}


@pytest.mark.parametrize("case", CASES)
def test_a_failure_is_named_and_can_be_retried(rooms: Rooms, case: str) -> None:
    script, code, advice, retryable, kept = CASES[case]
    room = rooms(silence_timeout=1.5 if code == "silence_timeout" else 20)
    room.model.queue(script)
    asked = room.send("q")
    seen = room.watch(asked.answer.id)
    error, done = seen.events[-2:]
    assert isinstance(error, Error)
    assert (error.code, error.retryable) == (code, retryable)
    assert advice in error.message
    assert done == Done(SESSION, asked.answer.id, "error")
    assert sum(isinstance(event, Error) for event in seen.events) == 1
    row = room.row(asked.answer.id)
    assert (row.status, row.error_code, row.error_message) == ("error", code, error.message)
    assert row.content == seen.text == numbers(kept)
    retried = room.again(row.id, *numbered(2))
    assert room.watch(retried.id).text == numbers(2)
    after = room.row(retried.id)
    assert (after.status, after.error_code, after.error_message) == ("complete", None, None)
    assert room.row(row.id).content == numbers(kept)
    assert asked_of(room.model)[-1] == ["q"]


def test_nobody_listens_there_until_somebody_does(rooms: Rooms, free_port: int) -> None:
    room = rooms(openai_base_url=f"http://127.0.0.1:{free_port}/v1")
    asked = room.send("q")
    seen = room.watch(asked.answer.id)
    error = seen.events[-2]
    assert isinstance(error, Error)
    assert error.code == "provider_unreachable"
    assert "Check that it is running, its address (OPENAI_BASE_URL)" in error.message
    with ScriptedModel(port=free_port):
        retried = room.again(asked.answer.id)
        assert room.watch(retried.id).status == "complete"


def test_a_failed_answer_is_not_sent_along_later(room: Room) -> None:
    room.model.queue(refusal(500))
    failed = room.send("q")
    room.watch(failed.answer.id)
    room.watch(room.send("r").answer.id)
    assert asked_of(room.model)[-1] == ["q", "r"]


@pytest.mark.parametrize(
    "odd",
    [
        {"model": "m\ud800"},
        {"model": "m\x00"},
        {"model": "m" * 5000},
        {"choices": [{"delta": {}, "finish_reason": "s\ud800\x00"}]},
        {"error": {"message": "half \ud800 and \x00", "code": 500}},
    ],
    ids=repr,
)
def test_a_server_cannot_keep_an_answer_from_ending(room: Room, odd: dict[str, Any]) -> None:
    chunk = {"id": "c", "choices": [{"delta": {"content": "ok "}}], **odd}
    room.model.queue(Script([raw(chunk)], role=False))
    asked = room.send("q")
    assert room.watch(asked.answer.id).status in ("complete", "error")
    assert room.row(asked.answer.id).status in ("complete", "error")
    assert room.watch(room.send("r").answer.id).status == "complete"


def test_what_failed_is_tried_again_soon(room: Room) -> None:
    tried = []

    def work() -> None:
        tried.append(len(tried))
        if len(tried) == 1:
            raise StorageUnavailable("The database is away.", "Wait.")

    room.parts.loop.spawn(room.parts.upkeep._every(3600.0, work))
    until(lambda: len(tried) == 2)
