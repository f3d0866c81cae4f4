"""What the API answers with of where an answer comes from."""

from typing import Literal

from pydantic import BaseModel, Field

from chat.api.fields import JsonObject
from chat.turns.file_words import Fate


class PartAnswer(BaseModel):
    """A part of a message that was sent: where it comes from, whether that is the same still."""

    kind: str = Field(examples=["persona"])
    chars: int
    state: Literal["same", "changed", "gone", "not_kept"]
    message_id: int | None = Field(description="The message whose beginning it is.")
    file_id: str | None = Field(description="The file that it was read of, or is a picture of.")
    hash: str = Field(
        description="SHA-256 of what was sent, or its first digits; also of what is gone."
    )


class SentMessageAnswer(BaseModel):
    """A message as it was sent; a picture's address is the SHA-256 of its bytes."""

    role: str
    parts: list[PartAnswer]
    message: JsonObject | None


class SentToolAnswer(BaseModel):
    """A tool that was offered."""

    name: str
    chars: int
    tool: JsonObject | None


class ToldProfileAnswer(BaseModel):
    """An analysis result that the system prompt told of, in so many characters."""

    source: str
    handle: str
    chars: int


class FileSentAnswer(BaseModel):
    """What became of a file of a message: `tokens` of its `whole` text were sent, or why none."""

    file_id: str
    name: str
    message_id: int
    kind: str
    fate: Fate
    tokens: int
    whole: int


class SentRequestAnswer(BaseModel):
    """A request; ``again`` is why it was sent once more, ``came`` what is known of its answer."""

    model: str
    messages: list[int]
    tools: list[int]
    parameters: JsonObject
    again: str
    came: JsonObject = Field(examples=[{"finish_reason": "stop", "prompt_tokens": 7}])


class ProvenanceAnswer(BaseModel):
    """Where an answer comes from; without requests where nothing is kept of it."""

    message_id: int
    messages: list[SentMessageAnswer]
    tools: list[SentToolAnswer]
    profiles: list[ToldProfileAnswer]
    requests: list[SentRequestAnswer]
    files: list[FileSentAnswer]
    retries: int
