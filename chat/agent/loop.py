"""The tool loop: openai-agents runs the calls and asks again until there is an answer.

Imported lazily, in a thread: openai-agents takes seconds. It is given a model of our own, which
asks as every answer is asked, so that tokens go to viewers without passing through it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any

from agents import (
    Agent,
    FunctionTool,
    Model,
    ModelResponse,
    RunConfig,
    Runner,
    set_tracing_disabled,
)
from agents import Usage as SdkUsage
from agents.models.chatcmpl_converter import Converter
from agents.run_config import ToolErrorFormatterArgs
from agents.tool_context import ToolContext as SdkContext
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)

from chat.agent.calls import Calls
from chat.agent.step import Step
from chat.agent.toolkit import Tool
from chat.agent.types import Finished, ModelRequest, Piece
from chat.errors import AgentError
from chat.events import Token, Usage

LAST = "\n\n(This was the last tool call of this answer. Answer now with what you have.)"

set_tracing_disabled(True)

Ask = Callable[[ModelRequest], AsyncGenerator[Piece]]
Emit = Callable[[Piece], None]


async def carry_on(
    tools: Sequence[Tool],
    request: ModelRequest,
    first: Step,
    *,
    calls: Calls,
    ask: Ask,
    emit: Emit,
    steps: int,
) -> None:
    """Go on from the model's ``first`` step, which called tools, to the end of the answer.

    The model is asked at most ``steps`` times, the last time without tools. Raises `AgentError`.
    """
    model = StreamedModel(request, first, calls=calls, ask=ask, emit=emit, steps=steps)
    agent = Agent(name="parley", model=model, tools=[_function_tool(tool, calls) for tool in tools])
    config = RunConfig(
        tracing_disabled=True,
        tool_not_found_behavior="return_error_to_model",
        tool_error_formatter=model.unknown_tool,
    )
    try:
        await Runner.run(agent, "-", max_turns=steps + 2, run_config=config)
    except Exception:
        if model.failure is not None:
            raise model.failure from None
        raise
    for piece in model.ends():
        emit(piece)


class StreamedModel(Model):
    """The current endpoint's model, as openai-agents asks for one."""

    def __init__(
        self,
        request: ModelRequest,
        first: Step,
        *,
        calls: Calls,
        ask: Ask,
        emit: Emit,
        steps: int,
    ) -> None:
        self.failure: Exception | None = None
        self._request = request
        self._calls = calls
        self._ask = ask
        self._emit = emit
        self._left = steps - 1
        self._steps = [first]
        self._arguments: dict[str, str] = {}

    async def get_response(self, *_: Any, **asked: Any) -> ModelResponse:
        """The next step, for ``input`` so far; the first one was asked before."""
        if self._arguments:
            try:
                self._steps.append(await self._next(asked["input"]))
            except Exception as failure:
                self.failure = failure
                raise
        step = self._steps[-1]
        self._arguments |= {call.id: call.arguments for call in step.calls}
        return ModelResponse(output=_output(step), usage=SdkUsage(), response_id=None)

    def stream_response(self, *_: Any, **asked: Any) -> Any:
        """Not used: the run is not streamed, tokens take another way."""
        raise NotImplementedError

    def unknown_tool(self, about: ToolErrorFormatterArgs[Any]) -> str | None:
        """What the model is told when it calls a tool that is not there."""
        if about.kind != "tool_not_found":
            return None
        raw = self._arguments.get(about.call_id, "")
        return self._calls.unknown(about.tool_name, about.call_id, raw)

    def ends(self) -> list[Piece]:
        """The token counts of all steps together, and how the last one ended."""
        ends = [piece for step in self._steps for piece in step.ends]
        counts = [piece for piece in ends if isinstance(piece, Usage)]
        found: list[Piece] = []
        if counts:
            total = (
                sum(count.prompt_tokens for count in counts),
                sum(count.completion_tokens for count in counts),
            )
            found.append(Usage(*total))
        return found + [piece for piece in self._steps[-1].ends if isinstance(piece, Finished)]

    async def _next(self, items: Any) -> Step:
        self._left -= 1
        is_last = self._left <= 0 or self._calls.clock() >= self._calls.deadline
        request = replace(self._request, steps=tuple(_messages(items, is_last)))
        if is_last:
            request = replace(request, parameters={**request.parameters, "tool_choice": "none"})
        step = Step()
        spoke = any(one.text for one in self._steps)
        async with aclosing(self._ask(request)) as pieces:
            async for piece in pieces:
                if not step.takes(piece):
                    continue
                if spoke and isinstance(piece, Token):
                    spoke = False
                    self._emit(Token("\n\n"))
                self._emit(piece)
        if is_last and step.calls:
            if not step.text.strip():
                raise _never_ends(len(self._steps) + 1)
            step.calls = []
        return step


def _function_tool(tool: Tool, calls: Calls) -> FunctionTool:
    async def invoke(context: SdkContext[Any], raw: str, tool: Tool) -> str:
        return await calls.make(tool, context.tool_call_id, raw)

    return FunctionTool(
        name=tool.name,
        description=tool.description,
        params_json_schema=dict(tool.parameters),
        on_invoke_tool=partial(invoke, tool=tool),
        strict_json_schema=False,
    )


def _output(step: Step) -> list[Any]:
    """The step as openai-agents has it; without calls there must be a text, which ends the run."""
    output: list[Any] = []
    if step.text or not step.calls:
        text = ResponseOutputText(text=step.text, type="output_text", annotations=[])
        output.append(
            ResponseOutputMessage(
                id="message", content=[text], role="assistant", type="message", status="completed"
            )
        )
    return output + [
        ResponseFunctionToolCall(
            call_id=call.id, name=call.name, arguments=call.arguments, type="function_call"
        )
        for call in step.calls
    ]


def _messages(items: Any, is_last: bool) -> list[dict[str, Any]]:
    """Calls and results since the question, which is the first item."""
    messages: list[dict[str, Any]] = [dict(m) for m in Converter.items_to_messages(items)][1:]
    for message in messages:
        message["content"] = message.get("content") or ""
    if is_last and messages:
        messages[-1]["content"] += LAST
    return messages


def _never_ends(steps: int) -> AgentError:
    return AgentError(
        "too_many_steps",
        f"The model kept calling tools and gave no answer in {steps} steps.",
        "Retry, ask for less at once, or raise PARLEY_AGENT_STEPS or PARLEY_AGENT_SECONDS.",
    )
