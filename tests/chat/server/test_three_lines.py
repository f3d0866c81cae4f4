"""What a start says, in every mode and with every kind of model service."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from chat.agent.models.provider import Provider
from chat.agent.types import Endpoint, ModelStatus
from chat.config import Settings
from chat.runtime import put_together
from chat.server import three_lines
from tests.scripted_model import ScriptedModel
from tests.waiting import until

SECRET = "never-shown-1234"
HERE = Endpoint("configured", "models.example.org", f"http://models.example.org/{SECRET}", SECRET)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "whoever uses this computer, without a login (PARLEY_AUTH lets others in)"),
        ({"auth": "off"}, "everybody, without a login, who asks for localhost, an address in numb"),
        ({"auth": "off", "hosts": "nas"}, "an address in numbers or nas"),
        ({"auth": "password"}, "people with a password, and nobody else (registration closed)"),
        ({"auth": "password", "registration": "invite"}, "and others by invitation (registration"),
        (
            {"auth": "oidc", "registration": "open", "oidc_domains": "example.org,b.example"},
            "people by the login provider, and others too with an address at example.org, b.example"
            " (registration open); under any name (PARLEY_HOSTS)",
        ),
        (
            {"auth": "guest", "hosts": "chat.example.org"},
            "everybody, each browser as a guest of its own; under localhost, an address in numbers "
            "or chat.example.org",
        ),
    ],
)
def test_who_may_come_in(given: dict[str, Any], said: str) -> None:
    assert said in three_lines.who(Settings.model_validate(given))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (ModelStatus(HERE, ("a", "b"), "a"), "a of models.example.org; 2 in its list"),
        (
            ModelStatus(HERE, (), "mine", f"It said: {SECRET}", code="key_refused"),
            "mine of models.example.org; the list of models could not be read (key_refused)",
        ),
        (
            ModelStatus(HERE, (), "", f"It said: {SECRET}", code="key_refused"),
            "none of models.example.org: the list of models could not be read (key_refused); set "
            "PARLEY_MODEL to the name of one",
        ),
        (
            ModelStatus(HERE, ("embed",), ""),
            "none of models.example.org: it has no model to chat with; set PARLEY_MODEL to the name"
            " of one",
        ),
        (
            ModelStatus(HERE, ("a",), "a\n2026 INFO parley \x1b[31mforged" + "x" * 500),
            "a2026 INFO parley [31mforged" + "x" * 72 + " of models.example.org; 1 in its list",
        ),
    ],
)
def test_which_model_answers(status: ModelStatus, said: str) -> None:
    assert three_lines.which(status, Settings()) == said


def test_without_a_service_it_is_said_what_to_set() -> None:
    for find in (True, False):
        settings = Settings(find_local_servers=find)
        said = three_lines.which(Provider(settings).status(), settings)
        assert "no AI; set OPENAI_API_KEY, OPENAI_BASE_URL or both" in said
        assert ("Ollama" in said) == find


def test_where_the_data_is_without_its_password(postgres_url: str) -> None:
    address = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    joined = "&" if "?" in address else "?"
    settings = Settings.model_validate(
        {"database_url": f"{address}{joined}password={SECRET}", "backups": "/srv/backups"}
    )
    parts = put_together(settings)
    parts.start()
    said = three_lines.where(parts)
    parts.close()
    assert said.startswith("postgresql")
    assert said.endswith("; backups into /srv/backups every 24 hours, 7 are kept")
    assert SECRET not in said


def test_the_third_line_waits_for_the_list_and_nothing_waits_for_it(
    sqlite_url: str, model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "parley")
    settings = Settings.model_validate(
        {
            "database_url": sqlite_url,
            "openai_base_url": model.base_url,
            "openai_api_key": SECRET,
            "cookie_key": SECRET * 3,
            "metrics_token": SECRET,
        }
    )
    parts = put_together(settings)
    before = model.lists_sent
    parts.loop.start()
    three_lines.say(parts)
    said = [record.message for record in caplog.records]
    assert [line.split(":")[0] for line in said] == ["Data", "Who may come in"]
    parts.loop.spawn(parts.provider.warm_up())
    until(lambda: "Model: scripted-1 of 127.0.0.1; 2 in its list" in caplog.text)
    assert model.lists_sent == before + 1
    parts.close()
    assert SECRET not in caplog.text
