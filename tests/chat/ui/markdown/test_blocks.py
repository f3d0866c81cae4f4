"""A growing answer in blocks: nothing lost, nothing cut in two, at a cost that stays linear."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.ui.markdown import blocks as module
from chat.ui.markdown.blocks import LIMIT, Blocks

SNIPPETS = """
para |word. |⏎|⏎⏎|```python⏎|```⏎|~~~⏎|````⏎|- item⏎|1. one⏎|   more⏎|> quote⏎|$$⏎|# Head⏎|\\[⏎|\\]⏎
|    code⏎|```mermaid⏎|`|**|\t|> ```⏎|- ```⏎
"""
PIECES = st.lists(
    st.sampled_from(
        [
            "x" * 700,
            "| a | b |\n|---|---|\n",
            "| 1 | 2 |\n",
            *SNIPPETS.replace("\n", "").replace("⏎", "\n").split("|"),
        ]
    ),
    max_size=60,
).map("".join)


def fed(chunks: list[str]) -> tuple[list[str], str]:
    blocks = Blocks()
    finished = [block for chunk in chunks for block in blocks.feed(chunk)]
    return finished, blocks.tail


@given(text=PIECES, sizes=st.lists(st.integers(1, 900), min_size=1, max_size=9))
def test_chunks_do_not_matter(text: str, sizes: list[int]) -> None:
    chunks, at = [], 0
    while at < len(text):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(text[at : at + size])
        at += size
    assert fed(chunks) == fed([text])


@given(text=PIECES)
def test_letter_by_letter_is_the_same(text: str) -> None:
    assert fed(list(text[:4000])) == fed([text[:4000]])


@given(text=PIECES.filter(lambda text: len(text) <= LIMIT))
def test_short_text_is_only_cut(text: str) -> None:
    finished, tail = fed([text])
    assert "".join(finished) + tail == text


@given(text=PIECES)
def test_nothing_is_lost_or_doubled(text: str) -> None:
    finished, tail = fed([text])
    drawn = "".join(finished) + tail
    for word in ("para", "quote", "item", "more", "Head", "code", "x"):
        assert drawn.count(word) == text.count(word)


@given(text=PIECES)
def test_no_block_is_longer_than_the_limit_and_its_marks(text: str) -> None:
    finished, tail = fed([text])
    assert all(0 < len(block) <= LIMIT + 200 for block in finished)
    assert len(tail) <= LIMIT


@pytest.mark.parametrize(
    "whole",
    [
        "```python\na\n\nb\n```\n",
        "~~~~\n```\n\n~~~\n~~~~\n",
        "$$\na\n\nb\n$$\n",
        "\\[\na\n\nb\n\\]\n",
        "1. a\n\n2. b\n\n   more of b\n\n3. c\n",
        "- a\n\n  ```\n  x\n\n  y\n  ```\n\n- b\n",
        "| a |\n|---|\n| 1 |\n| 2 |\n",
        "> a\n> b\n",
        "    code\n\n    code\n",
    ],
)
def test_what_belongs_together_stays_together(whole: str) -> None:
    finished, tail = fed(list(f"Before.\n\n{whole}\nAfter that. "))
    assert finished[0] == "Before.\n\n"
    assert finished[1].strip("\n") == whole.strip("\n")
    assert "".join(finished[2:]) + tail == "\nAfter that. " or tail == "After that. "


def test_long_code_is_closed_and_opened_again() -> None:
    lines = "line of code\n" * 1000
    finished, tail = fed([f"~~~~python title\n{lines}~~~~\nEnd of it."])
    code = [block for block in finished if block.startswith("~~~~python title\n")]
    assert len(code) > 4
    assert all(block.endswith("\n~~~~\n") for block in code)
    assert "".join(finished).count("line of code\n") == 1000
    assert tail == "End of it."


def test_long_numbered_list_keeps_its_numbers() -> None:
    finished, tail = fed(["".join(f"1. item number {n}\n\n" for n in range(1, 901))])
    for block in [*finished, tail]:
        first = re.match(r"(\d+)\. item number (\d+)\n", block)
        assert first
        assert first[1] == first[2]


def test_long_table_repeats_its_head() -> None:
    finished, tail = fed(["| a | b |\n|---|---|\n" + "| some | cells |\n" * 900])
    assert len(finished) > 3
    assert all(block.startswith("| a | b |\n|---|---|\n| some") for block in [*finished, tail])
    assert sum(block.count("| some | cells |\n") for block in [*finished, tail]) == 900


def test_long_paragraph_is_cut_after_a_sentence() -> None:
    finished, _ = fed(["This is **one** sentence of many. " * 400])
    assert all(block.endswith("many. ") for block in finished)


def test_half_a_diagram_is_code() -> None:
    finished, tail = fed(["```mermaid\ngraph TD\n" + "A-->B\n" * 900])
    assert all(block.startswith("```text\n") for block in [*finished, tail])


@pytest.mark.slow
def test_cost_grows_with_the_length_only() -> None:
    def cost(text: str, step: int) -> float:
        blocks, sent = Blocks(), 0
        for at in range(0, len(text), step):
            sent += sum(map(len, blocks.feed(text[at : at + step]))) + len(blocks.tail)
        return sent / len(text)

    for unit in ("A sentence of a paragraph. " * 15 + "\n\n", "x = 1\n", "- item\n", "y"):
        head = "```python\n" if unit == "x = 1\n" else ""
        short, long = (cost(head + unit * (n // len(unit)), 40) for n in (20_000, 80_000))
        assert long < short * 1.2
        assert long < LIMIT / 40 + 2


@pytest.mark.parametrize("unit", ["line\n", "- item\n", "| a |\n", "> q\n", "    x\n"])
def test_each_line_is_looked_at_once(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    look_at = module._Look._look_at

    def counted(look: module._Look, line: str, *, whole: bool) -> int:
        nonlocal looked
        looked += whole
        return look_at(look, line, whole=whole)

    monkeypatch.setattr(module._Look, "_look_at", counted)
    blocks, text = Blocks(), unit * (LIMIT // len(unit))
    for at in range(0, len(text), 7):
        blocks.feed(text[at : at + 7])
    assert looked == text.count("\n")
