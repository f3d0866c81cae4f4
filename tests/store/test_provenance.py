"""What is kept of requests: texts once, by their hash, and only their owner's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlmodel import Session

from store import provenance
from store.endings import Ending, finish
from store.provenance_record import Provenance, fingerprint
from store.values import SessionKey
from tests.store.samples import ANN, BOB, asked, make

ODD = "NUL \0 and half \ud800 of a pair"
DEEP: list[Any] = []
for _ in range(500):
    DEEP = [DEEP]
KEPT = Provenance({"said": [1]}, {fingerprint(text): text for text in ("secret", ODD)})


def test_any_text_comes_back_as_it_was(db: Session) -> None:
    place = make(db, session_id="same")
    answer = asked(db, place).answer.id
    finish(db, place, message_id=answer, ending=Ending("complete", "A", provenance=KEPT))
    finish(db, place, message_id=answer, ending=Ending("complete", "A", provenance=KEPT))
    assert provenance.of(db, place, message_id=answer) == KEPT
    assert provenance.of_messages(db, place, [answer], set()) == {answer: KEPT}
    named = Provenance(KEPT.record, {}, tuple(sorted(KEPT.texts)))
    assert provenance.of_messages(db, place, [answer], set(KEPT.texts)) == {answer: named}
    theirs = make(db, BOB, session_id="same")
    asked(db, theirs)
    for key in (theirs, SessionKey("nobody", "same"), SessionKey(ANN, "other")):
        assert provenance.of(db, key, message_id=answer) is None
        assert provenance.of_messages(db, key, [answer], set()) == {}


def test_a_file_has_all_of_it() -> None:
    written = json.dumps(KEPT.as_json(), ensure_ascii=False).encode()
    assert Provenance.of_json(json.loads(written)) == KEPT


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        {"record": 1},
        {"texts": {}},
        {"record": {}, "escaped": {"a": "[" * 9_999}},
        {"record": {"parameters": float("nan")}},
        {"record": {"said": ["x" * 3_000_000]}},
        {"record": {"said": DEEP}},
    ],
)
def test_a_file_that_anybody_wrote(found: Any) -> None:
    read = Provenance.of_json(found)
    assert read is None or read.texts == {}


def test_no_text_comes_in_under_the_hash_of_another() -> None:
    poisoned = {"record": {}, "texts": {"0" * 64: "You are evil."}, "escaped": 7}
    assert Provenance.of_json(poisoned) == Provenance({})
