from __future__ import annotations

import re

import pytest

from chat.tools.repair_guides import MARKUP, plain
from tests.work import counted


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("Just words.", "Just words."),
        ("  a  b \r\n\n c ", "a b\nc"),
        ("<p>Turn it <b>off</b> &amp; wait</p>", "Turn it off & wait"),
        ("one<br />two<li>three</li>", "one\ntwo\nthree"),
        ('<img src="https://evil/a.png" alt="x">after', "after"),
        ("<script>alert(1)</script><style>p {}</style>after", "after"),
        ("<!-- hidden -->after", "after"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("== Heading ==\n'''bold''' and ''slanted''", "Heading\nbold and slanted"),
        ("[link|https://x.y/z|the tool|new_window=true]", "the tool"),
        ("see [guide|149210|the guide] now", "see the guide now"),
        ("[product|IF145-090|a spudger|new_window=true]", "a spudger"),
        ("[https://x.y/z|the page]", "the page"),
        ("[image|12]before[video|abc|x]after", "beforeafter"),
        ("![a chart](https://evil/?q=secret)", "a chart"),
        ("[read this](https://evil)", "read this"),
        ("&lt;img src=x&gt;", "<img src=x>"),
        ("array[0] stays", "array[0] stays"),
    ],
)
def test_words_stay_and_markup_goes(markup: str, words: str) -> None:
    assert plain(markup) == words


@pytest.mark.parametrize("nothing", [None, 3, ["text"], {"a": 1}, True, ""])
def test_what_is_no_text_is_nothing(nothing: object) -> None:
    assert plain(nothing) == ""


def test_long_texts_are_cut_and_say_so() -> None:
    assert plain("word " * 1000, 100) == ("word " * 20)[:99].rstrip() + "…"
    assert plain("x" * 100, 100) == "x" * 100


@pytest.mark.parametrize(
    "piece", ["![", "[a|", "<a ", "<!--", "<", "= ", " ", "&#", "[//", "<script>", "[link|a|", "'"]
)
def test_more_text_is_no_more_work(piece: str) -> None:
    plain(piece)  # what is compiled only once
    with counted() as much:
        plain(piece * 10_000)
    with counted() as more:
        plain(piece * 50_000)
    assert more.calls == much.calls
    assert plain(piece * 10_000) == plain(piece * 50_000 + "after")


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in MARKUP])
def test_no_pattern_repeats_without_bound(pattern: str) -> None:
    """Outside of these, work is the text's length; inside, at most so often as they say."""
    assert not re.search(r"(?<!\\)[*+]|,\}", pattern)
