"""The scripted server is a measuring device, so it is tested itself."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.request
from typing import Any

import pytest

from chat.agent.types import Piece
from chat.errors import AgentError
from chat.events import Token
from tests.chat.agent.conftest import Ask
from tests.scripted_model import ScriptedModel


def post(base_url: str, text: str) -> bytes:
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": text}]}
    request = urllib.request.Request(
        f"{base_url}/chat/completions", json.dumps(body).encode(), {"Connection": "close"}
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        sent: bytes = response.read()
    return sent


def tokens(pieces: list[Piece]) -> str:
    return "".join(piece.content for piece in pieces if isinstance(piece, Token))


@pytest.mark.parametrize(
    ("text", "said", "failure"),
    [
        ("[[tokens=3 delay=0.001]]", "w0 w1 w2 ", None),
        ("[[delay=0.001 tokens=3]]", "w0 w1 w2 ", None),
        ("[[echo]] say  this", "say  this", None),
        ("[[break_after=2]]", "w0 w1 ", "stream_broken"),
        ("[[malformed_after=1]]", "w0 ", "bad_response"),
        ("[[error_after=1]]", "w0 ", "provider_error"),
        ("[[stall_after=2]]", "w0 w1 ", "silence_timeout"),
        ("[[status=429 retry_after=7]]", "", "rate_limited"),
        ("nothing special", "This is a scripted answer.", None),
    ],
)
def test_directives(ask: Ask, text: str, said: str, failure: str | None) -> None:
    pieces, error = ask(text=text, silence=1.5 if "stall" in text else 20)
    assert tokens(pieces) == said
    assert (error.code if isinstance(error, AgentError) else None) == failure


def test_markdown_has_every_kind_of_block(ask: Ask) -> None:
    pieces, _ = ask(text="[[markdown tokens=1000 delay=0]]")
    text = tokens(pieces)
    assert sum(isinstance(piece, Token) for piece in pieces) == 1000
    for sign in ("\n## ", "\n- ", "```python\n", "| name | value |", "**bold "):
        assert sign in text


def test_a_thousand_tokens_at_once_are_sent_in_few_writes(model: ScriptedModel) -> None:
    body = json.dumps(
        {"stream": True, "messages": [{"role": "user", "content": "[[tokens=1000]]"}]}
    )
    request = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", model.port)) as connection:
        connection.sendall(f"{request}Connection: close\r\n\r\n{body}".encode())
        answer = connection.makefile("rb").read()
    rest, writes = answer.partition(b"\r\n\r\n")[2], 0
    while size := int(rest[: rest.index(b"\r\n")], 16):  # the chunks of HTTP
        rest = rest[rest.index(b"\r\n") + size + 4 :]
        writes += 1
    assert answer.count(b'"w') == 1000
    assert writes <= 1000 / 64 + 2


@pytest.mark.process
def test_as_a_process_it_keeps_a_log() -> None:
    command = [sys.executable, "-m", "tests.scripted_model", "--models", "a,b"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        try:
            post(base_url, "[[tokens=3 delay=0.02]]")
            with urllib.request.urlopen(base_url.removesuffix("/v1") + "/_log") as response:
                record: dict[str, Any] = json.load(response)[0]
        finally:
            process.terminate()
    assert record["received_at"] <= record["first_token_at"] < record["last_token_at"]
    assert (record["tokens_sent"], record["ended"]) == (3, "complete")
