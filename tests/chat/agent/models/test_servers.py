from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from chat.agent.models.provider import Provider
from chat.agent.offline import OFFLINE
from chat.agent.types import Endpoint
from chat.config import Settings
from tests.chat.agent.conftest import HELLO, during
from tests.scripted_model import ScriptedModel


@pytest.fixture
def local_servers() -> Iterator[Callable[..., tuple[ScriptedModel, Endpoint]]]:
    """Starts servers that may be found on this computer."""
    with ExitStack() as stack:

        def start(*models: str) -> tuple[ScriptedModel, Endpoint]:
            running = stack.enter_context(ScriptedModel(models=models))
            return running, Endpoint("local", "Found", running.base_url)

        yield start


@pytest.mark.slow
def test_a_local_server_is_found_used_and_let_go(
    local_servers: Callable[..., tuple[ScriptedModel, Endpoint]], free_port: int
) -> None:
    closed = Endpoint("local", "Closed", f"http://127.0.0.1:{free_port}/v1")
    _, empty = local_servers()
    _, only_embeddings = local_servers("nomic-embed-text")
    slow_server, slow = local_servers("slow")
    slow_server.models_delay = None
    odd_server, odd = local_servers("odd")
    odd_server.models = {"hello": "world"}
    wanted_server, wanted = local_servers("bge-m3", "llama3.2")

    async def do(provider: Provider) -> None:
        status = provider.status()
        assert (status.endpoint, status.looking) == (OFFLINE, True)
        assert await provider.complete(HELLO) == "This is a scripted answer."
        status = provider.status()
        assert (status.endpoint, status.looking) == (wanted, False)
        assert (status.models, status.default_model) == (("bge-m3", "llama3.2"), "llama3.2")
        odd_server.models = {"data": [{"id": "now-here"}]}
        await provider.refresh()
        assert provider.status().endpoint == wanted, "the one in use stays"
        wanted_server.models_status = 500
        await provider.refresh()
        assert provider.status().endpoint == odd
        odd_server.models_status = 500
        await provider.refresh()
        assert provider.status().endpoint == OFFLINE

    during(Provider(Settings(), candidates=[closed, empty, only_embeddings, slow, odd, wanted]), do)


def test_looking_can_be_forbidden(
    local_servers: Callable[..., tuple[ScriptedModel, Endpoint]],
) -> None:
    _, found = local_servers("llama")

    async def do(provider: Provider) -> None:
        await provider.refresh()
        assert provider.status().endpoint == OFFLINE

    during(Provider(Settings(find_local_servers=False), candidates=[found]), do)
