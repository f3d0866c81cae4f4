from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from store.adding import Entry, append
from store.tree import context
from tests.conftest import part_of_examples
from tests.store.samples import chain, exchange, make


@given(
    texts=st.lists(st.sampled_from(["", " ", "a", "🙂🙂", "word " * 5]), min_size=1, max_size=12),
    limit=st.integers(0, 80),
)
@settings(
    max_examples=part_of_examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_context_is_the_newest_that_fits(db: Session, texts: list[str], limit: int) -> None:
    place = make(db)
    parent: int | None = None
    roles = ["user" if number % 2 == 0 else "assistant" for number in range(len(texts))]
    for role, text in zip(roles, texts, strict=True):
        parent = append(db, place, Entry(role=role, content=text), parent_id=parent).id
    fitting = 1
    while fitting < len(texts) and sum(map(len, texts[-fitting - 1 :])) <= limit:
        fitting += 1
    expected = list(zip(roles, texts, strict=True))[-fitting:]
    assert parent
    assert context(db, place, leaf_id=parent, max_chars=limit) == expected


def test_the_context_is_of_one_branch(db: Session) -> None:
    place = make(db)
    exchange(db, place, "one", "A")
    exchange(db, place, "two", "B")
    exchange(db, place, "other", "C", edit_of=3)
    assert context(db, place, leaf_id=6, max_chars=1000) == [
        ("user", "one"),
        ("assistant", "A"),
        ("user", "other"),
        ("assistant", "C"),
    ]


@pytest.mark.parametrize("length", [40, 3000])
def test_a_context_costs_what_fits_not_what_is_there(db: Session, length: int) -> None:
    place = make(db)
    chain(db, place, length)
    found = context(db, place, leaf_id=length, max_chars=60)
    assert len(found) == 60 // len(f"text {length}")
    assert found[-1][1] == f"text {length}"
