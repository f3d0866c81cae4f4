from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import openai
import pytest

from chat.agent.models.stream import answer
from chat.agent.types import Finished, ModelMessage, ModelRequest, Piece, Reasoning
from chat.events import Token, Usage
from tests.chat.agent.conftest import KEY, Ask
from tests.model_script import Break, Pause, Raw, Script, Step, Text, Thought, numbered, raw
from tests.scripted_model import ScriptedModel

ENDED = Finished("stop", "scripted-1")
QUESTION = ModelRequest((ModelMessage("user", "hi"),))


def text_of(pieces: list[Piece]) -> str:
    return "".join(piece.content for piece in pieces if isinstance(piece, Token))


def test_an_answer_is_tokens_then_usage_then_the_end(ask: Ask) -> None:
    pieces, error = ask(Script(numbered(3)))
    tokens = [Token("w0 "), Token("w1 "), Token("w2 ")]
    assert (pieces, error) == ([*tokens, Usage(7, 3), ENDED], None)


def test_the_request_carries_history_parameters_model_and_key(
    ask: Ask, model: ScriptedModel
) -> None:
    ask(text="[[tokens=1]]", parameters={"temperature": 0.5, "max_tokens": 9})
    sent = model.requests[0]
    assert sent.body == {
        "model": "m-1",
        "messages": [{"role": "user", "content": "[[tokens=1]]"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_tokens": 9,
    }
    assert sent.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "script",
    [
        Script(numbered(5), role=False),
        Script(numbered(5), empty_choices=True),
        Script(numbered(5), usage=False),
        Script(numbered(5), usage_in_last_chunk=True),
        Script(numbered(5), finish_reason=None),
        Script(numbered(5), done=False),
        Script(numbered(5), done=False, usage=False),
        Script(numbered(5), bytes_at_once=7),
        Script([Raw(b'data: {"choices": []}\r\n\r\n'), *numbered(5)]),
        Script([Raw(b": keep-alive\r\n\r\n"), *numbered(5)]),
        Script([raw({"id": "x", "choices": None, "extra": {"a": 1}}), *numbered(5)]),
        Script([raw({"choices": [{"delta": {"content": None}, "logprobs": None}]}), *numbered(5)]),
        Script([raw({"choices": [{"delta": None}]}), *numbered(5)]),
        Script([*numbered(5), raw({"choices": [{"finish_reason": "stop"}]}), Break()]),
    ],
    ids=repr,
)
def test_what_servers_leave_out_or_add_is_tolerated(ask: Ask, script: Script) -> None:
    pieces, error = ask(script)
    assert error is None
    assert text_of(pieces) == "w0 w1 w2 w3 w4 "
    assert pieces[-1] == ENDED


def test_text_with_any_sign_arrives_as_it_was_sent(ask: Ask) -> None:
    text = 'é 😀 \u2028 \u0085 \r\n "quoted" \\ data: [DONE] \x0b '
    unescaped = '{"choices":[{"delta":{"content":"a\u2028b\u0085c"}}]}'.encode()
    steps: list[Step] = [Text(text), Raw(b"data: " + unescaped + b"\n\n")]
    assert text_of(ask(Script(steps, bytes_at_once=3))[0]) == text + "a\u2028b\u0085c"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thinking_is_kept_apart_from_the_answer(ask: Ask, field: str) -> None:
    pieces, _ = ask(Script([Thought("hmm ", field), Text("42")]))
    assert pieces[:2] == [Reasoning("hmm "), Token("42")]


def test_content_in_typed_parts(ask: Ask) -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}
    parts = [thinking, {"type": "text", "text": "42"}]
    pieces, _ = ask(Script([raw({"choices": [{"delta": {"content": parts}}]})]))
    assert pieces[:2] == [Reasoning("hmm"), Token("42")]


def test_a_server_that_ignores_stream_answers_all_the_same(ask: Ask) -> None:
    message = {"role": "assistant", "content": "all at once"}
    body = {
        "model": "plain",
        "choices": [{"index": 0, "message": message, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 2, "completion_tokens": 3},
    }
    pieces, _ = ask(Script(body=body))
    assert pieces == [Token("all at once"), Usage(2, 3), Finished("length", "plain")]


def test_a_server_that_refuses_stream_options_is_asked_without(
    ask: Ask, model: ScriptedModel
) -> None:
    refusal = {"error": {"message": "Unrecognized request argument: stream_options"}}
    pieces, error = ask(Script(status=400, body=refusal), Script(numbered(2), usage=False))
    assert (text_of(pieces), error) == ("w0 w1 ", None)
    assert ["stream_options" in one.body for one in model.requests] == [True, False]


def test_a_server_that_knows_max_tokens_by_its_newer_name_only(
    ask: Ask, model: ScriptedModel
) -> None:
    words = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    refusal = Script(status=400, body={"error": {"message": words}})
    pieces, error = ask(refusal, Script(numbered(2), usage=False), parameters={"max_tokens": 7})
    assert (text_of(pieces), error) == ("w0 w1 ", None)
    assert model.requests[1].body["max_completion_tokens"] == 7
    assert "max_tokens" not in model.requests[1].body


def test_a_server_that_says_what_it_cost(ask: Ask) -> None:
    choice = {"message": {"content": "x"}, "finish_reason": "stop"}
    for cost, known in ((0.25, 0.25), (True, None), (-1, None), ("much", None)):
        usage = {"prompt_tokens": 2, "completion_tokens": 3, "cost": cost}
        pieces, _ = ask(Script(body={"choices": [choice], "usage": usage}))
        assert Usage(2, 3, known) in pieces
    for wrong in (10**30, 10**12, float("inf"), float("nan"), -1, "2"):
        usage = {"prompt_tokens": wrong, "completion_tokens": wrong}
        pieces, _ = ask(Script(body={"choices": [choice], "usage": usage}))
        assert Usage(0, 0) in pieces, "no database keeps such counts"


def test_pieces_arrive_when_they_are_sent(
    model: ScriptedModel, client: Callable[..., openai.AsyncOpenAI]
) -> None:
    """The server waits for ever behind the second token; both must be here by then."""
    model.queue(Script([*numbered(2), Pause()]))

    async def run() -> list[Piece]:
        async with client(silence=20) as asked:
            pieces = answer(asked, QUESTION, default_model="m")
            async with aclosing(pieces):
                return [await anext(pieces), await anext(pieces)]

    assert asyncio.run(run()) == [Token("w0 "), Token("w1 ")]
    assert model.wait(lambda seen: bool(seen[0].ended))[0].ended == "hung_up"


def test_cancelling_hangs_up_at_once(
    model: ScriptedModel, client: Callable[..., openai.AsyncOpenAI]
) -> None:
    model.queue(Script([*numbered(1), Pause()]))

    async def run() -> None:
        async with client(silence=20) as asked:
            first = asyncio.Event()

            async def read() -> None:
                async for _ in answer(asked, QUESTION, default_model="m"):
                    first.set()

            reading = asyncio.create_task(read())
            await first.wait()
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            closed = await asyncio.to_thread(model.wait, lambda seen: bool(seen[0].ended))
            assert closed[0].ended == "hung_up"

    asyncio.run(run())
