"""The rules of retention: what can be one, who changes them at once, and what damage does."""

from __future__ import annotations

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session

from store import kept
from store.database import Database
from store.errors import Conflict, Refused, RuleNotFound, RulesUnreadable
from store.retention_rules import NAME, RULES_MAX, add, in_force, read, remove, remove_all, switch

GOOD = {"id": "a1", "days": 9, "folder": "", "on": True}


def test_a_rule_is_off_until_it_is_switched_on(db: Session) -> None:
    assert read(db) == ()
    first, second = add(db, days=90), add(db, days=30, folder="  Old \t things ")
    assert (first.days, first.folder, first.on) == (90, "", False)
    assert second.folder == "Old things"
    assert (read(db), in_force(db), in_force(db, off=True)) == ((first, second), (), read(db))
    on = switch(db, rule_id=second.id, on=True)
    assert (on.on, in_force(db), read(db)) == (True, (on,), (first, on))
    assert remove(db, rule_id=first.id) == first
    assert read(db) == (on,)
    switch(db, rule_id=second.id, on=False)
    assert in_force(db) == ()
    for change in (lambda: remove(db, rule_id=first.id), lambda: switch(db, rule_id="", on=True)):
        with pytest.raises(RuleNotFound):
            change()


@pytest.mark.parametrize(
    ("days", "folder", "field"),
    [
        *((days, "", "days") for days in (0, -1, 3651, 10**30)),
        (9, "x" * 65, "folder"),
        *((9, folder, None) for folder in ("\ud800", "a\0b")),
    ],
)
def test_what_is_no_rule_is_refused(db: Session, days: int, folder: str, field: str | None) -> None:
    with pytest.raises(Refused) as refused:
        add(db, days=days, folder=folder)
    assert refused.value.field == field
    assert read(db) == ()


def test_the_longest_there_can_be_are_kept(db: Session) -> None:
    for days, folder in ((1, ""), (3650, "ß" * 64)):
        assert add(db, days=days, folder=folder) in read(db)


def test_none_is_there_twice_and_none_is_one_too_many(db: Session) -> None:
    add(db, days=1, folder="Work")
    with pytest.raises(Conflict):
        add(db, days=1, folder="WORK ")
    for days in range(2, RULES_MAX + 1):
        add(db, days=days, folder="Work")
    with pytest.raises(Refused, match="20 rules"):
        add(db, days=99)
    assert len(read(db)) == RULES_MAX


@pytest.mark.parametrize(
    "value",
    [
        "{",
        "null",
        "{}",
        "[1]",
        "[" * 100_000,
        '["\\ud800"]',
        json.dumps([GOOD, {**GOOD, "days": 0}]),
        json.dumps([{**GOOD, "days": 3651}]),
        json.dumps([{**GOOD, "days": "9"}]),
        json.dumps([{**GOOD, "days": 9.0}]),
        json.dumps([{**GOOD, "days": True}]),
        json.dumps([{**GOOD, "on": "no"}]),
        json.dumps([{**GOOD, "on": 1}]),
        json.dumps([{**GOOD, "id": "a b"}]),
        json.dumps([{**GOOD, "id": ""}]),
        json.dumps([{**GOOD, "folder": "x" * 65}]),
        json.dumps([{**GOOD, "folder": None}]),
        json.dumps([GOOD, GOOD]),
        json.dumps([{**GOOD, "id": str(number)} for number in range(RULES_MAX + 1)]),
    ],
)
def test_damaged_rules_let_nothing_go_until_all_of_them_are_removed(
    db: Session, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept.put(db, name=NAME, value=value)
    with caplog.at_level(logging.WARNING, "parley.store"):
        assert in_force(db, off=True) == ()
    assert caplog.messages == [
        "no rule of retention applies: The rules cannot be read, so none applies."
    ]
    for change in (lambda: read(db), lambda: add(db, days=1), lambda: remove(db, rule_id="a1")):
        with pytest.raises(RulesUnreadable):
            change()
    assert kept.get(db, name=NAME) == value, "whoever can mend it finds it as it was"
    remove_all(db)
    assert add(db, days=1) in read(db)


def test_of_two_who_add_at_once_none_loses_a_rule(database: Database) -> None:
    begun = threading.Barrier(2)

    def several(first: int) -> None:
        begun.wait()
        for days in range(first, first + 5):
            with database.transaction() as db:
                add(db, days=days)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(several, (1, 101)))
    with database.reading() as db:
        assert {one.days for one in read(db)} == {*range(1, 6), *range(101, 106)}
