"""Read only for maintenance, as seen by somebody who types and sends meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import pytest
from playwright.sync_api import Route, expect

from store import read_only
from store.database import Database
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.processes import Server
from tests.waiting import until

SAID = "Read only for maintenance. Back at 9."
Switch = Callable[[str], None]


@pytest.fixture
def switch(database: Database, server: Server) -> Iterator[Switch]:
    """By the operator's command; off again at the end."""

    def switched(state: str) -> None:
        line = ["Back at 9."] if state == "on" else []
        assert read_only.main([state, *line, "--from", database.url]) == 0

    yield switched
    switched("off")
    until(lambda: not is_on(server))


def is_on(server: Server) -> object:
    with urlopen(f"{server.url}/api/health") as answer:
        return json.load(answer)["read_only"]


def line(chat: ChatTab) -> None:
    expect(chat.errors.filter(has_text=SAID)).to_be_visible()


def test_what_is_sent_meanwhile_comes_back_and_goes_afterwards(
    tab: OpenTab, switch: Switch
) -> None:
    chat = tab()
    chat.ask("First")
    chat.composer.fill("A draft")
    switch("on")
    line(chat)
    expect(chat.composer).to_have_value("A draft")
    chat.composer.press("Enter")
    expect(chat.refusal).to_have_text(f"{SAID} Try again later.")
    expect(chat.composer).to_have_value("A draft")
    expect(chat.questions).to_have_count(1)
    switch("off")
    expect(chat.errors.filter(has_text=SAID)).to_have_count(0)
    expect(chat.refusal).to_be_hidden()
    chat.composer.press("Enter")
    expect(chat.questions).to_have_count(2)
    chat.ended()


def test_what_may_have_been_stored_before_is_not_sent_twice(
    tab: OpenTab, server: Server, switch: Switch
) -> None:
    chat, tries = tab(), list[Route]()
    lost = [True]

    def lose_the_reply(route: Route) -> None:
        if not lost:
            return route.continue_()
        tries.append(route)
        if len(tries) == 1:
            route.fetch()
        return route.abort("connectionreset")

    chat.ask("First")
    chat.page.route("**/messages", lose_the_reply)
    chat.send("Stored")
    expect(chat.flying).to_have_count(1)
    switch("on")
    until(lambda: is_on(server))
    lost.clear()
    chat.page.reload()
    expect(chat.flying).to_contain_text([SAID])
    expect(chat.composer).to_have_value("")
    switch("off")
    expect(chat.flying).to_have_count(0)
    expect(chat.questions).to_have_count(2)
    chat.ended()
