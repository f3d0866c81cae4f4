"""Streamlit's options that must hold: Parley does not start without them, and says why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit import config

from chat.errors import ConfigurationError
from chat.ui.internals import options

VARIABLES = {
    "runner.fastReruns": "STREAMLIT_RUNNER_FAST_RERUNS",
    "runner.postScriptGC": "STREAMLIT_RUNNER_POST_SCRIPT_GC",
    "runner.magicEnabled": "STREAMLIT_RUNNER_MAGIC_ENABLED",
}


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = {name: config.get_option(name) for name in VARIABLES}
    yield
    for name, value in before.items():
        config.set_option(name, value)


def test_the_file_that_comes_with_parley_has_them() -> None:
    options.check()


@pytest.mark.parametrize("name", VARIABLES)
def test_each_of_them_has_to_be_set(name: str) -> None:
    config.set_option(name, True)
    section, option = name.split(".")
    with pytest.raises(ConfigurationError) as refused:
        options.check()
    assert f"{name} must be false. Write {option} = false under [{section}]" in str(refused.value)
    assert str(refused.value).endswith(f"or set {VARIABLES[name]}=false.")


def test_streamlits_own_values_are_still_others() -> None:
    """When this fails for one of them, it need not be set any more."""
    assert set(VARIABLES) == set(options.MUST_BE_FALSE)
    assert all(config._config_options_template[name].value for name in VARIABLES)
