"""The form asks nobody but whom it was given; tests/pages/test_wall.py has the rest."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from chat.ui.internals.login_form import LoginForm

    LoginForm(lambda *typed: st.session_state.update(typed=typed)).login()


def test_what_was_typed_is_handed_over_as_it_is() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    assert [box.label for box in app.text_input] == ["Username", "Password"]
    app.text_input[0].set_value(" Ann ")
    app.text_input[1].set_value(" pass word ")
    app.button[0].click().run()
    assert not app.exception
    assert app.session_state["typed"] == (" Ann ", " pass word ")


def test_it_draws_its_form_and_nothing_hidden() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    kinds = {element.type for element in app.main}
    assert kinds <= {"subheader", "heading", "text_input", "button", "form", "main", "vertical"}
    assert len(app.main.children) == 1
