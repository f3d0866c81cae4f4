"""Questions and answers: ask, edit, regenerate, continue, stop, and watch what is written."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from chat.api import sse
from chat.api.bodies import ChatBody, EditBody, MessageBody
from chat.api.caller import Anybody, Caller, Owner
from chat.api.errors import documented
from chat.api.fields import IdempotencyKey, MessageId, SessionId
from chat.api.session_routes import key_of
from chat.api.shapes import Exchange, Json, MessageAnswer, Stopped, shaped
from chat.turns.turn import Turn
from store import messages, sessions
from store.database import Session
from store.session_values import DEFAULT_PERSONA, NewSession

router = APIRouter(prefix="/users/{user_id}/sessions/{session_id}", tags=["turns"])
chat = APIRouter(prefix="/chat", tags=["turns"])
Number = Annotated[
    int | None, Header(ge=0, alias="Last-Event-ID", description="The last event that came.")
]
EITHER: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Exchange,
        "content": sse.DOCUMENTED,
        "description": "The answer: whole, or as a stream with `Accept: text/event-stream`.",
    },
    **documented(404),
}
ONLY_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": sse.DOCUMENTED, "description": "The events of the answer."}
}


@router.post("/messages", responses=EITHER)
async def send_message(
    caller: Owner, session_id: SessionId, body: MessageBody, idempotency_key: IdempotencyKey = None
) -> Response:
    """Ask. While another answer is written, the question waits for its end."""
    asked = await caller.run(
        partial(
            caller.parts.turns.send,
            caller.key(session_id),
            body.content,
            parent_id=body.parent_id,
            model=body.model,
            idempotency_key=idempotency_key,
        )
    )
    return await _answered(sse.Answer(caller, session_id, asked.answer.id))


@router.post("/messages/{message_id}/edit", responses=EITHER)
async def edit_message(
    caller: Owner,
    session_id: SessionId,
    message_id: MessageId,
    body: EditBody,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Ask again in other words: another version of the question, with an answer of its own."""
    asked = await caller.run(
        partial(
            caller.parts.turns.send,
            caller.key(session_id),
            body.content,
            edit_of=message_id,
            idempotency_key=_key("edit", message_id, idempotency_key),
        )
    )
    return await _answered(sse.Answer(caller, session_id, asked.answer.id))


@router.post("/messages/{message_id}/regenerate", responses={**EITHER, **documented(409)})
async def regenerate(
    caller: Owner,
    session_id: SessionId,
    message_id: MessageId,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Another version of an answer; for a question's id, another answer to it."""
    return await _again(caller, session_id, message_id, "regenerate", idempotency_key)


@router.post("/messages/{message_id}/continue", responses={**EITHER, **documented(409)})
async def continue_message(
    caller: Owner,
    session_id: SessionId,
    message_id: MessageId,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Another version of an answer, which begins with the text it has; streams only the rest."""
    return await _again(caller, session_id, message_id, "continue", idempotency_key)


@router.post("/stop", responses={200: {"model": Stopped}, **documented(404, 409)})
async def stop(caller: Owner, session_id: SessionId) -> Response:
    """End the running answer with what it has; 409 when none is being written here."""
    key = caller.key(session_id)
    await caller.read(lambda db: sessions.get(db, key))
    return Json({"stopped": caller.parts.turns.stop(key)})


@router.get(
    "/events",
    responses={
        **ONLY_STREAM,
        204: {"description": "Nothing is being written, or nothing came after that event."},
        **documented(404),
    },
)
async def watch(
    caller: Owner,
    session_id: SessionId,
    last_event_id: Number = None,
    message_id: Annotated[
        int | None, Query(description="Which answer; else the one being written.")
    ] = None,
) -> Response:
    """Watch the running answer from its beginning, or go on after `Last-Event-ID`.

    Answers that ended within the last minute can be resumed too. Event numbers begin anew with
    each answer: where questions follow each other quickly, `message_id` says which is meant.
    """
    key = caller.key(session_id)
    turns = caller.parts.turns
    if message_id is None:
        waiting = await caller.read(lambda db: messages.open_answer(db, key))
        turn = _resumable(turns.kept_in(key), last_event_id)
    else:
        named = await caller.read(lambda db: messages.get(db, key, message_id=message_id))
        waiting = named if named.is_open else None
        turn = turns.find(key, message_id)
    after = last_event_id or 0
    if turn is not None and _goes_on(turn, after):
        return sse.EventStream(sse.Answer(caller, session_id, turn.message_id), after)
    if turn is None and waiting is not None and not after:
        return sse.EventStream(sse.Answer(caller, session_id, waiting.id))
    return Response(status_code=204)


@chat.post(
    "/stream",
    responses={**ONLY_STREAM, **documented(404)},
)
async def chat_stream(
    caller: Anybody, body: ChatBody, idempotency_key: IdempotencyKey = None
) -> Response:
    """Ask in a session, which is made unless it is there; always a stream.

    `done` has the session's id as `thread_id`; the header `Content-Location` has it from the
    start. The persona counts for a session that is made.
    """
    asked = await caller.run(
        partial(
            caller.parts.turns.send,
            key_of(caller, body.thread_id, idempotency_key),
            body.message,
            new=NewSession(persona=body.persona or DEFAULT_PERSONA),
            idempotency_key=idempotency_key,
        )
    )
    return sse.EventStream(sse.Answer(caller, asked.answer.session_id, asked.answer.id))


async def _again(
    caller: Caller, session_id: str, message_id: int, action: str, key: str | None
) -> Response:
    made = await caller.run(
        partial(
            caller.parts.turns.answer_again,
            caller.key(session_id),
            message_id,
            continued=action == "continue",
            idempotency_key=_key(action, message_id, key),
        )
    )
    return await _answered(sse.Answer(caller, session_id, made.id))


async def _answered(answer: sse.Answer) -> Response:
    """The stream, or question and answer once the answer has ended."""
    caller = answer.caller
    if "text/event-stream" in caller.request.headers.get("accept", ""):
        return sse.EventStream(answer)
    async for _ in answer.batches():
        pass
    key = caller.key(answer.session_id)

    def read(db: Session) -> Response:
        ended = messages.get(db, key, message_id=answer.message_id)
        question = messages.get(db, key, message_id=ended.parent_id or 0)
        return Json(
            {"user": shaped(MessageAnswer, question), "assistant": shaped(MessageAnswer, ended)}
        )

    return await caller.read(read)


def _resumable(kept: list[Turn], number: int | None) -> Turn | None:
    """The running turn, or with a number the newest in which anything comes after that."""
    for turn in reversed(kept):
        if not turn.log.closed if number is None else _goes_on(turn, number):
            return turn
    return None


def _goes_on(turn: Turn, number: int) -> bool:
    """Whether anything comes after that event; a number it never had is another turn's."""
    return number < turn.log.count or (number == turn.log.count and not turn.log.closed)


def _key(action: str, message_id: int, key: str | None) -> str | None:
    """A key counts for one action on one message; the store knows one per session."""
    if not key:
        return None
    digest = hashlib.sha256(f"{message_id}\n{key}".encode()).hexdigest()
    return f"{action}-{digest}"
