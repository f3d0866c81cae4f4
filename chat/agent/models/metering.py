"""Keeps a question to a model within its terms, and puts what the answer costs on its bill."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from chat.agent.types import Finished, ModelRequest, Piece, Reasoning, ToolCall
from chat.bill import CHARS_PER_TOKEN, Aside, estimated
from chat.errors import AgentError
from chat.events import Token, Usage
from chat.prices import Price, cost_of

SLACK = 4
"""So many times the length that was asked for, in estimated tokens, no server means in earnest."""


def on_terms(request: ModelRequest, default_model: str) -> ModelRequest:
    """The request as it may be sent: a model that is allowed, and no longer answer."""
    terms = request.terms
    model = default_model if terms.offline else terms.pick(request.model, default_model)
    parameters = dict(request.parameters)
    if terms.answer_tokens is not None:
        wanted = parameters.get("max_tokens")
        most = min(wanted, terms.answer_tokens) if isinstance(wanted, int) else terms.answer_tokens
        parameters["max_tokens"] = most
    return replace(request, model=model, parameters=parameters)


class Metering:
    """One call, at this price."""

    def __init__(self, request: ModelRequest, price: Price | None, *, is_free: bool) -> None:
        self._request = request
        self._price = price
        self._is_free = is_free
        self._chars = 0
        self._usage: Usage | None = None
        self._model = request.model
        tokens = request.terms.answer_tokens
        self._most = None if tokens is None else SLACK * CHARS_PER_TOKEN * tokens

    async def metered(self, answer: AsyncGenerator[Piece]) -> AsyncGenerator[Piece]:
        """The same pieces, ended where a server writes on and on; then it is on the bill.

        What a server refuses costs nothing. What it does not count is estimated.
        """
        costs = True
        try:
            async with aclosing(answer) as pieces:
                async for piece in pieces:
                    yield self._seen(piece)
                    if self._most is not None and self._chars > self._most:
                        yield Finished("length", self._request.model)
                        return
        except AgentError:
            costs = bool(self._chars)
            raise
        finally:
            if costs and not self._is_free:
                self._add()
            if costs and self._request.aside:
                self._request.bill.asides.append(self._aside())

    def _seen(self, piece: Piece) -> Piece:
        if isinstance(piece, Token | Reasoning):
            self._chars += len(piece.content)
        elif isinstance(piece, ToolCall):
            self._chars += len(piece.name) + len(piece.arguments)
        elif isinstance(piece, Finished):
            self._model = piece.model or self._model
        elif isinstance(piece, Usage):
            self._usage = piece = replace(piece, cost=cost_of(self._price, piece))
            self._request.trace.counted(piece)
        return piece

    def _add(self) -> None:
        usage = self._usage
        if usage is None or not (usage.prompt_tokens or usage.completion_tokens):
            usage = Usage(estimated(self._asked()), estimated(self._chars))
        self._request.bill.add(
            usage.prompt_tokens, usage.completion_tokens, cost_of(self._price, usage)
        )

    def _aside(self) -> Aside:
        model, usage = self._model, self._usage
        if usage is None:
            return Aside(model, counted=False)
        tokens = usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens or 0
        return Aside(model, True, *tokens, usage.cost)

    def _asked(self) -> int:
        """How many characters the question has."""
        request = self._request
        texts = sum(len(message.content) for message in request.messages)
        pictures = (one for message in request.messages for one in message.pictures)
        texts += sum(one.tokens * CHARS_PER_TOKEN for one in pictures)
        return texts + sum(len(str(one)) for one in (*request.steps, *request.tools))
