"""What two texts have in common is found in limited time, and drawn as it is."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.ui.chat import differences
from chat.ui.chat.differences import compared, marked

TEXTS = st.lists(st.sampled_from(["a", "b", "c", " ", "\n", "word", "."]), max_size=40).map("".join)


@given(TEXTS, TEXTS)
def test_nothing_is_lost_and_what_is_the_same_is_the_same(old: str, new: str) -> None:
    ours, theirs = compared(old, new)
    assert "".join(text for text, _ in ours) == old
    assert "".join(text for text, _ in theirs) == new
    same = ["".join(text for text, is_same in runs if is_same) for runs in (ours, theirs)]
    assert same[0] == same[1]


@given(TEXTS, TEXTS)
def test_as_much_is_the_same_as_difflib_finds(old: str, new: str) -> None:
    one, other = (differences._WORD.findall(text) for text in (old, new))
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    theirs = sum(block.size for block in matcher.get_matching_blocks())
    found = sum(
        len(differences._WORD.findall(text)) for text, is_same in compared(old, new)[0] if is_same
    )
    first, last = differences._ends(one, other)
    same = differences._same(one[first : len(one) - last], other[first : len(other) - last])
    assert same is not None
    assert len(same) + first + last >= theirs or found >= theirs


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("It is red.", "It is blue.", "It is :orange-background[**blue**]&#46;"),
        ("", "*x*", ":orange-background[**&#42;x&#42;**]"),
        ("same", "same", "same"),
        ("a\nb", "a\nc", "a  \n:orange-background[**c**]"),
        ("x :red[a]", "x $y$", "x :orange-background[**&#36;y&#36;**]"),
    ],
)
def test_only_what_differs_is_marked(old: str, new: str, shown: str) -> None:
    assert marked(compared(old, new)[1]) == shown


def test_what_is_too_long_is_compared_by_lines() -> None:
    lines = [f"line {n} of many words\n" for n in range(1_000)]
    new = [*lines[:500], "another\n", *lines[501:]]
    new[3], new[990] = "x\n", "y\n"
    found = [text for text, is_same in compared("".join(lines), "".join(new))[1] if not is_same]
    assert found == ["x\n", "another\n", "y\n"]


@pytest.mark.parametrize("words", [1_000, 4_000])
def test_what_has_nothing_in_common_is_all_marked(
    words: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    begin = differences._begin

    def counted(reach: dict[int, int], k: int, edits: int) -> int:
        begun.append(edits)
        return begin(reach, k, edits)

    monkeypatch.setattr(differences, "_begin", counted)
    old, new = (" ".join(f"{word}{n}" for n in range(words)) for word in "ab")
    assert compared(old, new) == ([(old, False)], [(new, False)])
    assert len(begun) <= differences.EDITS**2, "however long they are"
