"""Server-sent events: how an answer's events look on the wire, and the stream of them."""

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import get_args

from pydantic import BaseModel
from starlette.responses import StreamingResponse

from chat.api.caller import Caller
from chat.api.errors import Responses, documented
from chat.api.fields import JsonObject
from chat.event_log import Batch
from chat.events import NAMES, Event, ProfileEvent, Usage
from chat.news import Change, Kind
from chat.server.closing import closing
from chat.turns.viewer import follow
from store.texts import repaired
from store.values import SessionKey

Numbered = Sequence[tuple[int | None, Event | Change]]
COMMENT_SECONDS = 15.0
CHECK_SECONDS = 1.5
EXAMPLE = """\
id: 1
event: token
data: {"type":"token","content":"To"}

id: 2
event: result
data: {"type":"result","result_id":"9c1e","kind":"table","title":"Price by city","message_id":2,\
"count":5,"total":5}

id: 3
event: done
data: {"type":"done","thread_id":"3f2a","message_id":2,"status":"complete"}

"""
NEWS_EXAMPLE = """\
id: 1795330981301
event: turn
data: {"type":"turn","session_id":"3f2a"}

"""


def streams(about: str, *errors: int, shape: type[BaseModel] | None = None) -> Responses:
    """A stream of an answer, or an answer of this shape, and the errors with these statuses."""
    content = _stream("One event of the stream, and so on until `done`.", NAMES, EXAMPLE)
    said = {"model": shape, "content": content, "description": about}
    return {200: said, **documented(*errors)}


def news() -> Responses:
    """The stream of news."""
    content = _stream("One event, and so on.", get_args(Kind), NEWS_EXAMPLE)
    said = {"content": content, "description": "What changes of the caller's things."}
    return {200: said, **documented()}


def _stream(about: str, names: Sequence[str], example: str) -> JsonObject:
    event: JsonObject = {
        "type": "object",
        "description": about,
        "properties": {
            "id": {"type": "string", "pattern": "^[0-9]+$"},
            "event": {"enum": list(names)},
            "data": {"type": "string", "contentMediaType": "application/json"},
        },
        "required": ["event", "data"],
    }
    return {"text/event-stream": {"schema": event, "example": example}}


@dataclass(frozen=True, slots=True)
class Answer:
    """Which answer of whom."""

    caller: Caller
    key: SessionKey
    message_id: int

    async def batches(self, after: int = 0) -> AsyncIterator[Batch]:
        """See `chat.turns.viewer.follow`; what others write ends with this process."""
        find = partial(self.caller.parts.runner.find, self.key, self.message_id)
        async for batch in follow(self.key, self.message_id, after, find, self.caller.read):
            yield batch
            if closing.requested and find() is None:
                return

    def stream(self, after: int = 0) -> StreamingResponse:
        """Its stream; the headers say where to resume exactly this one."""
        caller = self.caller
        owner = "me" if caller.user_id == caller.identity.user_id else caller.user_id
        prefix = caller.request.scope.get("root_path", "")
        path = f"{prefix}/users/{owner}/sessions/{self.key.session_id}/events"
        place = {"Content-Location": f"{path}?message_id={self.message_id}"}
        return stream(caller, self.batches(after), place)


def stream(
    caller: Caller, batches: AsyncIterator[Numbered], headers: Mapping[str, str] | None = None
) -> StreamingResponse:
    """The stream of anything that has numbered events."""
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no", **(headers or {})}
    pieces = _pieces(caller, batches)
    return StreamingResponse(pieces, headers=headers, media_type="text/event-stream")


async def _pieces(caller: Caller, batches: AsyncIterator[Numbered]) -> AsyncIterator[bytes]:
    """Ends early for somebody who may not see it any more."""
    written, checked = 0.0, time.monotonic()
    with caller.parts.metrics.viewing("sse"):
        async for batch in batches:
            now = time.monotonic()
            if now - checked >= CHECK_SECONDS:
                if not await caller.is_still_there():
                    return
                checked = now
            if batch:
                yield "".join(_event(number, event) for number, event in batch).encode()
                written = now
            elif now - written >= COMMENT_SECONDS:
                yield b": waiting\n\n"
                written = now


def _event(number: int | None, event: Event | Change) -> str:
    data = json.dumps(_data(event), ensure_ascii=False, separators=(",", ":"))
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {event.type}\ndata: {data}\n\n"


def _data(event: Event | Change) -> dict[str, object]:
    if isinstance(event, ProfileEvent):
        return {"type": event.type, **event.result.as_json()}
    fields = asdict(event)
    if isinstance(event, Usage):
        fields = {name: value for name, value in fields.items() if value is not None}
    # As it is stored: models send halves of surrogate pairs, which UTF-8 cannot say.
    fields = {k: repaired(v) if isinstance(v, str) else v for k, v in fields.items()}
    return {"type": event.type, **fields}
