"""What a turn tells its viewers: one small dataclass per event, one union.

The same objects are in the turn's log, on the page, in server-sent events and in tests;
``type`` is the name used on the wire.
"""

from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints

from chat.profiles.result import AnalysisResult
from store.result_values import ComputedKind


@dataclass(frozen=True, slots=True)
class Status:
    """A line about what is going on now, for example "Searching repair guides…"."""

    content: str
    type: Literal["status"] = "status"


@dataclass(frozen=True, slots=True)
class Token:
    """The next piece of the answer's text, exactly as the model sent it."""

    content: str
    type: Literal["token"] = "token"


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """A tool call's progress; ``summary`` is text for people, ``id`` the call's own.

    What a running one says follows as a `Status` too. One that ``asks`` is not made before
    somebody allows it; ``summary`` is the question.
    """

    name: str
    state: Literal["running", "asks", "done", "error"]
    summary: str
    id: str = ""
    type: Literal["tool"] = "tool"


@dataclass(frozen=True, slots=True)
class ProfileEvent:
    """A stored analysis result; on the wire its JSON."""

    result: AnalysisResult
    type: Literal["profile"] = "profile"


@dataclass(frozen=True, slots=True)
class ResultEvent:
    """A table or chart that a tool made; it is stored with the answer by now.

    Of its ``total`` rows so many are kept as ``count`` says.
    """

    result_id: str
    kind: ComputedKind
    title: str
    message_id: int
    count: int
    total: int
    type: Literal["result"] = "result"


@dataclass(frozen=True, slots=True)
class Title:
    """The session's new title."""

    title: str
    type: Literal["title"] = "title"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens counted by the model's server; ``cost`` in US dollars when it is known.

    ``cached_tokens`` are those of the prompt that the server had read before, as far as it says.
    """

    prompt_tokens: int
    completion_tokens: int
    cost: float | None = None
    cached_tokens: int | None = None
    type: Literal["usage"] = "usage"


@dataclass(frozen=True, slots=True)
class Error:
    """Why the turn failed, in words for the user; always followed by `Done`."""

    code: str
    message: str
    retryable: bool
    type: Literal["error"] = "error"


@dataclass(frozen=True, slots=True)
class Done:
    """The last event; by now everything of the turn is stored.

    The status of an answer that asks somebody is still ``streaming``: it goes on later.
    """

    thread_id: str
    message_id: int
    status: str
    type: Literal["done"] = "done"


Event = Status | Token | ToolProgress | ProfileEvent | ResultEvent | Title | Usage | Error | Done
NAMES = [get_args(get_type_hints(event)["type"])[0] for event in get_args(Event)]
"""Those used on the wire."""
