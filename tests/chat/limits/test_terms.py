"""Terms and words alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chat.limits.budget import Cap, goes_on
from chat.limits.terms import USUAL, Terms
from chat.limits.words import amount, wait
from store.budgets import HOUR, Used
from tests.chat.clock import NOON


@pytest.mark.parametrize(
    ("models", "wanted", "default", "asked"),
    [
        (None, "dear", "d", "dear"),
        (None, "", "d", "d"),
        ((), "dear", "d", "d"),
        ((), "d", "d", "d"),
        ((), "dear", "", ""),
        (("a", "b"), "b", "d", "b"),
        (("a", "b"), "dear", "d", "a"),
        (("a", "d"), "dear", "d", "d"),
        (("a",), "", "", "a"),
    ],
)
def test_which_model_is_asked(
    models: tuple[str, ...] | None, wanted: str, default: str, asked: str
) -> None:
    assert Terms(models=models).pick(wanted, default) == asked


def test_what_may_be_chosen() -> None:
    names = ["a", "b", "d"]
    assert USUAL.offered(names, "d") == names
    assert Terms(models=()).offered(names, "d") == ["d"]
    assert Terms(models=("a", "x")).offered(names, "d") == ["a"]
    assert Terms(models=("a",)).allows("", "d")


def test_when_it_goes_on() -> None:
    uses = [(NOON + timedelta(minutes=at), Used(tokens=40)) for at in (0, 10, 20)]
    cap, now = Cap("tokens", HOUR, 100), NOON + timedelta(minutes=30)
    assert goes_on(uses, cap, Used(tokens=1), now) == NOON + HOUR
    assert goes_on(uses, cap, Used(tokens=30), now) == NOON + HOUR + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((1, "a minute"), (61, "2 minutes"), (3600, "an hour"), (7260, "3 hours")),
        *((5_400, "90 minutes"), (86_400, "a day"), (80_000, "23 hours")),
    ],
)
def test_how_long_one_waits(seconds: float, words: str) -> None:
    assert wait(seconds) == words


def test_amounts() -> None:
    assert amount(1, "messages") == "1 message"
    assert amount(12_345, "tokens") == "12,345 tokens"
    assert amount(500_000, "cost") == "$0.50"
    assert amount(1_234, "cost") == "$0.001234"
    assert amount(20_000_000, "file_bytes") == "20.0 MB of files"
