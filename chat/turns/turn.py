"""One running turn: its log, and what is known of its answer so far."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import NamedTuple

from chat.agent.types import (
    Finished,
    Paused,
    PicturesRefused,
    Piece,
    Reasoning,
    Remembered,
    ToolCall,
    ToolUse,
)
from chat.bill import Bill
from chat.event_log import EventLog
from chat.events import Error, Status, Token, ToolProgress, Usage
from chat.limits.terms import USUAL, Terms
from chat.turns.record import Record
from chat.turns.request import Prepared
from store.budgets import Charge
from store.ending import Begun
from store.endings import Ending, Received
from store.values import Message, SessionKey

REASONING_MAX = 100_000
MEMORY_CHARS = 32_000
FULL = "answer_limit"
"""The finish reason of an answer that was as long as one may be."""

log = logging.getLogger("parley.turns")


class _Kept(NamedTuple):
    """How much of an answer the database has: parts of its text, their characters, calls.

    With how many requests for it, and the hashes of the texts that those name.
    """

    parts: int
    chars: int
    uses: int = 0
    sendings: int = 0
    texts: frozenset[str] = frozenset()


class Turn:
    """Written to by the turns' own thread only; the log may be read from any.

    ``prefix`` is the text there was when it was taken up, ``begins`` that of the answer which it
    continues; the two differ for one that asked somebody in between. ``paused``: it asks now.
    """

    def __init__(self, key: SessionKey, answer: Message, most: int) -> None:
        """``most`` characters it may have."""
        self.key = key
        self.message_id = answer.id
        self.prefix = self.begins = answer.content
        self._left = most - len(answer.content)
        self.log = EventLog()
        self.task: asyncio.Task[None] | None = None
        self.stop_requested = False
        self.changed = False
        self.is_ending = False
        self.started = time.monotonic()
        self.checkpointed = self.started
        self.ended: float | None = None
        self.metadata = answer.metadata
        self.model = ""
        self.charge: Charge | None = None
        self.bill = Bill()
        self.terms: Terms = USUAL
        self._record = Record()
        self._used_before = answer.tools_used
        self._uses: list[ToolUse] = []
        self._memory: Mapping[str, object] | None = None
        self._parts = [answer.content]
        self._kept = _Kept(1, len(answer.content))
        self._reasoning = [answer.metadata.reasoning] if answer.metadata.reasoning else []
        self._reasoned = len(answer.metadata.reasoning)
        self._sent, self._again = self._kept, False
        self._first_token: float | None = None
        self._usage: Usage | None = None
        self.paused: Paused | None = None
        self._before_ms = answer.processing_time_ms or 0  # it was paused
        self._first_token_ms = answer.first_token_ms
        if answer.prompt_tokens is not None:
            counts = answer.prompt_tokens, answer.completion_tokens or 0
            self._usage = Usage(*counts, answer.cost, answer.cached_tokens)

    @property
    def text(self) -> str:
        """All text so far, with what the answer began with."""
        return "".join(self._parts)

    @property
    def is_full(self) -> bool:
        """Whether it is as long as an answer may be."""
        return self._left <= 0

    def begin(self, prepared: Prepared) -> None:
        """Note what it is written from, and tell viewers what they are told first."""
        self.metadata = replace(
            self.metadata,
            context=prepared.sent,
            persona=prepared.persona,
            left_out=prepared.left_out,
        )
        self.model, self.charge = prepared.model, prepared.charge
        self.bill, self.terms = prepared.job.request.bill, prepared.job.request.terms
        self._record = Record(prepared.sources, prepared.job.request.trace)
        if prepared.begins is not None:
            self.begins = prepared.begins
        for event in prepared.events:
            self.log.append(event)

    def take(self, piece: Piece) -> None:
        """Add what came from the model and the tools."""
        match piece:
            case Token(content):
                piece = Token(content := content[: self._left])
                self._left -= len(content)
                self._parts.append(content)
                self.changed = True
                self._first_token = self._first_token or time.monotonic()
            case Reasoning(content):
                if not self._reasoning:
                    self.log.append(Status("Thinking…"))
                if self._reasoned < REASONING_MAX:
                    self._reasoning.append(content)
                    self._reasoned += len(content)
                return
            case Finished(reason, model):
                self.model = model or self.model
                self.metadata = replace(self.metadata, finish_reason=reason)
                return
            case Usage():
                self._usage = piece
            case ToolUse():
                self._uses.append(piece)
                self.changed = True
                return
            case Remembered(memory):
                self._memory = memory
                return
            case PicturesRefused(line):
                self._leave_out(line)
                return
            case Paused(usage=counted):
                self.paused, self._usage = piece, counted or self._usage
                return
            case ToolCall():  # of a model that was given no tools
                return
            case _:
                pass
        self.log.append(piece)
        if isinstance(piece, ToolProgress) and piece.state == "running" and piece.summary:
            self.log.append(Status(piece.summary))

    @property
    def is_new(self) -> bool:
        """Whether there is anything that the database does not have."""
        return self.changed or self._record.sent > self._kept.sendings

    @property
    def is_empty(self) -> bool:
        """Whether nothing came besides what the answer began with."""
        return self._first_token is None and self._first_token_ms is None

    @property
    def tools_used(self) -> list[Mapping[str, object]]:
        """The calls that are over, with those that it began with."""
        return [*self._used_before, *map(asdict, self._uses)]

    def ends_here(self) -> bool:
        """Whether it is as long as an answer may be; then that is why it ended."""
        if self.is_full:
            self.metadata = replace(self.metadata, finish_reason=FULL)
        return self.is_full

    def _leave_out(self, line: str) -> None:
        """Tell people, once, what was not sent."""
        left_out = self.metadata.left_out
        if line not in left_out:
            self.metadata = replace(self.metadata, left_out=f"{left_out} {line}".strip())
            self.log.append(Status(line))

    def received(self) -> Received:
        """What came since `kept`, to be kept; the same again until that is told."""
        kept, self.changed = self._kept, False
        text = "".join(self._parts[kept.parts :])
        begun = self._begun()
        self._sent = _Kept(
            len(self._parts),
            kept.chars + len(text),
            len(self._uses),
            self._record.sent,
            kept.texts | frozenset(begun.provenance.texts if begun else ()),
        )
        used = self.tools_used if self._sent.uses > kept.uses else None
        again, self._again = self._again, True
        return Received(self.key, self.message_id, text, used, kept.chars, again, begun)

    def whole(self) -> Received:
        """All that came, to be kept anew."""
        self.changed, self._again = False, True
        text = self.text
        self._sent = self._kept._replace(
            parts=len(self._parts), chars=len(text), uses=len(self._uses)
        )
        return Received(self.key, self.message_id, text, self.tools_used)

    def kept(self) -> None:
        """What was to be kept last is kept."""
        self._kept, self._again = self._sent, False

    def ending(self, status: str, error: Error | None = None) -> Ending:
        """What is to be stored of it."""
        reasoning = "".join(self._reasoning)[:REASONING_MAX]
        if reasoning:
            self.metadata = replace(self.metadata, reasoning=reasoning)
        usage = self._usage
        return Ending(
            status=status,
            content=self.text,
            error_code=error.code if error else None,
            error_message=error.message if error else None,
            model=self.model,
            processing_time_ms=self._before_ms + _ms(time.monotonic() - self.started),
            first_token_ms=self._first_token_after(),
            prompt_tokens=usage.prompt_tokens if usage else None,
            completion_tokens=usage.completion_tokens if usage else None,
            cached_tokens=usage.cached_tokens if usage else None,
            cost=usage.cost if usage else None,
            tools_used=tuple(self.tools_used),
            metadata=self.metadata,
            context=_kept(self._memory),
            provenance=self._record.made(self._kept.texts),
        )

    def _begun(self) -> Begun | None:
        """What it is written from, where a model was asked since that was kept."""
        if self._record.sent == self._kept.sendings:
            return None
        made = self._record.made(self._kept.texts)
        return None if made is None else Begun(self.model, self.metadata, made)

    def _first_token_after(self) -> int | None:
        if self._first_token is None or self._first_token_ms is not None:
            return self._first_token_ms
        return self._before_ms + _ms(self._first_token - self.started)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _kept(memory: Mapping[str, object] | None) -> dict[str, object] | None:
    """What tools remember, as it is stored; None when there is nothing new, or it cannot be."""
    if memory is None:
        return None
    try:
        fits = len(json.dumps(memory)) <= MEMORY_CHARS
    except (TypeError, ValueError):
        fits = False
    if not fits:
        log.warning("what tools remember is too much or no JSON; not stored")
    return dict(memory) if fits else None
