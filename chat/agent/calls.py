"""One tool call: its arguments checked, its time limited, its result cut and written down."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from chat.agent.toolkit import Result, Tool, ToolContext
from chat.agent.types import Outcome, ToolUse
from chat.errors import ParleyError
from chat.events import Tool as ToolEvent

RESULT_CHARS = 16_000
KEPT_CHARS = 4_000
SUMMARY_CHARS = 120

log = logging.getLogger("parley.tools")


@dataclass
class Calls:
    """Makes the calls of one answer; ``uses`` gets each of them when it is over.

    ``deadline`` (of ``clock``) is when the answer's time for tools is over.
    """

    context: ToolContext
    uses: list[ToolUse]
    deadline: float
    clock: Callable[[], float] = time.monotonic

    async def make(self, tool: Tool, id_: str, raw: str) -> str:
        """What the model is given: the result, or what went wrong. Only cancelling raises."""
        began = self.clock()
        arguments = _object(raw)
        line = tool.status(arguments if isinstance(arguments, dict) else {})
        self.context.emit(ToolEvent(tool.name, "running", line, id_))
        try:
            found, outcome = await self._result(tool, arguments)
        except asyncio.CancelledError:
            self._end(tool.name, id_, arguments, "Stopped.", "stopped", began)
            raise
        return self._end(tool.name, id_, arguments, found, outcome, began)

    def unknown(self, name: str, id_: str, raw: str) -> str:
        """The answer to a call of a tool that is not there, or not allowed here."""
        text = f"There is no tool named {name!r} here. Use one of those you were given, or none."
        return self._end(name, id_, _object(raw), text, "unknown", self.clock())

    async def _result(self, tool: Tool, arguments: dict[str, Any] | str) -> tuple[Any, Outcome]:
        if isinstance(arguments, str):
            return "The arguments are not a JSON object. Send one that fits the schema.", "error"
        seconds = min(tool.seconds, self.deadline - self.clock())
        if seconds <= 0:
            return "The time for tools in this answer is over.", "timeout"
        try:
            async with asyncio.timeout(seconds):
                return await tool.call(self.context, arguments), "done"
        except TimeoutError:
            return f"The tool did not answer within {seconds:.0f} seconds.", "timeout"
        except ValidationError as error:
            return f"The arguments do not fit: {_misfits(error)}.", "error"
        except ParleyError as error:
            return str(error), "error"
        except Exception:
            log.exception("tool failed: %s", tool.name)
            return "The tool failed inside Parley; the server's log says more.", "error"

    def _end(
        self,
        name: str,
        id_: str,
        arguments: Mapping[str, Any] | str,
        found: Any,
        outcome: Outcome,
        began: float,
    ) -> str:
        done = outcome == "done"
        text = _text(found.content if isinstance(found, Result) else found)
        said = found.summary if isinstance(found, Result) else _summary(text)
        summary = said[:SUMMARY_CHARS] if done else text[:SUMMARY_CHARS]
        duration = round((self.clock() - began) * 1000)
        log.info("tool name=%s outcome=%s ms=%s chars=%s", name, outcome, duration, len(text))
        kept = _cut(text, KEPT_CHARS)
        self.uses.append(ToolUse(name, arguments, kept, summary, duration, outcome))
        self.context.emit(ToolEvent(name, "done" if done else "error", summary, id_))
        return _cut(text, RESULT_CHARS) if done else f"Error: {_cut(text, RESULT_CHARS)}"


def _object(raw: str) -> dict[str, Any] | str:
    """The arguments; the text as it came when it is no JSON object."""
    try:
        found = json.loads(raw.strip() or "{}")
    except ValueError:
        return raw[:KEPT_CHARS]
    return found if isinstance(found, dict) else raw[:KEPT_CHARS]


def _text(result: Any) -> str:
    return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return (
        f"{text[:limit]}\n[Cut here: {len(text) - limit:,} of {len(text):,} characters left out.]"
    )


def _summary(text: str) -> str:
    """For people: a short text as it is, of others how long they are."""
    short = " ".join(text.split())
    return short if len(short) <= SUMMARY_CHARS else f"{len(text):,} characters"


def _misfits(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    parts = [f"{'.'.join(map(str, one['loc'])) or 'all'}: {one['msg']}" for one in found[:5]]
    return "; ".join(parts)
