"""The tool loop: the model is asked, what it calls is run, and it is asked again.

The calls of one step run at the same time. When the steps or the seconds for tools are used up,
the model is asked a last time and may call none.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from chat.agent.calls import NOTHING_DECIDED, Calls, Decided
from chat.agent.types import Finished, JsonMap, ModelRequest, Paused, Piece, ToolCall
from chat.errors import AgentError
from chat.events import Token, Usage

LAST = "\n\n(This was the last tool call of this answer. Answer now with what you have.)"

ModelCall = Callable[[ModelRequest], AsyncGenerator[Piece]]


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


@dataclass(frozen=True, slots=True)
class Resumed:
    """An answer that was paused, and by call what was decided meanwhile."""

    paused: Paused
    decided: Decided

    def taken(self) -> list[Step]:
        """The steps before, as far as they matter."""
        said = (one["content"] for one in self.paused.messages if one.get("role") == "assistant")
        steps = [Step([str(text)] if text else []) for text in said]
        if steps and self.paused.usage:
            steps[0].ends.append(self.paused.usage)
        return steps


async def answered(
    request: ModelRequest,
    calls: Calls,
    *,
    ask: ModelCall,
    steps: int,
    resumed: Resumed | None = None,
) -> AsyncGenerator[Piece]:
    """The answer as ``ask`` streams it, with what its tool calls tell in between.

    The model is asked at most ``steps`` times, but twice at least when it calls a tool; the last
    time it may call none. Where a call asks first, it ends with `Paused`, and goes on from there
    as ``resumed``. Raises `AgentError`.
    """
    taken = resumed.taken() if resumed else []
    messages = list(resumed.paused.messages) if resumed else []
    if resumed:
        left = [one.call for one in resumed.paused.asks]
        async with aclosing(_called(calls, left, messages, taken, resumed.decided)) as pieces:
            async for piece in pieces:
                yield piece
    while not calls.asks:
        is_last = bool(taken) and (len(taken) + 1 >= steps or calls.time_is_over)
        step = Step()
        async with aclosing(ask(_question(request, messages, is_last))) as pieces:
            async for piece in pieces:
                if isinstance(piece, Token) and not step.texts and any(one.texts for one in taken):
                    yield Token("\n\n")
                if step.takes(piece):
                    yield piece
        step.calls = _told_apart(step.calls, messages)
        taken.append(step)
        if is_last and step.calls and not "".join(step.texts).strip():
            raise _never_ends(len(taken))
        if is_last or not step.calls:
            break
        messages.append(step.message())
        async with aclosing(_called(calls, step.calls, messages, taken)) as pieces:
            async for piece in pieces:
                yield piece
    if not calls.asks:
        for piece in _ends(taken):
            yield piece


async def _called(
    calls: Calls,
    these: Sequence[ToolCall],
    messages: list[JsonMap],
    taken: Sequence[Step],
    decided: Decided = NOTHING_DECIDED,
) -> AsyncGenerator[Piece]:
    """What these calls tell; what the model is given for them comes to the messages."""
    async with aclosing(calls.make(these, decided)) as told:
        async for one in told:
            if isinstance(one, Mapping):
                messages.append(one)
            else:
                yield one
    if calls.asks:
        counted = next((piece for piece in _ends(taken) if isinstance(piece, Usage)), None)
        yield Paused(tuple(messages), tuple(calls.asks), calls.seconds_left, counted)


def _told_apart(calls: Sequence[ToolCall], before: Sequence[JsonMap]) -> list[ToolCall]:
    """With ids that no earlier call of the answer has: some servers begin anew in each step.

    Whoever allows a call names it by its id, and means the one that they have seen.
    """
    used = {one.get("tool_call_id") for one in before}
    again = f"-{len(before)}"
    return [replace(one, id=one.id + again * (one.id in used)) for one in calls]


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
    known = [count.cached_tokens for count in counts if count.cached_tokens is not None]
    cached = sum(known) if known else None
    return [*([Usage(prompt, completion, cost, cached)] if counts else []), *finished]


def _never_ends(steps: int) -> AgentError:
    return AgentError(
        "too_many_steps",
        f"The model kept calling tools and gave no answer in {steps} steps.",
        "Retry, ask for less at once, or raise PARLEY_AGENT_STEPS or PARLEY_AGENT_SECONDS.",
    )
