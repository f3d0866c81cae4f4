"""Metadata as people write it can be read back, whatever is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import InvalidInput
from chat.ui.sessions.metadata import read, shown

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_shown_is_read_back(metadata: dict[str, object]) -> None:
    assert read(shown(metadata)) == metadata


def test_it_is_shown_in_the_simpler_form() -> None:
    assert shown({}) == ""
    assert shown({"a": "1", "b": "x: y"}) == "a: 1\nb: x: y"
    assert shown({"a": 1}) == '{\n "a": 1\n}'
    assert shown({"a": "two\nlines"}).startswith("{")


@pytest.mark.parametrize(
    "text", ["a", ": b", "a: 1\na: 2", "{", "[1]", "{]", '{"a": 1} x', "[" * 9**5]
)
def test_what_is_not_understood(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(text)
    assert "name: value" in refused.value.fix
