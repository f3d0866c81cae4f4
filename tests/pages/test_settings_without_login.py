"""The settings page where nobody logs in."""

from __future__ import annotations

from tests.pages.conftest import OpenScriptTab


def test_what_there_is(tab: OpenScriptTab) -> None:
    page = tab()
    assert "Local user" in page.sidebar
    assert not page.has("logout")
    assert page.links() == ["Manage sessions", "Bookmarks", "Usage", "Settings"]
    page.go("settings")
    page.fill("Display name", "Zoe")
    page.press("Save")
    assert "Zoe" in page.sidebar
    page.fill("Display name", "Local user")
    page.press("Save")
    assert "Local user" in page.sidebar
    assert page.has("api-tokens")
    for absent in ("Change password", "Log out everywhere", "Delete my account"):
        assert absent not in page.buttons()
