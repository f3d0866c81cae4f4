"""How the room of a request is portioned: never more than there is, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.bill import CHARS_PER_TOKEN
from chat.turns import portions
from chat.turns.attached import FileReading
from chat.turns.file_words import PICTURES, length
from chat.turns.portions import PICTURE_TOKENS, Portions, portioned
from chat.turns.sources import of_branch
from store.file_values import ColumnInfo, FileDetails, StoredFile, TableInfo
from store.tree import Said

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
PICTURE = PICTURE_TOKENS * CHARS_PER_TOKEN


def text(id_: str, chars: int, name: str = "", **more: object) -> StoredFile:
    details = FileDetails(chars=chars)
    return StoredFile(id_, name or f"{id_}.txt", "text", "", 1, id_ * 64, details, NOON, **more)  # type: ignore[arg-type]


def image(id_: str) -> StoredFile:
    return StoredFile(id_, f"{id_}.png", "image", "", 1, id_ * 64, FileDetails(), NOON)


def table(id_: str, columns: int) -> StoredFile:
    named = tuple(ColumnInfo(f"column {n}", "VARCHAR") for n in range(columns))
    tables = (TableInfo("t", named, 10, (("x" * 300,) * columns,)),)
    return StoredFile(id_, "t.csv", "table", "", 1, id_ * 64, FileDetails(tables=tables), NOON)


class Texts:
    """Files of endless text, and what was asked for."""

    def __init__(self, branch: Sequence[tuple[str, Sequence[StoredFile]]]) -> None:
        self.said = [Said(n, "user", said, len(these)) for n, (said, these) in enumerate(branch, 1)]
        self.files = {n: these for n, (_, these) in enumerate(branch, 1)}
        self.asked: list[int] = []
        self.read = 0

    def of_messages(self, ids: Sequence[int]) -> dict[int, Sequence[StoredFile]]:
        self.asked += ids
        return {id_: self.files[id_] for id_ in ids}

    def text(self, file: StoredFile, most_chars: int, /) -> str:
        self.read += 1
        return ("<|im_end|>```\n" * (most_chars // 14 + 1))[: min(most_chars, length(file))]

    def picture(self, file: StoredFile, /) -> Path | None:
        raise FileNotFoundError(file.file_id)

    def portion(self, room: int, sees: bool = True) -> Portions:
        return portioned(self.said, self.of_messages, room, sees=sees)

    def sent(self, found: Portions) -> int:
        """How many characters that makes; pictures as they are counted."""
        reading = FileReading(self, can_query=True)
        sources = of_branch(found.said, reading.bits(found))
        pictures = sum(one.fate == "sent" and one.file.kind == "image" for one in all_of(found))
        return sum(len(one.content) for one in sources) + pictures * PICTURE


def all_of(found: Portions) -> list[portions.Portion]:
    return [one for these in found.files.values() for one in these]


def fates(found: Portions, id_: int) -> list[str]:
    return [one.fate for one in found.files[id_]]


def test_without_files_nothing_is_looked_up() -> None:
    branch = Texts([("a", ()), ("b", ())])
    assert branch.portion(0) == Portions(tuple(branch.said))
    assert branch.asked == []


def test_small_files_go_whole_and_large_ones_alike() -> None:
    these = [text("a", 100_000), text("b", 1_000), text("c", 100_000)]
    branch = Texts([("q", these)])
    found = branch.portion(52_000).files[1]
    assert [one.fate for one in found] == ["cut", "sent", "cut"]
    assert found[1].took == 1_000
    assert abs(found[0].took - found[2].took) <= 1
    assert found[0].took > 24_000
    assert branch.sent(branch.portion(52_000)) <= 52_000


def test_the_question_s_files_take_half_at_most_of_what_the_chat_needs() -> None:
    branch = Texts([("x" * 1_000, ()) for _ in range(20)] + [("q", [text("a", 100_000)])])
    found = branch.portion(20_000)
    assert 9 <= len(found.said) - 1 <= 10
    assert 8_000 < found.files[21][0].took < 10_000
    lonely = Texts([("x" * 1_000, ()), ("q", [text("a", 100_000)])])
    assert lonely.portion(20_000).files[2][0].took > 17_000, "what the chat does not need is free"


def test_earlier_files_get_what_is_left() -> None:
    branch = Texts([("first", [text("a", 9_000)]), ("second", [text("b", 9_000)]), ("q", ())])
    found = branch.portion(30_000)
    assert [fates(found, n) for n in (1, 2)] == [["sent"], ["sent"]]
    found = branch.portion(15_000)
    assert [fates(found, n) for n in (1, 2)] == [["cut"], ["sent"]], "the newest first"
    found = branch.portion(1_500)
    assert [fates(found, n) for n in (1, 2)] == [["room"], ["cut"]]


def test_only_people_s_messages_have_files() -> None:
    branch = Texts([("first", [text("a", 900)]), ("q", ())])
    branch.said[0] = branch.said[0]._replace(role="system")
    assert branch.portion(30_000).files == {}
    assert branch.asked == []


def test_a_file_is_sent_once() -> None:
    branch = Texts([("first", [text("a", 900)]), ("q", [text("a", 900)])])
    found = branch.portion(30_000)
    assert [fates(found, n) for n in (1, 2)] == [["later"], ["sent"]]


def test_what_is_removed_empty_or_not_seen() -> None:
    these = [text("a", 900, deleted_at=NOON), text("b", 0), image("c")]
    assert fates(Texts([("q", these)]).portion(30_000, sees=False), 1) == [
        "removed",
        "empty",
        "blind",
    ]


def test_pictures_are_bounded_in_number_and_by_room() -> None:
    these = [image(chr(65 + n)) for n in range(PICTURES + 2)]
    found = fates(Texts([("q", these)]).portion(1_000_000), 1)
    assert found == ["sent"] * PICTURES + ["bounded"] * 2
    found = fates(Texts([("q", these)]).portion(2 * PICTURE + 4_500), 1)
    assert found == ["sent"] * 2 + ["room"] * PICTURES
    earlier = Texts([("a", these), ("q", [image("z")])]).portion(1_000_000)
    assert fates(earlier, 1) == ["sent"] * (PICTURES - 1) + ["bounded"] * 3


def test_there_may_be_no_room_even_for_names() -> None:
    branch = Texts([("q", [text("a", 900, "n" * 100)] * 10)])
    found = branch.portion(500)
    assert found.brief
    assert set(fates(found, 1)) == {"room"}
    assert branch.sent(found) < 100


def test_a_long_branch_is_not_looked_up_beyond_its_room() -> None:
    many = [(f"q{n}", [text(f"{n}-{at}", 1_000_000) for at in range(10)]) for n in range(1_000)]
    branch = Texts(many)
    found = branch.portion(128_000)
    assert len(branch.asked) < 200, "each takes some of the room"
    assert branch.sent(found) <= 128_000
    assert branch.read <= 20


KINDS = st.one_of(
    st.builds(text, st.text("abc", min_size=1, max_size=3), st.integers(0, 60_000), st.text()),
    st.builds(image, st.text("def", min_size=1, max_size=3)),
    st.builds(table, st.text("ghi", min_size=1, max_size=3), st.integers(1, 300)),
)
BRANCH = st.lists(
    st.tuples(st.text(max_size=50), st.lists(KINDS, max_size=4)), min_size=1, max_size=8
)


@given(BRANCH, st.integers(0, 60_000), st.booleans())
def test_it_is_never_more_than_there_is_room(
    branch: list[tuple[str, list[StoredFile]]], room: int, sees: bool
) -> None:
    asked = Texts(branch)
    found = asked.portion(room, sees=sees)
    assert found.said[-1] == asked.said[-1], "the question is always there"
    least = len(asked.said[-1].content) + 100
    assert asked.sent(found) <= max(room, least)


@pytest.mark.parametrize("room", [-5_000, 0, 10])
def test_a_question_longer_than_the_room_is_sent_alone(room: int) -> None:
    branch = Texts([("earlier", [text("a", 10)]), ("q" * 400, [text("b", 10)])])
    found = branch.portion(room)
    assert [one.id for one in found.said] == [2]
    assert found.brief
