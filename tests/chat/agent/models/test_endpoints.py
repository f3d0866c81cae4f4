from __future__ import annotations

import pytest

from chat.agent.models.endpoints import first_chat_model


@pytest.mark.parametrize(
    "name",
    [
        "text-embedding-3-small",
        "nomic-embed-text",
        "bge-m3",
        "whisper-1",
        "tts-1",
        "dall-e-3",
        "gpt-image-1",
        "omni-moderation-latest",
        "llama-guard-3",
        "rerank-v3",
        "gpt-4o-transcribe",
    ],
)
def test_what_cannot_chat_is_passed_over(name: str) -> None:
    assert first_chat_model([name, "chat-1"]) == "chat-1"
    assert first_chat_model([name]) == ""


@pytest.mark.parametrize("name", ["gpt-4o", "llama3.2:latest", "qwen2.5-coder", "claude-x", "o3"])
def test_what_chats_is_taken(name: str) -> None:
    assert first_chat_model([name]) == name
