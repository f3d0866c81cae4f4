"""Streamlit's options that must hold: they do, whatever else says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit import config

from chat.ui.internals import options

VARIABLES = {
    "runner.fastReruns": "STREAMLIT_RUNNER_FAST_RERUNS",
    "runner.postScriptGC": "STREAMLIT_RUNNER_POST_SCRIPT_GC",
    "runner.magicEnabled": "STREAMLIT_RUNNER_MAGIC_ENABLED",
}


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(config, "_on_config_parsed", type(config._on_config_parsed)())
    before = {name: config.get_option(name) for name in VARIABLES}
    yield
    for name, value in before.items():
        config.set_option(name, value)


def held() -> set[str]:
    return {name for name in options.MUST_BE_FALSE if config.get_option(name) is False}


@pytest.mark.parametrize("name", VARIABLES)
def test_each_of_them_is_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config.set_option(name, True)
    options.hold()
    assert held() == set(VARIABLES)
    monkeypatch.setenv(VARIABLES[name], "true")
    config.get_config_options(force_reparse=True)
    assert held() == set(VARIABLES)


def test_streamlits_own_values_are_still_others() -> None:
    """When this fails for one of them, it need not be set any more."""
    assert set(VARIABLES) == set(options.MUST_BE_FALSE)
    assert all(config._config_options_template[name].value for name in VARIABLES)
