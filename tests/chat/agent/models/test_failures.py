from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx2
import openai
import pytest

from chat.agent.models.failures import translate
from chat.agent.types import Endpoint
from chat.events import Token
from tests.chat.agent.conftest import KEY, Ask, refusal
from tests.model_script import Break, Pause, Raw, Script, numbered, raw

LONG_CONTEXTS = [
    "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.",
    "the request exceeds the available context size. try increasing it",
    "prompt is too long: 210000 tokens > 200000 maximum",
    "Please reduce the length of the messages or completion.",
    "The input token count exceeds the maximum number of tokens allowed",
    "Trying to keep the first 5000 tokens when context the overflows: context length of 4096",
]


@pytest.mark.parametrize(
    ("script", "name", "retryable"),
    [
        (refusal(401), "key_refused", False),
        (refusal(403), "key_refused", False),
        (refusal(403, "Project has no access: model not found"), "model_unknown", False),
        (refusal(404), "model_unknown", False),
        (refusal(400, "The model `x` does not exist", "model_not_found"), "model_unknown", False),
        (refusal(400, "x is not a valid model ID"), "model_unknown", False),
        (refusal(429), "rate_limited", True),
        (refusal(413, "Too large for TPM", "rate_limit_exceeded"), "rate_limited", True),
        (
            refusal(429, "You exceeded your current quota", "insufficient_quota"),
            "rate_limited",
            False,
        ),
        (refusal(402, "Insufficient Balance"), "rate_limited", False),
        (refusal(500), "provider_error", True),
        (refusal(503), "provider_error", True),
        (refusal(529), "provider_error", True),
        (refusal(400, "x", "context_length_exceeded"), "context_too_long", False),
        *((refusal(400, text), "context_too_long", False) for text in LONG_CONTEXTS),
        (refusal(500, LONG_CONTEXTS[1]), "context_too_long", False),
        (refusal(413), "context_too_long", False),
        (refusal(400, "Unsupported value: 'temperature'"), "request_refused", False),
        (refusal(422), "request_refused", False),
        (refusal(409), "request_refused", True),
        (Script(status=502, body="<html>Bad gateway</html>"), "provider_error", True),
        (Script(body="<html>Welcome</html>"), "bad_response", True),
        (Script(body=["what"]), "bad_response", True),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_refusals_have_names(ask: Ask, script: Script, name: str, retryable: bool) -> None:
    pieces, error = ask(script)
    assert error is not None
    assert (pieces, error.code, error.retryable) == ([], name, retryable)
    assert error.message
    assert error.fix
    assert "<" not in str(error)


@pytest.mark.parametrize(
    ("ending", "name"),
    [
        (Break(), "stream_broken"),
        (Raw(b"data: {not json\n\n"), "bad_response"),
        (Raw(b"data: \xff\xfe\n\n"), "bad_response"),
        (Raw(b"data: " + b"[" * 5_000 + b"\n\n"), "bad_response"),
        (raw([1, 2]), "bad_response"),
        (raw({"what": "ever"}), "bad_response"),
        (raw({"choices": "text"}), "bad_response"),
        (raw({"choices": [3]}), "bad_response"),
        (raw({"choices": [{"delta": "text"}]}), "bad_response"),
        (raw({"choices": [{"delta": {"content": 3}}]}), "bad_response"),
        (raw({"choices": [{"delta": {"content": [3]}}]}), "bad_response"),
        (raw({"choices": [], "usage": "many"}), "bad_response"),
        (raw({"error": {"message": "boom", "code": 502}}), "provider_error"),
        (raw({"error": {"message": "slow down", "type": "rate_limit_error"}}), "rate_limited"),
        (raw({"error": {"message": "x", "code": "context_length_exceeded"}}), "context_too_long"),
        (raw({"error": "CUDA out of memory"}), "provider_error"),
        (raw({"object": "error", "message": "bad", "code": "400"}), "request_refused"),
    ],
)
def test_what_breaks_a_stream_keeps_the_tokens_before_it(
    ask: Ask, ending: Break | Raw, name: str
) -> None:
    pieces, error = ask(Script([*numbered(3), ending]))
    assert error is not None
    assert error.code == name
    assert pieces == [Token("w0 "), Token("w1 "), Token("w2 ")]


def test_an_end_without_reason_or_done_is_a_broken_stream(ask: Ask) -> None:
    pieces, error = ask(Script(numbered(2), finish_reason=None, usage=False, done=False))
    assert len(pieces) == 2
    assert error is not None
    assert (error.code, error.retryable) == ("stream_broken", True)


@pytest.mark.parametrize("before", [0, 2])
def test_silence_ends_the_answer(ask: Ask, before: int) -> None:
    pieces, error = ask(Script([*numbered(before), Pause()]), silence=1.5 if before else 0.1)
    assert len(pieces) == before
    assert error is not None
    assert error.code == "silence_timeout"


def test_nobody_listens(ask: Ask, free_port: int) -> None:
    _, error = ask(base_url=f"http://127.0.0.1:{free_port}/v1")
    assert error is not None
    assert error.code == "provider_unreachable"


@pytest.fixture
def full_backlog() -> Iterator[str]:
    """A port that takes no more connections: connecting waits for ever."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        for one in waiting:
            one.close()


def test_connecting_takes_too_long(ask: Ask, full_backlog: str) -> None:
    _, error = ask(base_url=full_backlog, connect=0.2)
    assert error is not None
    assert error.code == "connect_timeout"


def test_an_endpoint_does_not_show_its_key() -> None:
    assert KEY not in repr(Endpoint("configured", "x", "http://x", KEY))


@pytest.mark.parametrize(
    ("cause", "name"),
    [
        (httpx2.ConnectTimeout("x"), "connect_timeout"),
        (httpx2.ReadTimeout("x"), "silence_timeout"),
        (httpx2.ConnectError("x"), "provider_unreachable"),
        (httpx2.RemoteProtocolError("x"), "stream_broken"),
    ],
)
def test_the_client_s_wrappings_are_looked_into(cause: Exception, name: str) -> None:
    wrapped = openai.APIConnectionError(request=httpx2.Request("GET", "http://x"))
    wrapped.__cause__ = cause
    assert translate(wrapped).code == translate(cause).code == name
