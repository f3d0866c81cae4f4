"""What models were really sent for an answer, and what came of it; noted where it is sent."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from chat.errors import AgentError
from chat.events import Usage


@dataclass(eq=False)
class Sending:
    """One request: ``body`` as it went out, and ``again`` why it did where it did so before.

    ``model`` is the one that answered. Times are milliseconds since it was sent.
    """

    body: Mapping[str, object]
    again: str = ""
    model: str = ""
    finish_reason: str = ""
    error_code: str = ""
    usage: Usage | None = None
    first_token_ms: int | None = None
    duration_ms: int | None = None
    began: float = field(default_factory=time.monotonic)

    def came(self) -> None:
        """A piece of the answer is there."""
        if self.first_token_ms is None:
            self.first_token_ms = self._since()

    def over(self, *, error_code: str = "") -> None:
        """Nothing more comes of it."""
        self.error_code = self.error_code or error_code
        if self.duration_ms is None:
            self.duration_ms = self._since()

    def _since(self) -> int:
        return round((time.monotonic() - self.began) * 1000)


@dataclass(eq=False)
class Trace:
    """All requests for one answer so far, also those that were refused or broke off.

    Keys and headers are no part of a body, so none of them is here.
    """

    sendings: list[Sending] = field(default_factory=list)

    def begin(self, body: Mapping[str, object], again: str = "") -> Sending:
        """One more goes out, for this reason if it did before."""
        self.sendings.append(Sending(body, again))
        return self.sendings[-1]

    def counted(self, usage: Usage) -> None:
        """What the one that is answered now took."""
        if self.sendings:
            self.sendings[-1].usage = usage

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Around one call: how its last request ended, however it did."""
        before = len(self.sendings)
        error_code = ""
        try:
            yield
        except AgentError as error:
            error_code = error.code
            raise
        finally:
            if len(self.sendings) > before:
                self.sendings[-1].over(error_code=error_code)
