from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from store.errors import NotFound, Refused, SessionNotFound, StoreError
from store.texts import TITLE_MAX, check_title, cut, is_id, repaired, storable

STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize("text", ["a", "A-z_09", "x" * 64, "-", "0"])
def test_ids_that_clients_may_use(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x" * 65,
        "a b",
        "a/b",
        "../a",
        "a\n",
        "\na",
        "é",
        "٣",
        "a.b",
        "a\0",
        "'; --",
        "%",
        "\ud800",
    ],
)
def test_ids_that_are_refused(text: str) -> None:
    assert not is_id(text)


@given(st.text(max_size=70))
def test_ids_are_ascii_only(text: str) -> None:
    assert is_id(text) == bool(re.fullmatch(r"[A-Za-z0-9_\-]{1,64}", text, re.ASCII))


@given(STORABLE)
def test_what_is_text_is_stored_and_shown_as_it_is(text: str) -> None:
    assert storable(text) is text
    assert repaired(text) == text


@pytest.mark.parametrize("bad", ["\0", "\ud800", "a\udc00b"])
def test_what_is_no_text_is_refused_and_can_be_repaired(bad: str) -> None:
    with pytest.raises(Refused, match="Remove them"):
        storable(bad)
    assert storable(repaired(bad)) == re.sub("[\0\ud800-\udfff]", "\ufffd", bad)


@given(st.text())
def test_a_repaired_text_has_the_same_length_and_can_be_encoded(text: str) -> None:
    assert len(repaired(text)) == len(text)
    repaired(text).encode()


@pytest.mark.parametrize("title", ["", " ", "\t\n", "\u2003\u00a0"])
def test_an_empty_title_is_refused(title: str) -> None:
    with pytest.raises(Refused, match="empty"):
        check_title(title)


def test_a_title_may_have_200_characters_and_no_more() -> None:
    assert check_title("x" * 200) == "x" * 200
    assert check_title("  " + "🙂" * 200 + "\n") == "🙂" * 200
    with pytest.raises(Refused, match="201 characters"):
        check_title("x" * 201)


@given(STORABLE.map(lambda text: text[:400]))
def test_a_title_that_passes_is_one_line_and_stays_as_it_is(title: str) -> None:
    try:
        passed = check_title(title)
    except Refused:
        assert not title.split() or len(" ".join(title.split())) > TITLE_MAX
    else:
        assert passed == " ".join(title.split())
        assert check_title(passed) == passed


@given(STORABLE, st.integers(1, 80))
@example("word " * 40, 50)
@example("x" * 51, 50)
@example("a, b", 3)
@example(" " * 3000 + "late", 50)
def test_a_cut_is_one_line_within_the_limit(text: str, limit: int) -> None:
    line = cut(text, limit)
    assert len(line) <= limit
    assert line == " ".join(line.split())
    assert bool(line) == bool(text.split())
    assert cut(line, limit) == line


@given(st.lists(st.from_regex(r"[a-zé🙂]{1,12}", fullmatch=True), min_size=1, max_size=60))
def test_a_cut_keeps_whole_words_and_as_many_as_fit(words: list[str]) -> None:
    line = cut("  \n".join(words), 50)
    if len(" ".join(words)) <= 50:
        assert line == " ".join(words)
        return
    assert line.endswith("…")
    kept = line.removesuffix("…").split()
    assert kept == words[: len(kept)]
    assert len(" ".join(words[: len(kept) + 1])) > 49


def test_a_word_longer_than_the_limit_is_cut_inside() -> None:
    assert cut("x" * 60, 50) == "x" * 49 + "…"


def test_signs_before_the_cut_are_left_out() -> None:
    assert cut("one two, three", 10) == "one two…"


@given(st.text(max_size=30))
def test_a_cut_of_a_long_text_says_that_there_is_more(tail: str) -> None:
    assume(tail.split())
    assert cut("a" + " " * 5000 + tail, 50) in {"a…", " ".join(["a", *tail.split()])}


def test_errors_say_what_happened_and_what_to_do() -> None:
    error = SessionNotFound()
    assert isinstance(error, NotFound)
    assert isinstance(error, StoreError)
    assert (error.code, error.status) == ("session_not_found", 404)
    assert str(error) == f"{error.message} {error.fix}"
    assert str(StoreError("Only this.")) == "Only this."
