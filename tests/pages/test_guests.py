"""A guest's page: what is offered there, and what it says when the demo has nothing left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import streamlit as st

from chat.config import Settings
from chat.limits.payers import GUESTS
from chat.people.identity import GUEST_COOKIE
from chat.runtime import Runtime
from store import budgets
from store.budgets import Used
from store.types import utc_now
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.scripted_model import ScriptedModel

LEFT = 3


@pytest.fixture(scope="module")
def settings(shared_url: str, model_server: ScriptedModel) -> Settings:
    return Settings(
        database_url=shared_url,
        find_local_servers=False,
        openai_base_url=model_server.base_url,
        auth="guest",
        guest_all_messages_per_hour=LEFT,
        guest_address_messages_per_hour=1,
        mcp={"secret-server": {"command": "true"}},
    )


@pytest.fixture
def another(
    parts: Runtime, tab: OpenScriptTab, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], ScriptTab]:
    """A new guest's tab from that address, as a browser with a cookie opens it."""

    def opened(address: str) -> ScriptTab:
        cookies = {GUEST_COOKIE: parts.identities.guest_cookie()}
        monkeypatch.setattr(type(st.context), "cookies", cookies)
        monkeypatch.setattr(type(st.context), "ip_address", address)
        return tab()

    return opened


@pytest.fixture
def guest(another: Callable[[str], ScriptTab]) -> ScriptTab:
    return another("192.0.2.7")


def test_a_new_cookie_of_one_address_gets_no_more(another: Callable[[str], ScriptTab]) -> None:
    another("192.0.2.7").ask("One")
    second = another("192.0.2.7")
    second.send("Two")
    assert "from one address" in str(second.app.part("composer")["fates"])
    another("192.0.2.8").ask("Three")


def test_other_models_are_not_offered(guest: ScriptTab, model: ScriptedModel) -> None:
    guest.open_settings()
    assert guest.options("Model") == ["Default (scripted-1)", "scripted-1"]
    guest.ask("Who are you?")
    assert model.requests[-1].body["model"] == "scripted-1"


def test_other_models_and_mcp_servers_are_not_offered_for_own_personas(guest: ScriptTab) -> None:
    guest.go("settings")
    guest.press("New persona")
    assert guest.options("Model") == ["The default one", "scripted-1"]
    assert not [tool for tool in guest.options("Tools") if "MCP" in tool]


def test_it_says_kindly_when_the_demo_goes_on(guest: ScriptTab, parts: Runtime) -> None:
    assert "goes on" not in guest.text
    with parts.database.transaction() as db:
        budgets.add(db, [GUESTS.key], Used(messages=LEFT), now=utc_now())
    guest.run()
    assert "used up for now. It goes on in " in guest.text
    assert "your chats stay as they are" in guest.text


def test_somebody_new_waits_while_it_is_read_only(
    parts: Runtime, another: Callable[[str], ScriptTab]
) -> None:
    known = another("192.0.2.7")
    parts.read_only.switch(parts.identities.local, on=True, line="Back at 9.")
    new = another("192.0.2.8")
    assert "Read only for maintenance. Back at 9." in new.errors
    assert "nobody new can begin" in new.text
    assert not new.sidebar
    assert "Guest" in known.sidebar
    parts.read_only.switch(parts.identities.local, on=False)
    new.tick()
    assert "Guest" in new.sidebar
    assert "Read only" not in new.text
