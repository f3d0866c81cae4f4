from __future__ import annotations

import pytest

from store.errors import Refused
from store.folding import placed, terms
from store.search_query import parse


@pytest.mark.parametrize(
    "query", ["", "  ", "\n", "%", '"', '""', "-", "*", "OR", "---", "\0", '"' * 301]
)
def test_without_a_word_it_says_so(query: str) -> None:
    with pytest.raises(Refused, match="no word"):
        parse(query)


@pytest.mark.parametrize("query", ["-battery", '-"a phrase" -b*', "-a OR -b"])
def test_only_what_is_not_to_be_there(query: str) -> None:
    with pytest.raises(Refused, match="only what is not") as refused:
        parse(query)
    assert "without -" in refused.value.fix


TEXTS = [
    "A snake_case, don't",
    "Überraschung im Café",
    "電池が切れたbatt",
    "ﬁne ½ １２３",
    "배터리",
]


@pytest.mark.parametrize("text", TEXTS)
def test_places_are_those_of_the_terms(text: str) -> None:
    found = list(placed(text))
    assert [word for word, _, _ in found] == terms(text)
    assert all(0 <= start < stop <= len(text) for _, start, stop in found)
