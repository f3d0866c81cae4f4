"""What goes wrong in an answer with tools, and what ends it early."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import pytest

from chat.agent.calls import RESULT_CHARS
from chat.agent.types import Piece
from chat.errors import AgentError
from chat.events import Status, Token
from tests.chat.agent.agent_bench import Bench, a_tool, events, text
from tests.model_script import Call, Gate, Pause, Script, Text, calls
from tests.scripted_model import ScriptedModel


@pytest.mark.parametrize(
    ("call", "said", "outcome"),
    [
        (Call("echo", "{not json"), "Error: The arguments are not a JSON object.", "error"),
        (Call("echo", "[" * 5_000), "Error: The arguments are not a JSON object.", "error"),
        (Call("echo", "[1]"), "Error: The arguments are not a JSON object.", "error"),
        (Call("current_time", '{"timezone": 5}'), "Error: The arguments do not fit: tim", "error"),
        (Call("current_time", '{"place": "x"}'), "Error: The arguments do not fit: place", "error"),
        (Call("current_time", '{"timezone": "No/Where"}'), "Error: There is no time zone", "error"),
        (Call("gone", '{"n": 1}'), "Error: There is no tool named 'gone'", "unknown"),
        (Call("broken"), "Error: The tool failed inside Parley;", "error"),
        (Call("refusing"), "Error: The shop is closed. Come back tomorrow.", "error"),
        (Call("slow"), "Error: The tool did not answer within", "timeout"),
    ],
    ids=lambda value: value.name if isinstance(value, Call) else "",
)
def test_what_goes_wrong_goes_back_to_the_model(
    bench: Bench, model: ScriptedModel, call: Call, said: str, outcome: str
) -> None:
    model.queue(calls(call), Script([Text("I see.")]))
    pieces = bench.answer()
    assert text(pieces) == "I see."
    assert bench.results(1)[0].startswith(said)
    assert [use.outcome for use in bench.uses] == [outcome]
    assert "secret" not in str(bench.uses)
    assert events(pieces)[-1] == (call.name, "error")


def test_a_huge_result_is_cut_and_says_so(bench: Bench, model: ScriptedModel) -> None:
    model.queue(calls(Call("huge")), Script([Text("Long.")]))
    bench.answer()
    result = bench.results(1)[0]
    assert result.endswith(f"[Cut here: {50_000 - RESULT_CHARS:,} of 50,000 characters left out.]")
    assert len(bench.uses[0].result) < 4_100
    assert bench.uses[0].summary == "50,000 characters"


def test_a_loop_is_cut_and_answered(model: ScriptedModel) -> None:
    bench = Bench(model, agent_steps=3)
    model.queue(calls(Call("echo", id="a")), calls(Call("echo", id="b")), Script([Text("Enough.")]))
    assert text(bench.answer()) == "Enough."
    assert [r.body.get("tool_choice") for r in model.requests] == [None, None, "none"]
    assert "last tool call of this answer" in bench.results(2)[-1]


def test_a_loop_without_end(model: ScriptedModel) -> None:
    bench = Bench(model, agent_steps=3)
    model.queue(*(calls(Call("echo", id=f"c{n}")) for n in range(5)))
    with pytest.raises(AgentError, match="no answer in 3 steps") as caught:
        bench.answer()
    assert caught.value.code == "too_many_steps"
    assert len(model.requests) == 3
    assert len(bench.uses) == 2


def test_the_time_for_tools(model: ScriptedModel) -> None:
    bench = Bench(model, agent_seconds=0.000001)
    model.queue(calls(Call("echo")), Script([Text("Out of time.")]))
    assert text(bench.answer()) == "Out of time."
    assert [use.outcome for use in bench.uses] == ["timeout"]


def test_a_model_that_breaks_between_calls(bench: Bench, model: ScriptedModel) -> None:
    model.queue(calls(Call("echo")), Script(status=500, body={"error": {"message": "Boom"}}))
    model.queue(*[Script(status=500, body={"error": {"message": "Boom"}})] * 4)
    with pytest.raises(AgentError) as caught:
        bench.answer()
    assert caught.value.code == "provider_error"
    assert [use.outcome for use in bench.uses] == ["done"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "registry.ollama.ai/library/gemma:2b does not support tools"),
        (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser'),
        (500, "tools param requires --jinja flag"),
        (422, "Unknown parameter: tools"),
        (404, "No endpoints found that support tool use"),
    ],
)
def test_a_model_without_tools_is_noticed(
    bench: Bench, model: ScriptedModel, status: int, words: str
) -> None:
    model.queue(Script(status=status, body={"error": {"message": words}}))
    pieces = bench.answer(bench.job(), bench.job())
    assert text(pieces) == "This is a scripted answer." * 2
    assert [p.content for p in pieces if isinstance(p, Status)] == [
        "This model cannot use tools; it answers without them."
    ]
    assert ["tools" in record.body for record in model.requests] == [True, False, False]


def test_stopping_in_a_call(bench: Bench, model: ScriptedModel) -> None:
    model.queue(calls(Call("wait")))
    began = asyncio.Event()
    ended = asyncio.Event()

    async def wait(_: Mapping[str, Any]) -> Any:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def run() -> None:
        async def read() -> None:
            job = bench.job([a_tool("wait", wait)])
            async with bench.agent() as agent:
                async for _ in bench.read(agent, job):
                    pass

        task = asyncio.create_task(read())
        await began.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert ended.is_set()

    asyncio.run(run())
    assert [(use.name, use.outcome) for use in bench.uses] == [("wait", "stopped")]


def test_stopping_while_the_model_writes_after_a_call(bench: Bench, model: ScriptedModel) -> None:
    model.queue(calls(Call("echo")), Script([Text("Half "), Pause()]))
    seen: list[Piece] = []

    async def run() -> None:
        async with bench.agent() as agent, aclosing(agent.answer(bench.job())) as answer:
            async for piece in answer:
                seen.append(piece)
                if isinstance(piece, Token):
                    break

    asyncio.run(run())
    assert text(seen) == "Half "
    assert model.wait(lambda found: found[-1].ended == "hung_up")


def test_a_slow_model_streams_after_a_call(bench: Bench, model: ScriptedModel) -> None:
    gate = Gate()
    model.queue(calls(Call("echo")), Script([Text("One "), gate, Text("two")]))

    async def run() -> list[str]:
        words = []
        async with bench.agent() as agent, aclosing(agent.answer(bench.job())) as answer:
            async for piece in answer:
                if isinstance(piece, Token):
                    words.append(piece.content)
                    gate.opened.set()
        return words

    assert asyncio.run(run()) == ["One ", "two"]
