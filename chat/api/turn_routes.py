"""Questions and answers: ask, edit, regenerate, continue, stop, and watch what is written."""

import hashlib
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from chat.api import sse
from chat.api.bodies import AgainBody, ChatBody, DecisionBody, EditBody, MessageBody
from chat.api.caller import Anybody, AtSession, Here
from chat.api.errors import Responses, documented, gives
from chat.api.fields import IdempotencyKey, LastEventId, MessageId, Prefer
from chat.api.large_bodies import LargeBody
from chat.api.session_routes import key_of
from chat.api.shapes import Exchange, Json, MessageAnswer, Stopped, shaped
from chat.turns.turn import Turn
from store import messages, sessions
from store.database import Session
from store.session_values import DEFAULT_PERSONA, NewSession
from store.values import Message

router = APIRouter(
    prefix="/users/{user_id}/sessions/{session_id}", tags=["turns"], route_class=LargeBody
)
chat = APIRouter(prefix="/chat", tags=["turns"], route_class=LargeBody)
MESSAGE = "/messages/{message_id}"
WHOLE = "The answer: whole, or as a stream with `Accept: text/event-stream`."
ASKS = "The answer waits until what it `asks` is decided."
EITHER: Responses = {
    **sse.streams(WHOLE, 404, shape=Exchange),
    202: {"model": Exchange, "description": ASKS},
}
ASYNC = "respond-async"
ACCEPTED: Responses = {
    202: {"model": Exchange, "description": f"{ASKS} With `Prefer: respond-async`: it is stored."}
}
KEPT: Responses = {
    201: {"model": MessageAnswer, "description": "With `answer: false`: it is kept as it is."},
    **documented(409),
}
ONLY_STREAM = sse.streams("The events of the answer.", 404)


async def _once(
    request: Request, message_id: MessageId, idempotency_key: IdempotencyKey = None
) -> str | None:
    """A key counts for one action on one message; the store knows one per session."""
    if not idempotency_key:
        return None
    digest = hashlib.sha256(f"{message_id}\n{idempotency_key}".encode()).hexdigest()
    return f"{request.url.path.rpartition('/')[2]}-{digest}"


Once = Annotated[str | None, Depends(_once)]


@router.post("/messages", responses={**EITHER, **ACCEPTED, **KEPT})
async def send_message(
    here: Here, body: MessageBody, idempotency_key: IdempotencyKey = None, prefer: Prefer = None
) -> Response:
    """Ask. While another answer is written, the question waits for its end.

    With `answer: false` nothing is asked: 201 with the message as it is kept, 200 when the same
    `Idempotency-Key` had made it before.
    """
    if not body.answer:
        return await _kept(here, body, idempotency_key)
    asked = await here.run(
        here.parts.turns.send,
        here.key,
        body.content,
        parent_id=body.parent_id,
        model=body.model,
        new=body.session,
        idempotency_key=idempotency_key,
        metadata=body.metadata,
        file_ids=body.file_ids or (),
        address=here.address,
    )
    if not _wants_stream(here) and _wants_no_wait(prefer):
        return _pair(asked.question, asked.answer, 202, {"Preference-Applied": ASYNC})
    return await _answered(here, asked.answer.id)


@router.post(MESSAGE + "/edit", responses=EITHER)
async def edit_message(here: Here, message_id: MessageId, body: EditBody, once: Once) -> Response:
    """Ask again in other words: another version of the question, with an answer of its own."""
    asked = await here.run(
        here.parts.turns.send,
        here.key,
        body.content,
        edit_of=message_id,
        file_ids=body.file_ids,
        idempotency_key=once,
        address=here.address,
    )
    return await _answered(here, asked.answer.id)


@router.post(MESSAGE + "/regenerate", responses={**EITHER, **documented(409)})
async def regenerate(
    here: Here, message_id: MessageId, once: Once, body: AgainBody | None = None
) -> Response:
    """Another version of an answer; for a question's id, another answer to it.

    With another model or persona, if they are given, for this version alone.
    """
    return await _again(here, message_id, once, continued=False, who=body)


@router.post(MESSAGE + "/continue", responses={**EITHER, **documented(409)})
async def continue_message(here: Here, message_id: MessageId, once: Once) -> Response:
    """Another version of an answer, which begins with the text it has; streams only the rest."""
    return await _again(here, message_id, once, continued=True)


@router.post(MESSAGE + "/decisions", responses={**EITHER, **documented(409)})
async def decide_call(here: Here, message_id: MessageId, body: DecisionBody) -> Response:
    """Allow a tool's call that an answer asks about, once or in this chat, or refuse it.

    When all of them are decided the answer goes on: what is given is the rest of it.
    """
    decide, decision = here.parts.decisions.decide, body.decision
    await here.run(decide, here.key, message_id, call_id=body.call_id, decision=decision)
    return await _answered(here, message_id)


@router.post("/stop", responses=gives(Stopped, 404, 409))
async def stop(here: Here) -> Response:
    """End the running answer with what it has; 409 when none is being written here."""
    await here.read(lambda db: sessions.get(db, here.key))
    return Json({"stopped": here.parts.turns.stop(here.key)})


@router.get(
    "/events",
    responses={
        **ONLY_STREAM,
        204: {"description": "Nothing is being written, or nothing came after that event."},
    },
)
async def watch(
    here: Here,
    last_event_id: LastEventId = None,
    message_id: Annotated[
        int | None, Query(description="Which answer; else the one being written.")
    ] = None,
) -> Response:
    """Watch the running answer from its beginning, or go on after `Last-Event-ID`.

    Answers that ended within the last minute can be resumed too. Event numbers begin anew with
    each answer: where questions follow each other quickly, `message_id` says which is meant.
    """
    key, runner = here.key, here.parts.runner
    if message_id is None:
        waiting = await here.read(lambda db: messages.open_answer(db, key))
        turn = _resumable(runner.kept(key), last_event_id)
    else:
        named = await here.read(lambda db: messages.get(db, key, message_id=message_id))
        waiting = named if named.is_open else None
        turn = runner.find(key, message_id)
    after = last_event_id or 0
    if turn is not None and _goes_on(turn, after):
        return sse.Answer(here, key, turn.message_id).stream(after)
    if turn is None and waiting is not None and not after:
        return sse.Answer(here, key, waiting.id).stream()
    return Response(status_code=204)


@chat.post("/stream", responses=ONLY_STREAM)
async def chat_stream(
    caller: Anybody, body: ChatBody, idempotency_key: IdempotencyKey = None
) -> Response:
    """Ask in a session, which is made unless it is there; always a stream.

    `done` has the session's id as `thread_id`; the header `Content-Location` has it from the
    start. The persona counts for a session that is made.
    """
    key = key_of(caller, body.thread_id, idempotency_key)
    new = NewSession(persona=body.persona or DEFAULT_PERSONA)
    asked = await caller.run(
        caller.parts.turns.send,
        key,
        body.message,
        new=new,
        idempotency_key=idempotency_key,
        address=caller.address,
    )
    return sse.Answer(caller, key, asked.answer.id).stream()


async def _again(
    here: AtSession,
    message_id: int,
    once: str | None,
    *,
    continued: bool,
    who: AgainBody | None = None,
) -> Response:
    made = await here.run(
        here.parts.turns.answer_again,
        here.key,
        message_id,
        continued=continued,
        model=(who.model if who else None) or "",
        persona=(who.persona if who else None) or "",
        idempotency_key=once,
        address=here.address,
    )
    return await _answered(here, made.id)


async def _answered(here: AtSession, answer_id: int) -> Response:
    """The stream, or question and answer once the answer has ended."""
    answer = sse.Answer(here, here.key, answer_id)
    if _wants_stream(here):
        return answer.stream()
    async for _ in answer.batches():
        pass

    def read(db: Session) -> Response:
        ended = messages.get(db, here.key, message_id=answer_id)
        question = messages.get(db, here.key, message_id=ended.parent_id or 0)
        return _pair(question, ended, 202 if ended.asks else 200)

    return await here.read(read)


async def _kept(here: AtSession, body: MessageBody, idempotency_key: str | None) -> Response:
    """A key of a question is another one than that of a message that is only kept."""
    once = idempotency_key and f"kept-{hashlib.sha256(idempotency_key.encode()).hexdigest()}"
    message, is_new = await here.run(
        here.parts.sessions.add_message,
        here.key,
        body.content,
        role=body.role,
        metadata=body.metadata,
        parent_id=body.parent_id,
        idempotency_key=once,
        new=body.session,
        address=here.address,
    )
    return Json(shaped(MessageAnswer, message), 201 if is_new else 200)


def _pair(
    question: Message, answer: Message, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    pair = {"user": shaped(MessageAnswer, question), "assistant": shaped(MessageAnswer, answer)}
    return Json(pair, status, headers)


def _wants_stream(here: AtSession) -> bool:
    return "text/event-stream" in here.request.headers.get("accept", "")


def _wants_no_wait(prefer: str | None) -> bool:
    """Preferences are separated by commas, and may have parameters of their own."""
    names = (one.partition(";")[0].strip().lower() for one in (prefer or "").split(","))
    return ASYNC in names


def _resumable(kept: list[Turn], number: int | None) -> Turn | None:
    """The running turn, or with a number the newest in which anything comes after that."""
    for turn in reversed(kept):
        if not turn.log.closed if number is None else _goes_on(turn, number):
            return turn
    return None


def _goes_on(turn: Turn, number: int) -> bool:
    """Whether anything comes after that event; a number it never had is another turn's."""
    return number < turn.log.count or (number == turn.log.count and not turn.log.closed)
