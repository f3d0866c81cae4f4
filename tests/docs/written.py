"""The fenced blocks of the pages, and which trial carries out which; see the package."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from tests.processes import ROOT

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"(?:^|\s+)#\s.*$")


@dataclass(frozen=True)
class Written:
    """A command, or all of a block in another language."""

    page: str
    language: str
    text: str


Commands = list[Written]
CLAIMED: Counter[Written] = Counter()
"""How many trials carry out each; of those modules that are imported."""


def pages() -> dict[str, str]:
    """Their texts, by their paths."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return {one.relative_to(ROOT).as_posix(): one.read_text("utf-8") for one in found}


@cache
def written() -> Commands:
    """All that is written in fenced blocks."""
    return [
        Written(page, language, one)
        for page, text in pages().items()
        for language, block in _FENCED.findall(text)
        for one in (commands(block) if language == "sh" else [block])
    ]


def commands(block: str) -> Iterator[str]:
    """Of a block for a shell, without comments."""
    whole = re.sub(r"\\\n\s*", "", block)
    lines = (_COMMENT.sub("", line).strip() for line in whole.splitlines())
    return (line for line in lines if line)


def spans() -> Iterator[str]:
    """What stands between backquotes in the texts."""
    for text in pages().values():
        for found in re.findall(r"`([^`]+)`", _FENCED.sub("", text)):
            yield " ".join(found.split())


def tries(beginning: str = "", *, page: str = "", language: str = "sh") -> pytest.MarkDecorator:
    """Its test carries out all of ``said``: what is written there and begins so."""
    found = [
        one
        for one in written()
        if one.language == language and one.page.startswith(page) and re.match(beginning, one.text)
    ]
    assert found, f"nothing {language} begins with {beginning!r}"
    CLAIMED.update(found)
    return pytest.mark.parametrize("said", [found], ids=[language])
