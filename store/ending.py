"""How an answer began and ended, as it is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from store.metadata import MessageMetadata
from store.provenance_record import Provenance


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended; ``content`` is all that was received.

    ``context`` is what tools remember from now on in this session; None, as it is. So is
    ``provenance``, what it was written from.
    """

    status: str
    content: str
    error_code: str | None = None
    error_message: str | None = None
    model: str = ""
    tools_used: Sequence[Mapping[str, object]] = ()
    processing_time_ms: int | None = None
    first_token_ms: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost: float | None = None
    metadata: MessageMetadata = MessageMetadata()  # noqa: RUF009 - frozen
    context: Mapping[str, object] | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What is known of an answer as soon as a model was asked: by which one, and from what."""

    model: str
    metadata: MessageMetadata
    provenance: Provenance
