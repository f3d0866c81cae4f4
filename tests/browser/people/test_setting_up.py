"""The first visit: whoever has read the server's log becomes the administrator."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from store.users import LOCAL_USER
from tests.browser.house import PASSWORD, House, opened_house
from tests.scripted_model import ScriptedModel


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, model_server: ScriptedModel) -> Iterator[House]:
    """With nobody in it."""
    with opened_house(tmp_path_factory.mktemp("empty"), model_server) as house:
        yield house


def test_setting_up(house: House, context: BrowserContext) -> None:
    house.write(LOCAL_USER, "From before")
    [code] = re.findall(r"Setup code: (\S+)", house.server.log)
    tab = house.visit(context)
    tab.fill("Setup code", code[:-1])
    tab.fill("Username", " Ann ")
    tab.fill("Password", "short")
    tab.press("Set up")
    expect(tab.errors).to_contain_text("The password is too short.")
    tab.fill("Password", PASSWORD)
    tab.press("Set up")
    expect(tab.errors).to_contain_text("The code is wrong, used or expired.")
    tab.fill("Setup code", code)
    tab.press("Set up")
    tab.sees("From before")
    expect(tab.sidebar).to_contain_text("Signed in as ann")
    expect(tab.composer).to_be_editable()
    expect(tab.page.get_by_label("Setup code")).to_have_count(0)
    tab.log_out()
