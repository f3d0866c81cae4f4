"""``kill -9`` at a random moment: nothing that was acknowledged is lost, and all goes on.

Other moments in each run; ``KILL_ROUNDS=200 pytest tests/crash`` tries more of them, and
``KILL_SEED=…`` those of a run that failed, which says its seed.
"""

from __future__ import annotations

import os
import random
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress

from chat.turns.attached import NoFiles
from chat.turns.provenance import origin
from store import messages, sessions
from store.database import Database
from store.errors import SessionNotFound
from store.users import LOCAL_USER
from store.values import Message, SessionKey
from tests.crash.conftest import Child
from tests.model_script import DEFAULT_ANSWER, Script, numbered
from tests.scripted_model import ScriptedModel
from tests.waiting import until

ROUNDS = int(os.environ.get("KILL_ROUNDS", "4"))
SEED = os.environ.get("KILL_SEED") or secrets.token_hex(4)

LONG = "".join(f"w{n} " for n in range(2000))


class Life:
    """One session in one life of the process: what was sent, and how much was said to be stored."""

    def __init__(self, number: int, dice: random.Random) -> None:
        self.session_id = f"r{number}"
        self.in_mid_answer = number % 4 != 3
        tokens = 800 if self.in_mid_answer else 5
        self.contents = [f"[[tokens={tokens} delay=0.005]] {number}"]
        self.contents += [f"[[tokens=4]] {number}.{n}" for n in range(dice.randrange(3))]
        self.chars = dice.randrange(2000)
        self.seconds = dice.uniform(0, 0.2 if self.in_mid_answer else 1.3)
        self.acknowledged: dict[str, int] = {}
        self.stored: list[int] = []
        self.cut: dict[int, str] = {}

    def live(self, child: Child) -> None:
        for content in self.contents:
            child.say(session=self.session_id, send=content)
        if self.in_mid_answer:
            until(lambda: any(news.get("received", 0) > self.chars for news in child.news), 30)
        child.listen(self.seconds)
        child.kill()
        for news in child.news:
            if "sent" in news and news["sent"] in self.contents:
                self.acknowledged[news["sent"]] = news["answer"]
        first = self.acknowledged.get(self.contents[0])
        self.stored = [
            news["stored"] for news in child.news if "stored" in news and news["answer"] == first
        ]


def branch(database: Database, session_id: str) -> list[Message]:
    with suppress(SessionNotFound), database.reading() as db:
        place = SessionKey(LOCAL_USER, session_id)
        leaf = sessions.get(db, place).active_leaf_id
        return messages.window(db, place, leaf_id=leaf, limit=1000)
    return []


def row(database: Database, session_id: str, message_id: int) -> Message:
    with database.reading() as db:
        return messages.get(db, SessionKey(LOCAL_USER, session_id), message_id=message_id)


def intact(database: Database) -> bool:
    if not database.path:
        return True  # PostgreSQL sees to that itself
    with closing(sqlite3.connect(database.path)) as connection:
        good = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return good and connection.execute("PRAGMA foreign_key_check").fetchall() == []


def check_left(database: Database, life: Life) -> None:
    """Right after the kill: all questions, and all of the answer that was said to be stored.

    How much came since then, at most, is what `make bench` measures.
    """
    assert intact(database)
    stored = [one.content for one in branch(database, life.session_id) if one.role == "user"]
    assert stored == life.contents[: len(stored)]
    assert stored[: len(life.acknowledged)] == list(life.acknowledged)
    life.cut = {
        one.id: one.content
        for one in branch(database, life.session_id)
        if one.status == "streaming"
    }
    assert len(life.cut) <= 1
    if life.stored:
        text = row(database, life.session_id, life.acknowledged[life.contents[0]]).content
        assert len(text) >= max(life.stored)


def check_resumed(database: Database, life: Life) -> list[Message]:
    """After the restart: what was cut is interrupted, what waited is answered."""
    until(lambda: not any(one.is_open for one in branch(database, life.session_id)), 20)
    now = branch(database, life.session_id)
    answers = [one for one in now if one.role == "assistant"]
    for one in answers:
        assert one.status in ("complete", "interrupted")
        assert LONG.startswith(one.content)
    for one in answers[1:]:
        assert one.content == "w0 w1 w2 w3 " or one.status == "interrupted"
    interrupted = [one for one in answers if one.status == "interrupted"]
    assert {one.id: one.content for one in interrupted} == life.cut
    for one in interrupted:
        with database.reading() as db:
            key = SessionKey(LOCAL_USER, life.session_id)
            sent = origin(db, key, message_id=one.id, attached=NoFiles())
        assert not one.content or sent.body(0), "what it was written from came with its text"
    return interrupted


def go_on(database: Database, model: ScriptedModel, child: Child, life: Life, cut: Message) -> None:
    """Continue and Retry."""

    def ended(continued: bool) -> Message:
        before = len(child.news)
        child.say(session=life.session_id, again=cut.id, continued=continued)
        until(lambda: any("again" in news for news in child.news[before:]))
        new = next(news["answer"] for news in child.news[before:] if "again" in news)
        until(lambda: not row(database, life.session_id, new).is_open)
        return row(database, life.session_id, new)

    model.queue(Script())
    continued = ended(True)
    assert (continued.status, continued.content) == (
        "complete",
        cut.content + "".join(DEFAULT_ANSWER),
    )
    model.queue(Script(numbered(3)))
    retried = ended(False)
    assert (retried.status, retried.content) == ("complete", "w0 w1 w2 ")
    assert row(database, life.session_id, cut.id).content == cut.content


def test_kill_at_random_moments(
    database: Database, model: ScriptedModel, new_child: Callable[[], Child]
) -> None:
    print(f"KILL_SEED={SEED}")
    dice = random.Random(SEED)
    lives: list[Life] = []
    interrupted: list[Message] = []
    child = new_child()
    for number in range(ROUNDS + 1):
        with child:
            if lives:
                for cut in check_resumed(database, lives[-1]):
                    interrupted.append(cut)
                    go_on(database, model, child, lives[-1], cut)
            if number == ROUNDS:
                break
            following = new_child()
            lives.append(Life(number, dice))
            lives[-1].live(child)
        child = following
        check_left(database, lives[-1])
    assert len(interrupted) >= ROUNDS // 3, "the moments proved nothing"
    assert sum(bool(cut.content) for cut in interrupted) >= ROUNDS // 5
