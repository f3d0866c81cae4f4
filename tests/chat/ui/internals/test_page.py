"""What is read from the page of the installed Streamlit, and what is looked for in it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.routing import BaseRoute
from streamlit import config, file_util
from streamlit.web.server.starlette.starlette_app import App

from chat.ui.internals import page
from chat.ui.internals.page import NAMES

STATIC = Path(file_util.get_static_dir())


def test_the_scripts_in_the_page_are_allowed() -> None:
    """The browser would say "sha256-…" of another one, and the page stay blank."""
    text = (STATIC / "index.html").read_text("utf-8")
    inline = text.count("<script") - text.count('<script type="module" crossorigin src=')
    assert len(page.script_hashes()) == inline == 1
    assert page.script_hashes() == ("'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='",)


def test_the_page_has_elements_with_these_test_ids() -> None:
    scripts = [path.read_text("utf-8") for path in (STATIC / "static" / "js").glob("*.js")]
    missing = [name for name in NAMES.values() if not any(f"`{name}`" in one for one in scripts)]
    assert missing == []


def test_all_addresses_that_are_no_pages_are_known(tmp_path: Path) -> None:
    """With another one guests would get a cookie."""
    (tmp_path / "main.py").write_text("")
    config.set_option("server.enableStaticServing", True)
    try:
        app = st.App(tmp_path / "main.py")
        assert isinstance(app, App)
        found = {_first(route) for route in app._build_starlette_app().routes}
    finally:
        config.set_option("server.enableStaticServing", False)
    found |= {entry.name for entry in STATIC.iterdir() if entry.is_dir()}
    assert found - {"", "oauth2callback"} == page.NO_PAGES


def _first(route: BaseRoute) -> str:
    path = getattr(route, "path", "")
    return str(path).strip("/").partition("/")[0].partition("{")[0]
