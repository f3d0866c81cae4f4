"""The tool calls of an answer: arguments checked, times limited, results cut and handed out."""

import asyncio
import json
import logging
import math
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from pydantic import ValidationError

from chat.agent.toolkit import Tool, ToolContext, ToolResult, misfits
from chat.agent.types import Asking, Outcome, Piece, Remembered, ToolCall, ToolUse
from chat.errors import ParleyError
from chat.events import ToolProgress

RESULT_CHARS = 16_000
KEPT_CHARS = 4_000
SUMMARY_CHARS = 120
LEVELS = 50
"""So deep may arguments be nested: they are copied and stored, level within level."""

REFUSED = "The user refused this call. Do not try it in another way; go on without it."

log = logging.getLogger("parley.tools")

ToolMessage = Mapping[str, object]
"""What the model is given for a call, result or failure, as chat completions have it."""


Decided = Mapping[str, bool]
"""By call: whether somebody who was asked allowed it."""
NOTHING_DECIDED: Decided = {}


@dataclass(eq=False)
class Calls:
    """Makes the calls of one answer.

    ``seconds`` (of ``clock``) is the answer's time for tools, which begins with the first call;
    ``chars`` how much the model is given of all results together, if that is limited. ``asks`` are
    the calls of the last step that were not made, for nobody has allowed them.
    """

    tools: Mapping[str, Tool]
    context: ToolContext
    seconds: float
    clock: Callable[[], float] = time.monotonic
    chars: int | None = None
    asks: Sequence[Asking] = ()
    _deadline: float | None = None
    _told: asyncio.Queue[Piece | None] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self._tell = self._told.put_nowait
        self._memory = dict(self.context.memory)
        memory = MappingProxyType(self._memory)
        self.context = replace(self.context, emit=self._tell, memory=memory)

    @property
    def time_is_over(self) -> bool:
        """Whether no more calls should be asked for."""
        return self._deadline is not None and self.clock() >= self._deadline

    @property
    def seconds_left(self) -> float:
        """Of the time for tools."""
        return self.seconds if self._deadline is None else max(self._deadline - self.clock(), 0.0)

    async def make(
        self, calls: Sequence[ToolCall], decided: Decided = NOTHING_DECIDED
    ) -> AsyncGenerator[Piece | ToolMessage]:
        """Make them at the same time: what they tell as it comes, then what the model is given.

        Those that need something nobody has allowed are not made, they are in ``asks`` then;
        ``decided`` says of each that was asked about whether it may. Cancelled, it ends those
        that run and gives their `ToolUse`s before it raises.
        """
        if self._deadline is None:
            self._deadline = self.clock() + self.seconds
        making = asyncio.create_task(self._all(calls, decided), name="parley-tools")
        making.add_done_callback(lambda _: self._tell(None))
        try:
            while (piece := await self._told.get()) is not None:
                yield piece
            made = making.result()
            self.asks = [one for one in made if isinstance(one, Asking)]
            for message in made:
                if not isinstance(message, Asking):
                    yield message
        except asyncio.CancelledError:
            await _ended(making)
            while not self._told.empty():
                piece = self._told.get_nowait()
                if isinstance(piece, ToolUse | Remembered):
                    yield piece
            raise
        finally:
            await _ended(making)

    async def _all(self, calls: Sequence[ToolCall], decided: Decided) -> list[ToolMessage | Asking]:
        known_first = sorted(calls, key=lambda call: call.name not in self.tools)
        async with asyncio.TaskGroup() as group:
            made = [group.create_task(self._one(call, decided)) for call in known_first]
        return [task.result() for task in made]

    async def _one(self, call: ToolCall, decided: Decided) -> ToolMessage | Asking:
        began, arguments = self.clock(), _object(call.arguments)
        tool = self.tools.get(call.name)
        if tool is None:  # not there, or not allowed here
            why = f"There is no tool named {call.name!r} here."
            why += " Use one of those you were given, or none."
            return self._end(call, arguments, why, "unknown", began)
        if call.id not in decided and not isinstance(arguments, str):
            needs = tool.needs(self.context.settings, arguments)
            if missing := tuple(await self.context.missing(needs) if needs else ()):
                return Asking(call, arguments, missing)
        elif not decided.get(call.id, True):
            return self._end(call, arguments, ToolResult(REFUSED, "Refused."), "refused", began)
        line = tool.status(arguments if isinstance(arguments, Mapping) else {})
        self._tell(ToolProgress(tool.name, "running", line, call.id))
        try:
            found, outcome = await self._result(tool, arguments)
        except asyncio.CancelledError:
            self._end(call, arguments, "Stopped.", "stopped", began)
            raise
        return self._end(call, arguments, found, outcome, began)

    async def _result(
        self, tool: Tool, arguments: Mapping[str, object] | str
    ) -> tuple[object, Outcome]:
        if isinstance(arguments, str):
            return "The arguments are not a JSON object. Send one that fits the schema.", "error"
        assert self._deadline is not None
        seconds = min(tool.seconds, self._deadline - self.clock())
        if seconds <= 0:
            return "The time for tools in this answer is over.", "timeout"
        try:
            async with asyncio.timeout(seconds):
                return await tool.call(self.context, arguments), "done"
        except TimeoutError:
            return f"The tool did not answer within {seconds:.0f} seconds.", "timeout"
        except ValidationError as error:
            return f"The arguments do not fit: {misfits(error)}.", "error"
        except ParleyError as error:
            return ToolResult(str(error), _summary(str(error), error.message)), "error"
        except Exception:
            log.exception("tool failed: %s", tool.name)
            return "The tool failed inside Parley; the server's log says more.", "error"

    def _end(
        self,
        call: ToolCall,
        arguments: Mapping[str, object] | str,
        found: object,
        outcome: Outcome,
        began: float,
    ) -> ToolMessage:
        done = outcome == "done"
        result = found if isinstance(found, ToolResult) else ToolResult(found)
        text = _text(result.content)
        summary = (result.summary or (_summary(text) if done else text))[:SUMMARY_CHARS]
        duration = round((self.clock() - began) * 1000)
        log.info("tool name=%s outcome=%s ms=%s chars=%s", call.name, outcome, duration, len(text))
        if result.remember:
            self._memory.update(result.remember)
            self._tell(Remembered(dict(self._memory)))
        kept = _cut(text, KEPT_CHARS)
        self._tell(ToolUse(call.name, arguments, kept, summary, duration, outcome))
        self._tell(ToolProgress(call.name, "done" if done else "error", summary, call.id))
        given = f"{'' if done else 'Error: '}{_cut(text, self._room(len(text)))}"
        return {"role": "tool", "tool_call_id": call.id, "content": given}

    def _room(self, length: int) -> int:
        """How much of a result of that length the model is given."""
        if self.chars is None:
            return RESULT_CHARS
        room = min(RESULT_CHARS, self.chars)
        self.chars -= min(room, length)
        return room


async def _ended(task: asyncio.Task[list[ToolMessage | Asking]]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _object(raw: str) -> Mapping[str, object] | str:
    """The arguments; the text as it came when it is no JSON object that can be stored."""
    try:
        found = json.loads(raw.strip() or "{}", parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        return raw[:KEPT_CHARS]
    return found if isinstance(found, dict) and _is_flat(found) else raw[:KEPT_CHARS]


def _finite(written: str) -> float:
    """Raises `ValueError` for a number that JSON does not have."""
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(written)
    return number


def _is_flat(value: object) -> bool:
    """Whether it is nested no deeper than `LEVELS`."""
    level = [value]
    for _ in range(LEVELS):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return True
    return False


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _text(content: object) -> str:
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


def _cut(text: str, limit: int) -> str:
    rest = len(text) - limit
    left_out = f"\n[Cut here: {rest:,} of {len(text):,} characters left out.]"
    return f"{text[:limit]}{left_out}" if rest > 0 else text


def _summary(text: str, instead: str = "") -> str:
    """For people: a short text as it is, of others what is said instead, or how long they are."""
    short = " ".join(text.split())
    return short if len(short) <= SUMMARY_CHARS else instead or f"{len(text):,} characters"
