"""The places where a model may be, and which of a server's models to ask by default."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

from chat.agent.types import Endpoint
from chat.config import Settings

OPENAI_URL = "https://api.openai.com/v1"
LOCAL_SERVERS = tuple(
    Endpoint("local", f"{name} on this computer", f"http://127.0.0.1:{port}/v1")
    for name, port in (("Ollama", 11434), ("LM Studio", 1234), ("llama.cpp", 8080), ("vLLM", 8000))
)

NOT_FOR_CHAT = re.compile(
    r"(?i)embed|\bbge\b|\be5\b|minilm|whisper|transcri|\btts\b|text-to-speech|dall-e|image"
    r"|\bsora\b|moderation|guard|rerank|stable-diffusion|flux|audio|realtime|davinci-00|babbage"
)


class ModelList(NamedTuple):
    """A server's models in its own order; ``sees``: which take pictures, as far as it says."""

    names: tuple[str, ...] = ()
    sees: Mapping[str, bool] = MappingProxyType({})


def configured(settings: Settings) -> Endpoint | None:
    """What a key, a base URL or both of them name."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    url = settings.openai_base_url
    if not key and not url:
        return None
    address = str(url or OPENAI_URL).rstrip("/")
    host = urlsplit(address).hostname or address
    label = "OpenAI" if host == "api.openai.com" else host
    return Endpoint("configured", label, address, key or "none")


def first_chat_model(names: Sequence[str]) -> str:
    """The first that is not for embeddings, speech, images or moderation; empty without one."""
    return next((name for name in names if not NOT_FOR_CHAT.search(name)), "")
