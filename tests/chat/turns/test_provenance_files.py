"""What was sent of files that are gone, are others by now, or were never anybody's."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from chat.turns import provenance, sources
from chat.turns.origin import Origin, SentPart
from store import tables
from tests.chat.conftest import Room
from tests.chat.turns.kept_files import KeptFiles, picture
from tests.chat.turns.origins import compare, origin_of, record_of
from tests.store.samples import add_file, add_user


@pytest.fixture
def kept(room: Room, tmp_path: Path) -> KeptFiles:
    return KeptFiles(tmp_path / "kept", room.parts)


def of_files(found: Origin) -> list[SentPart]:
    return [part for one in found.messages for part in one.parts if part.file_id is not None]


def states(found: Origin) -> list[str]:
    return [part.state for part in of_files(found)]


def rewrite(room: Room, message_id: int, **changes: Any) -> None:
    """As somebody could write it into a file and import that."""
    record = copy.deepcopy(record_of(room, message_id))
    for entry in record["said"]:
        for part in entry["parts"]:
            if "file" in part:
                part |= changes
    table = tables.provenance
    with room.database.transaction() as db:
        db.execute(update(table).where(table.c.message_id == message_id).values(record=record))


def test_removed_files_are_gone_and_the_rest_is_there(kept: KeptFiles, room: Room) -> None:
    notes, red = kept.add("notes.txt", "secret"), kept.add("red.png", picture())
    asked = kept.ask("What?", notes, red)
    assert states(origin_of(room, asked.id, attached=kept)) == ["same", "same"]
    kept.remove(notes)
    kept.remove(red)
    found = origin_of(room, asked.id, attached=kept)
    assert states(found) == ["gone", "gone"]
    assert found.body(0) is None
    assert [one.name for one in found.files] == ["notes.txt", "red.png"]
    assert "secret" not in str(found.as_json())


def test_what_is_another_by_now_is_not_shown_for_it(kept: KeptFiles, room: Room) -> None:
    asked = kept.ask("What?", kept.add("notes.txt", "one"), kept.add("red.png", picture()))
    for made, content in (("text.txt", b"two"), ("picture.png", picture("blue"))):
        next(kept.path.glob(f"*/{made}")).write_bytes(content)
    found = origin_of(room, asked.id, attached=kept)
    assert states(found) == ["changed", "changed"]
    assert all(part.text is None for part in of_files(found))
    for made in list(kept.path.glob("*/*")):
        made.unlink()
    assert states(origin_of(room, asked.id, attached=kept)) == ["gone", "gone"]


def test_files_of_nobody_or_anybody_else_are_gone(kept: KeptFiles, room: Room) -> None:
    asked = kept.ask("What?", kept.add("notes.txt", "one"))
    ann = add_user(room.database, "ann")
    with room.database.transaction() as db:
        theirs = add_file(db, ann.id)
    for name in (theirs.file_id, "f" * 32, "../../etc/passwd", ""):
        rewrite(room, asked.id, file=name)
        assert states(origin_of(room, asked.id, attached=kept)) == ["gone"]


@pytest.mark.parametrize("took", [-1, 2**40, "x", None])
def test_a_damaged_place_is_no_failure(kept: KeptFiles, room: Room, took: object) -> None:
    asked = kept.ask("What?", kept.add("notes.txt", "one"))
    rewrite(room, asked.id, took=took)
    assert origin_of(room, asked.id, attached=kept) == Origin(asked.id)


def test_only_so_much_is_read_again(
    kept: KeptFiles, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    these = [kept.add(f"{n}.txt", str(n) * 900) for n in range(3)]
    asked = kept.ask("What?", *these)
    monkeypatch.setattr(provenance, "READ_CHARS", 2_000)
    assert states(origin_of(room, asked.id, attached=kept)) == ["same", "same", "not_kept"]


def test_messages_with_files_are_named_one_by_one_in_a_long_chat(
    kept: KeptFiles, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "NAMED", 2)
    for n in range(5):
        asked = kept.ask(f"q{n}", *([kept.add("n.txt", "one")] if n == 2 else []))
    found = origin_of(room, asked.id, attached=kept)
    compare(found, room.model.requests[-1:])
    kinds = [one["parts"][0]["kind"] for one in record_of(room, asked.id)["said"]]
    assert kinds == ["persona", "several", "message", "several", "message", "message"]


def test_records_of_before_have_no_files(kept: KeptFiles, room: Room) -> None:
    asked = kept.ask("What?")
    assert "files" not in record_of(room, asked.id)
    compare(origin_of(room, asked.id), room.model.requests)
