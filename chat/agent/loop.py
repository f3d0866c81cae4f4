"""The tool loop: the model is asked, what it calls is run, and it is asked again.

The calls of one step run at the same time. When the steps or the seconds for tools are used up,
the model is asked a last time and may call none.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from chat.agent.calls import Calls
from chat.agent.types import Finished, JsonMap, ModelRequest, Piece, ToolCall
from chat.errors import AgentError
from chat.events import Token, Usage

LAST = "\n\n(This was the last tool call of this answer. Answer now with what you have.)"

Ask = Callable[[ModelRequest], AsyncGenerator[Piece]]


@dataclass
class Step:
    """What one question to the model brought."""

    texts: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    ends: list[Usage | Finished] = field(default_factory=list)

    def takes(self, piece: Piece) -> bool:
        """Keep what is not for viewers yet; True: it is for them now."""
        if isinstance(piece, ToolCall):
            self.calls.append(piece)
        elif isinstance(piece, Usage | Finished):
            self.ends.append(piece)
        else:
            self.texts += [piece.content] if isinstance(piece, Token) else []
            return True
        return False

    def message(self) -> JsonMap:
        """The text and the calls, as chat completions have them."""
        return {
            "role": "assistant",
            "content": "".join(self.texts),
            "tool_calls": [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments or "{}"},
                }
                for call in self.calls
            ],
        }


async def answered(
    request: ModelRequest, calls: Calls, *, ask: Ask, steps: int
) -> AsyncGenerator[Piece]:
    """The answer as ``ask`` streams it, with what its tool calls tell in between.

    The model is asked at most ``steps`` times, but twice at least when it calls a tool; the last
    time it may call none. Raises `AgentError`.
    """
    taken: list[Step] = []
    messages: list[JsonMap] = []
    while True:
        is_last = bool(taken) and (len(taken) + 1 >= steps or calls.time_is_over)
        step = Step()
        async with aclosing(ask(_question(request, messages, is_last))) as pieces:
            async for piece in pieces:
                if isinstance(piece, Token) and not step.texts and any(one.texts for one in taken):
                    yield Token("\n\n")
                if step.takes(piece):
                    yield piece
        taken.append(step)
        if is_last and step.calls and not "".join(step.texts).strip():
            raise _never_ends(len(taken))
        if is_last or not step.calls:
            break
        messages.append(step.message())
        async with aclosing(calls.make(step.calls)) as told:
            async for one in told:
                if isinstance(one, Mapping):
                    messages.append(one)
                else:
                    yield one
    for piece in _ends(taken):
        yield piece


def _question(request: ModelRequest, messages: Sequence[JsonMap], is_last: bool) -> ModelRequest:
    if not is_last:
        return replace(request, steps=tuple(messages))
    *earlier, result = messages
    final = {**result, "content": f"{result['content']}{LAST}"}
    parameters = {**request.parameters, "tool_choice": "none"}
    return replace(request, steps=(*earlier, final), parameters=parameters)


def _ends(taken: Sequence[Step]) -> list[Piece]:
    """The token counts of all steps together, and how the last one ended."""
    counts = [piece for step in taken for piece in step.ends if isinstance(piece, Usage)]
    prompt = sum(count.prompt_tokens for count in counts)
    completion = sum(count.completion_tokens for count in counts)
    costs = [count.cost for count in counts if count.cost is not None]
    cost = sum(costs) if costs else None
    finished = [piece for piece in taken[-1].ends if isinstance(piece, Finished)]
    return [*([Usage(prompt, completion, cost)] if counts else []), *finished]


def _never_ends(steps: int) -> AgentError:
    return AgentError(
        "too_many_steps",
        f"The model kept calling tools and gave no answer in {steps} steps.",
        "Retry, ask for less at once, or raise PARLEY_AGENT_STEPS or PARLEY_AGENT_SECONDS.",
    )
