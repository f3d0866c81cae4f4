"""One answer from an OpenAI-compatible server, piece by piece as it arrives.

Imported lazily: ``openai`` takes half a second.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import httpx2
import openai

from chat.agent.models import pictures
from chat.agent.models.chunks import DONE, ChunkReader, PayloadSplitter
from chat.agent.models.failures import bad_response, broken, is_stale_connection, translate
from chat.agent.trace import Sending
from chat.agent.types import Finished, JsonMap, ModelRequest, PicturesRefused, Piece, Reasoning
from chat.events import Token

DRAIN_SECONDS = 0.1
STALE = "connection"
"""Why a question goes out again whose connection had been closed."""
FAILURES = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    ValueError,  # a key that does not fit into a header
)


async def answer(
    client: openai.AsyncOpenAI, request: ModelRequest, *, default_model: str, sees: bool = True
) -> AsyncGenerator[Piece]:
    """Yield `Token` and `Reasoning` as they come, then each `ToolCall`, `Usage`, `Finished`.

    Before them `PicturesRefused`, where it is answered without the request's pictures; they are
    left out at once of a model that ``sees`` none.

    Raises `AgentError` when the model could not be asked or broke off. Cancelling the task,
    or closing this generator, closes the connection at once, which makes servers stop.
    """
    model = request.model or default_model
    reader = ChunkReader(client.api_key)
    with request.trace.noted():
        try:
            opening = _opened(client, request, model, sees)
            async with (
                opening as (response, sending, refused),
                aclosing(response.aiter_bytes()) as body,
                aclosing(_answered(body, reader, sending, model)) as pieces,
            ):
                if refused:
                    yield refused
                async for piece in pieces:
                    yield piece
        except FAILURES as error:
            # "from None": the chain below may quote the key, and chains end up in logs.
            raise translate(error, key=client.api_key, model=model) from None


async def _answered(
    body: AsyncIterator[bytes], reader: ChunkReader, sending: Sending, model: str
) -> AsyncGenerator[Piece]:
    async with aclosing(_pieces(body, reader)) as pieces:
        async for piece in pieces:
            sending.came()
            yield piece
    sending.finish_reason, sending.model = reader.reason, reader.model or model
    sending.over()
    for call in reader.calls:
        yield call
    if reader.usage:
        yield reader.usage
    yield Finished(reader.reason, reader.model or model)
    await _drain(body)


async def _pieces(
    body: AsyncIterator[bytes], reader: ChunkReader
) -> AsyncGenerator[Token | Reasoning]:
    """Reads until the model has ended; leaves what is behind ``[DONE]`` unread."""
    splitter = PayloadSplitter()
    try:
        async for portion in body:
            for payload in splitter.feed(portion):
                if payload.startswith(DONE):
                    reader.reason = reader.reason or "stop"
                    return
                for piece in reader.read(payload):
                    yield piece
    except httpx2.TransportError:
        if not reader.reason:
            raise
        return
    if splitter.web_page:
        raise bad_response("a web page instead of an answer")
    for payload in splitter.finish():
        if payload.startswith(DONE):
            reader.reason = reader.reason or "stop"
            return
        for piece in reader.read(payload):
            yield piece
    if not reader.reason and not splitter.plain:
        raise broken()
    reader.reason = reader.reason or "stop"


@asynccontextmanager
async def _opened(
    client: openai.AsyncOpenAI, request: ModelRequest, model: str, sees: bool
) -> AsyncIterator[tuple[httpx2.Response, Sending, PicturesRefused | None]]:
    """The answer's response, as soon as its headers are there, and what was sent for it.

    Asks again without ``stream_options`` or pictures, or with ``max_tokens`` under its newer name,
    where a server refuses it, and once more where a kept connection turned out to have been closed
    by the server in the meantime.
    """
    has_pictures = any(message.pictures for message in request.messages)
    refused = pictures.NONE_TAKEN if has_pictures and not sees else None
    # In the extra body: as an argument, each message is walked through by openai's own types,
    # which takes a second for a long chat and would hold up every other answer for as long.
    extra: dict[str, object] = {
        "messages": _messages(request, sees),
        "stream_options": {"include_usage": True},
        **({"tools": list(request.tools)} if request.tools else {}),
        **request.parameters,
    }
    again, asked_again = "", False
    while True:
        sending = request.trace.begin({"model": model, "stream": True, **extra}, again)
        opening = client.chat.completions.with_streaming_response.create(
            model=model,
            messages=[],
            stream=True,
            extra_body=extra,
            extra_headers={"Accept": "text/event-stream", "Accept-Encoding": "identity"},
        )
        try:
            opened = await opening.__aenter__()
            break
        except openai.APIStatusError as error:
            again = _without_what_is_refused(extra, error)
            if not again and has_pictures and not refused:
                refused = pictures.refusal(error.status_code, str(error))
                again = pictures.AGAIN if refused else ""
                extra["messages"] = _messages(request, sees=False)
            if not again:
                raise
            sending.over(error_code="request_refused")
        except openai.APIConnectionError as error:
            if asked_again or not is_stale_connection(error):
                raise
            again, asked_again = STALE, True
            sending.over(error_code="stream_broken")
    try:
        yield opened.http_response, sending, refused
    finally:
        await opening.__aexit__(None, None, None)


def _messages(request: ModelRequest, sees: bool) -> list[JsonMap]:
    return [*(pictures.as_sent(one, pictures=sees) for one in request.messages), *request.steps]


def _without_what_is_refused(extra: dict[str, object], error: openai.APIStatusError) -> str:
    """What is asked otherwise now; empty where there is nothing."""
    if not isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError):
        return ""
    said = str(error)
    if "stream_options" in extra and "stream_options" in said:
        del extra["stream_options"]
        return "stream_options"
    if "max_tokens" in extra and "max_completion_tokens" in said:
        extra["max_completion_tokens"] = extra.pop("max_tokens")
        return "max_tokens"
    return ""


async def _drain(body: AsyncIterator[bytes]) -> None:
    """Read the few bytes behind ``[DONE]``, or the connection could not be used again."""
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in body:
                pass
