"""A dialog that was asked for is drawn once, whatever comes between."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from chat.ui import state
from chat.ui.shell import dialogs


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> state.Tab:
    tab = state.Tab(dialog=("details", "2"))
    monkeypatch.setattr(state, "tab", lambda: tab)
    return tab


def draws(monkeypatch: pytest.MonkeyPatch, draw: Callable[[str], None]) -> None:
    monkeypatch.setitem(dialogs._DIALOGS, "details", draw)


def test_it_is_opened_once(known: state.Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    draws(monkeypatch, seen.append)
    assert dialogs.open_asked()
    assert not dialogs.open_asked()
    assert seen == ["2"]


def test_a_run_that_was_overtaken_leaves_it_to_the_next(
    known: state.Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(_: str) -> None:
        raise RerunException(RerunData())

    draws(monkeypatch, overtaken)
    with pytest.raises(RerunException):
        dialogs.open_asked()
    assert known.dialog == ("details", "2")


def test_one_that_fails_does_not_come_back(
    known: state.Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> None:
        raise ValueError

    draws(monkeypatch, broken)
    with pytest.raises(ValueError):  # noqa: PT011
        dialogs.open_asked()
    assert known.dialog is None
