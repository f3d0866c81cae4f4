"""Each function that draws, cuts or reads foreign text takes linear time."""

from __future__ import annotations

from functools import partial
from itertools import islice

import pytest

from chat.ui.markdown.blocks import LIMIT
from tests.linear.calls import CALLS, ELSEWHERE, called
from tests.linear.functions import not_reached
from tests.linear.growth import LONG, slow
from tests.linear.texts import LINES, NESTED, REPEATED

ENOUGH = 3
NESTED_TOO = ("chat.ui.markdown.safe: safe", "chat.web.html: plain")
FILE = "chat.profiles.sources.file: read as a table"
IN_WINDOWS = {"chat.ui.markdown.blocks: Blocks.feed": 1, "chat.ui.chat.live_text: text_of": 12}
"""Given what takes several windows, for one costs more than its length says; each n-th text."""


def test_each_function_that_reads_foreign_text_is_called_here() -> None:
    elsewhere = {label for labels in ELSEWHERE.values() for label in labels}
    left = set(not_reached(CALLS))
    assert left <= elsewhere, "call these in tests/linear/calls.py, or say there why not"
    assert left == elsewhere, "these need not be named any more"


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_twice_the_text_takes_no_more_than_twice_the_time(name: str) -> None:
    made, long = REPEATED, LONG
    if name in NESTED_TOO:
        made = {**REPEATED, **NESTED}
    elif name == FILE:
        made = LINES
    elif name in IN_WINDOWS:
        every = IN_WINDOWS[name]
        made, long = dict(islice({**LINES, **NESTED}.items(), 0, None, every)), 3 * LIMIT
    wrong: dict[str, str] = {}
    for about, make in made.items():
        if measured := slow(partial(called, name), make, long):
            wrong[about] = measured
        if len(wrong) == ENOUGH:
            break
    assert not wrong, wrong
