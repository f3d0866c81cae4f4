"""Calls that ask first: the answer stops there, and goes on from what was kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chat.agent.calls import REFUSED
from chat.agent.loop import LAST, Resumed
from chat.agent.needs import Need
from chat.agent.toolkit import Tool, ToolContext, ToolResult
from chat.agent.types import Paused, Piece
from chat.events import Usage
from tests.chat.agent.agent_bench import Bench, a_tool, echo, events, text
from tests.model_script import Call, Script, Text, calls
from tests.scripted_model import ScriptedModel

NEED = Need("example.com", "Fetch example.com?", ("https://example.com",))
made: list[Mapping[str, Any]] = []


async def note(context: ToolContext, arguments: Mapping[str, Any]) -> ToolResult:
    made.append(arguments)
    return ToolResult("fetched", remember={"last": arguments.get("n")})


def asks(needs: Sequence[Need] = (NEED,)) -> Tool:
    made.clear()
    return Tool("fetch", "-", {}, note, lambda _: "Fetching…", needs=lambda *_: needs)


def paused(pieces: list[Piece]) -> Paused:
    """What it ended with."""
    assert isinstance(pieces[-1], Paused)
    return pieces[-1]


def test_a_call_that_needs_something_is_not_made(bench: Bench, model: ScriptedModel) -> None:
    both = [Call("fetch", '{"n": 1}', "a", 0), Call("echo", '{"n": 2}', "b", 1)]
    model.queue(Script([Text("Let me look."), *both], finish_reason="tool_calls"))
    pieces = bench.answer(bench.job([asks(), a_tool("echo", echo)]))
    assert made == []
    assert events(pieces) == [("echo", "running"), ("echo", "done")]
    stopped = paused(pieces)
    (one,) = stopped.asks
    assert (one.call.id, one.arguments, one.needs) == ("a", {"n": 1}, (NEED,))
    assert [m["role"] for m in stopped.messages] == ["assistant", "tool"]
    assert stopped.usage is not None
    assert 0 < stopped.seconds <= 300
    assert len(model.requests) == 1
    assert [use.name for use in bench.uses] == ["echo"]


def test_what_nobody_has_to_allow_is_made(bench: Bench, model: ScriptedModel) -> None:
    async def all_allowed(_: Sequence[Need]) -> Sequence[Need]:
        return ()

    for tool, missing in ((asks(), all_allowed), (asks(()), None)):
        made.clear()
        model.queue(calls(Call("fetch", '{"n": 1}')))
        job = bench.job([tool])
        if missing:
            job = replace(job, context=replace(job.context, missing=missing))
        assert text(bench.answer(job)) == "This is a scripted answer."
        assert made == [{"n": 1}]


def test_arguments_that_are_none_are_not_asked_about(bench: Bench, model: ScriptedModel) -> None:
    model.queue(calls(Call("fetch", "[1]")))
    bench.answer(bench.job([asks()]))
    assert made == []
    assert [use.outcome for use in bench.uses] == ["error"]


def test_it_goes_on_with_what_was_decided(bench: Bench, model: ScriptedModel) -> None:
    two = [Call("fetch", '{"n": 1}', "a", 0), Call("fetch", '{"n": 2}', "b", 1)]
    model.queue(Script([Text("Let me look."), *two], finish_reason="tool_calls"))
    job = bench.job([asks()])
    stopped = paused(bench.answer(job))
    model.queue(Script([Text("Done.")]))
    decided = {"a": True, "b": False}
    pieces = bench.answer(replace(job, resumed=Resumed(stopped, decided)))
    assert made == [{"n": 1}]
    assert text(pieces) == "\n\nDone."
    assert sorted(events(pieces)) == [("fetch", "done"), ("fetch", "error"), ("fetch", "running")]
    assert bench.results(1) == ["fetched", f"Error: {REFUSED}"]
    assert {use.outcome for use in bench.uses} == {"done", "refused"}
    assert bench.memory == {"last": 1}
    sent = model.requests[1].body["messages"]
    assert [m["role"] for m in sent] == ["system", "user", "assistant", "tool", "tool"]
    assert sent[2]["content"] == "Let me look."
    counted = [p for p in pieces if isinstance(p, Usage)]
    assert len(counted) == 1
    assert stopped.usage
    assert counted[0].prompt_tokens > stopped.usage.prompt_tokens


def test_an_id_that_comes_again_asks_again(bench: Bench, model: ScriptedModel) -> None:
    model.queue(calls(Call("fetch", '{"n": 1}', "x")))
    job = bench.job([asks()])
    stopped = paused(bench.answer(job))
    model.queue(calls(Call("fetch", '{"n": 2}', "x")))
    again = paused(bench.answer(replace(job, resumed=Resumed(stopped, {"x": True}))))
    assert made == [{"n": 1}]
    (one,) = again.asks
    assert one.arguments == {"n": 2}
    assert one.call.id != "x"


def test_pausing_wins_no_further_steps(model: ScriptedModel) -> None:
    bench = Bench(model, agent_steps=2)
    job = bench.job([asks()])
    model.queue(calls(Call("fetch")))
    stopped = paused(bench.answer(job))
    bench.answer(replace(job, resumed=Resumed(stopped, {"call_1": True})))
    assert model.requests[1].body["tool_choice"] == "none"
    assert bench.results(1) == [f"fetched{LAST}"]
