"""What is stored of what was sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import until

PATIENCE_SECONDS = 300.0


@dataclass(frozen=True)
class Found:
    """How many were sent; the texts of those that are lost, doubled, or in another chat."""

    what: str
    sent: int
    lost: list[str]
    doubled: list[str]
    elsewhere: list[str]

    @property
    def holds(self) -> bool:
        """Whether all of them are where they belong, once."""
        return not (self.lost or self.doubled or self.elsewhere)

    def __str__(self) -> str:
        counts = f"{len(self.lost)} lost, {len(self.doubled)} doubled"
        line = f"{self.what}: {self.sent} sent, {counts}, {len(self.elsewhere)} in another chat"
        wrong = [*self.lost, *self.doubled, *self.elsewhere]
        return line if self.holds else f"{line}: {', '.join(wrong[:20])}"


class Account:
    """Looks into the database file beside the server."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def stored(self) -> dict[str, list[str]]:
        """The sessions in which each question is."""
        query = "SELECT content, session_id FROM messages WHERE role = 'user'"
        found: dict[str, list[str]] = {}
        with closing(sqlite3.connect(self._path)) as db:
            for content, session_id in db.execute(query):
                found.setdefault(content, []).append(session_id)
        return found

    def settle(self, what: str, meant: Mapping[str, str]) -> Found:
        """Wait until all are stored or nothing more comes, then compare.

        ``meant`` says of each text which chat it belongs to, by any name for it: two with the same
        name belong into one chat, two with different names into different ones.
        """

        def all_there() -> bool:
            return meant.keys() <= self.stored().keys()

        with suppress(AssertionError):
            until(all_there, PATIENCE_SECONDS)
        stored = self.stored()
        there = [text for text in meant if text in stored]
        chats: dict[str, set[str]] = {}
        names: dict[str, set[str]] = {}
        for text in there:
            chats.setdefault(meant[text], set()).update(stored[text])
            for session_id in stored[text]:
                names.setdefault(session_id, set()).add(meant[text])
        return Found(
            what,
            len(meant),
            lost=[text for text in meant if text not in stored],
            doubled=[text for text in there if len(stored[text]) > 1],
            elsewhere=[
                text
                for text in there
                if len(chats[meant[text]]) > 1 or any(len(names[s]) > 1 for s in stored[text])
            ],
        )
