from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import aclosing

import pytest

from chat.agent.models.provider import Provider
from chat.agent.offline import OFFLINE, OFFLINE_MODEL
from chat.agent.types import Finished, ModelRequest
from chat.config import Settings
from chat.errors import AgentError
from chat.events import Token
from tests.chat.agent.conftest import HELLO, KEY, during
from tests.model_script import Script, numbered
from tests.scripted_model import ScriptedModel


def configured(server: ScriptedModel, **more: object) -> Settings:
    return Settings.model_validate(
        {"openai_base_url": server.base_url, "openai_api_key": KEY, **more}
    )


def test_a_key_alone_means_openai() -> None:
    endpoint = Provider(Settings.model_validate({"openai_api_key": KEY})).status().endpoint
    assert (endpoint.kind, endpoint.label) == ("configured", "OpenAI")
    assert (endpoint.base_url, endpoint.api_key) == ("https://api.openai.com/v1", KEY)


def test_an_address_alone_needs_no_key() -> None:
    settings = Settings.model_validate({"openai_base_url": "http://models.example:9/v1/"})
    endpoint = Provider(settings).status().endpoint
    assert (endpoint.base_url, endpoint.api_key) == ("http://models.example:9/v1", "none")
    assert endpoint.label == "models.example"


def test_a_configured_endpoint_lists_and_answers(model: ScriptedModel) -> None:
    async def do(provider: Provider) -> None:
        assert provider.status().looking
        await provider.refresh()
        status = provider.status()
        assert (status.models, status.default_model) == (("scripted-1",), "scripted-1")
        assert (status.problem, status.looking) == ("", False)
        assert await provider.complete(HELLO) == "This is a scripted answer."
        assert model.requests[-1].body["model"] == "scripted-1"
        named = ModelRequest(HELLO.messages, model="mine")
        await provider.complete(named)
        assert model.requests[-1].body["model"] == "mine"

    during(Provider(configured(model)), do)


def test_a_list_that_cannot_be_read_is_told_and_answers_go_on(model: ScriptedModel) -> None:
    model.models_status = 500

    async def do(provider: Provider) -> None:
        await provider.refresh()
        assert provider.status().problem.startswith("The list of models could not be read.")
        assert KEY not in repr(provider.status())
        assert await provider.complete(HELLO)
        assert model.requests[-1].body["model"] == "preferred"

    during(Provider(configured(model, model="preferred")), do)


def test_without_any_model_known_the_list_is_tried_and_the_way_out_is_named(
    model: ScriptedModel,
) -> None:
    model.models_status = 404

    async def do(provider: Provider) -> None:
        with pytest.raises(AgentError, match="PARLEY_MODEL") as raised:
            await provider.complete(HELLO)
        assert raised.value.code == "model_unknown"
        model.models_status = 200
        assert await provider.complete(HELLO)

    during(Provider(configured(model)), do)


def test_no_endpoint_is_the_offline_model() -> None:
    async def do(provider: Provider) -> None:
        assert provider.status().endpoint == OFFLINE
        assert not provider.status().looking
        await provider.refresh()
        assert provider.status().models == (OFFLINE_MODEL,)
        pieces = [piece async for piece in provider.answer(HELLO)]
        assert pieces[-1] == Finished("stop", OFFLINE_MODEL)
        assert "built-in offline model" in await provider.complete(HELLO)

    settings = Settings(find_local_servers=False, offline_tokens_per_second=100_000, model="gpt-x")
    during(Provider(settings), do)


def test_a_look_is_stale_after_half_a_minute() -> None:
    now = 1000.0

    async def do(provider: Provider) -> None:
        assert provider.stale(now)
        await provider.refresh()
        assert not provider.stale(now + 30)
        assert provider.stale(now + 30.1)

    during(Provider(Settings(find_local_servers=False), clock=lambda: now), do)


def test_callers_share_one_look(model: ScriptedModel) -> None:
    async def do(provider: Provider) -> None:
        before = model.lists_sent
        await asyncio.gather(*(provider.refresh() for _ in range(5)))
        assert model.lists_sent == before + 1

    during(Provider(configured(model)), do)


def test_one_caller_who_leaves_does_not_end_the_look_of_the_others(model: ScriptedModel) -> None:
    async def do(provider: Provider) -> None:
        leaving = asyncio.create_task(provider.refresh())
        staying = asyncio.create_task(provider.refresh())
        await asyncio.sleep(0)
        leaving.cancel()
        await staying
        assert provider.status().models == ("scripted-1",)

    during(Provider(configured(model)), do)


def test_a_slow_list_does_not_hold_up_a_named_model(model: ScriptedModel) -> None:
    model.models_delay = None

    async def do(provider: Provider) -> None:
        looking = asyncio.create_task(provider.refresh())
        assert await asyncio.wait_for(provider.complete(HELLO), 20)
        looking.cancel()

    during(Provider(configured(model, model="named")), do)


@pytest.mark.slow
def test_many_answers_at_once(model: ScriptedModel) -> None:
    model.queue(*[Script(numbered(200, delay=0.0001))] * 30)

    async def do(provider: Provider) -> None:
        texts = await asyncio.gather(*(provider.complete(HELLO) for _ in range(30)))
        assert set(texts) == {"".join(f"w{number} " for number in range(200))}

    during(Provider(configured(model, model="m")), do)


def test_warm_up_reads_the_list_and_leaves_no_trace(model: ScriptedModel) -> None:
    async def do(provider: Provider) -> None:
        await provider.warm_up()
        assert provider.status().models == ("scripted-1",)
        assert model.requests == []
        async with aclosing(provider.answer(HELLO)) as pieces:
            assert isinstance(await anext(pieces), Token)

    during(Provider(configured(model)), do)


@pytest.mark.process
def test_importing_the_provider_does_not_import_openai() -> None:
    code = (
        "import sys, chat.agent.models.provider;"
        "print([name in sys.modules for name in sys.argv[1:]])"
    )
    run = [sys.executable, "-c", code, "openai", "httpx2", "chat.agent.models.provider"]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[False, False, True]"
