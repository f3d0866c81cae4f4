"""Each regular expression of the application costs linear time, with the methods that run it."""

from __future__ import annotations

import pytest

from tests.linear import pumped
from tests.linear.growth import slow
from tests.linear.patterns import Use, found
from tests.linear.texts import REPEATED

KNOWN = {
    # Run in a loop over what holds them.
    "chat.agent.offline.data: _AMOUNT": ("search",),
    "chat.agent.offline.reply: _EXAMPLE_WORDS": ("search",),
    "chat.files.languages: _FIRST": ("match",),
    "chat.tools.repair_guides: _RULES": ("sub",),
    "chat.ui.markdown.splitting: _SENTENCE": ("finditer",),
    # Of a kind of profile; `test_functions` calls them with all of them.
    "chat.profiles.choice: choose": (),
    "chat.profiles.choice: _guessed": (),
    # Of what is looked for in somebody's words; `test_functions` looks for some of it.
    "chat.turns.permits: _pattern": (),
    # Of folders and files in the settings; `test_functions` calls it.
    "chat.diagnostics.shown: line_shown": (),
    # Streamlit's own, for paths of pages.
    "chat.server.startup: __init__": (),
}
USES, UNKNOWN = found(KNOWN)
ENOUGH = 3


def test_of_each_expression_is_known_how_it_is_run() -> None:
    assert not UNKNOWN, "say in KNOWN with which methods these are run, or why they need not be"
    assert len(USES) > 100


@pytest.mark.slow
@pytest.mark.parametrize("use", USES, ids=str)
def test_twice_the_text_takes_no_more_than_twice_the_time(use: Use) -> None:
    wrong: dict[str, str] = {}
    for name, make in {**REPEATED, **pumped.texts(use.pattern)}.items():
        if measured := slow(use.run, make):
            wrong[name] = measured
        if len(wrong) == ENOUGH:
            break
    assert not wrong, wrong
