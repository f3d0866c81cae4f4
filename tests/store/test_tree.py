"""Any sequence of what users do with a tree of messages, against the same in plain Python.

All of one sequence happens in one transaction that is rolled back, so it is fast, and what a
refused step left behind would be seen.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from store import answers, copies, endings, messages, sessions
from store.cleanup import due, remove_due
from store.database import Database
from store.errors import Conflict, MessageNotFound, Refused
from store.pieces import CONTENT
from store.tables import answer_pieces
from store.tables import messages as table
from store.values import OPEN, SessionKey
from tests.conftest import part_of_examples
from tests.store.samples import ANN, FREE, NOON, OWNER, answered_again, asked, make
from tests.store.tree_model import Node, Tree

TEXTS = st.sampled_from(["a", "two words", "ß\r\n🙂", "<b>", "long " * 30, " x"])
REPLIES = st.one_of(TEXTS, st.sampled_from(["", " \n"]))
ENDS = st.sampled_from(["complete", "stopped", "error"])


class TreeMachine(RuleBasedStateMachine):
    def __init__(self, database: Database) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.db = self.stack.enter_context(database.transaction())
        self.stack.callback(self.db.rollback)
        self.place = make(self.db)
        self.tree = Tree()
        self.version = 1

    def teardown(self) -> None:
        self.stack.close()

    def pick(self, data: st.DataObject, nodes: list[Node]) -> Node:
        return data.draw(st.sampled_from(nodes))

    def time(self, batch: int) -> datetime:
        return NOON + timedelta(seconds=batch)

    @rule(text=TEXTS)
    def ask(self, text: str) -> None:
        pair = asked(self.db, self.place, text)
        self.tree.ask(self.tree.leaf, text)
        assert pair.answer.id == self.tree.leaf

    @precondition(lambda self: self.tree.kept())
    @rule(data=st.data(), text=TEXTS)
    def ask_below_any(self, data: st.DataObject, text: str) -> None:
        node = self.pick(data, self.tree.kept())
        if node.role == "user":
            with pytest.raises(Refused):
                asked(self.db, self.place, text, parent_id=node.id)
        else:
            asked(self.db, self.place, text, parent_id=node.id)
            self.tree.ask(node.id, text)

    @precondition(lambda self: self.tree.kept())
    @rule(data=st.data(), text=TEXTS)
    def edit(self, data: st.DataObject, text: str) -> None:
        node = self.pick(data, self.tree.kept())
        if node.role == "assistant":
            with pytest.raises(Refused):
                asked(self.db, self.place, text, edit_of=node.id)
        else:
            asked(self.db, self.place, text, edit_of=node.id)
            self.tree.ask(node.parent, text)

    @precondition(lambda self: self.tree.kept())
    @rule(data=st.data(), continued=st.booleans())
    def answer_again(self, data: st.DataObject, continued: bool) -> None:
        node = self.pick(data, self.tree.kept())
        refused = node.status in OPEN or (continued and node.role == "user")
        try:
            new = answered_again(self.db, self.place, message_id=node.id, continued=continued)
        except (Conflict, Refused):
            assert refused
            return
        assert not refused
        question = node.id if node.role == "user" else node.parent
        status = "queued" if self.tree.answering() else "streaming"
        self.tree.add(question, "assistant", node.content if continued else "", status)
        assert new.id == self.tree.leaf

    @precondition(lambda self: self.tree.streaming())
    @rule(text=REPLIES)
    def checkpoint(self, text: str) -> None:
        node = self.tree.streaming()
        assert node
        new = endings.Received(self.place, node.id, text, start=len(node.content))
        assert endings.checkpoint(self.db, [new]) == []
        node.content += text

    @precondition(lambda self: self.tree.streaming())
    @rule(text=REPLIES, status=ENDS, tokens=st.integers(0, 9))
    def finish(self, text: str, status: str, tokens: int) -> None:
        node = self.tree.streaming()
        assert node
        ending = endings.Ending(status, text, prompt_tokens=tokens)
        assert endings.finish(self.db, self.place, message_id=node.id, ending=ending)
        self.tree.finish(node, text, status, tokens)

    @rule(gone=st.booleans())
    def interrupt(self, gone: bool) -> None:
        waiting = endings.interrupt(self.db, is_gone=lambda _: gone)
        node = self.tree.streaming()
        if node and gone:
            self.tree.finish(node, node.content, "interrupted", 0)
        waits = self.tree.answering() and not self.tree.streaming()
        assert waiting == ([self.place] if waits else [])

    @rule()
    def start_next(self) -> None:
        started = answers.start_next(self.db, self.place, owner=OWNER)
        expected = self.tree.start_next()
        assert (started and started.id) == (expected and expected.id)

    @precondition(lambda self: self.tree.kept())
    @rule(data=st.data())
    def select_version(self, data: st.DataObject) -> None:
        node = self.pick(data, self.tree.kept())
        shown = messages.select_version(self.db, self.place, message_id=node.id)
        assert shown == self.tree.select(node.id)

    @precondition(lambda self: self.tree.kept())
    @rule(data=st.data(), undo=st.booleans())
    def delete(self, data: st.DataObject, undo: bool) -> None:
        node = self.pick(data, self.tree.kept())
        before = {n.id for n in self.tree.kept()}
        gone = self.tree.delete(node)
        now = self.time(self.tree.batches)
        if not gone:
            with pytest.raises(Refused):
                messages.delete(self.db, self.place, message_id=node.id, now=now)
            return
        found = messages.delete(self.db, self.place, message_id=node.id, now=now)
        assert found == sorted(gone)
        if undo:
            messages.restore(self.db, self.place, message_id=node.id)
            assert self.tree.restore(node)
            assert {n.id for n in self.tree.kept()} == before

    @precondition(lambda self: self.tree.nodes)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        node = self.pick(data, list(self.tree.nodes.values()))
        if self.tree.restore(node):
            messages.restore(self.db, self.place, message_id=node.id)
        else:
            with pytest.raises(MessageNotFound):
                messages.restore(self.db, self.place, message_id=node.id)

    @precondition(lambda self: self.tree.batches)
    @rule(data=st.data())
    def purge(self, data: st.DataObject) -> None:
        batch = data.draw(st.integers(0, self.tree.batches))
        times = {"deleted_before": self.time(batch + 1), "unused_before": None}
        found = due(self.db, **times, only_guests=False)
        in_any_order = data.draw(st.permutations(found))
        assert remove_due(self.db, in_any_order, now=NOON) == (0, 0)
        self.tree.purge(batch)

    @rule()
    def duplicate(self) -> None:
        copy = copies.duplicate(self.db, self.place, may=FREE)
        found = self.rows(copy.session_id)
        status = {"queued": "interrupted", "streaming": "interrupted"}
        assert found == {
            n.id: (
                n.parent,
                n.role,
                n.content,
                status.get(n.status, n.status) if n.role == "assistant" else "complete",
                len(self.tree.path(n.id)),
                False,
            )
            for n in self.tree.kept()
        }
        expected = (self.tree.leaf, len(self.tree.path(self.tree.leaf)))
        assert (copy.active_leaf_id, copy.message_count) == expected
        sessions.trash(self.db, SessionKey(ANN, copy.session_id))

    def rows(self, session_id: str) -> dict[int, tuple[object, ...]]:
        shown = (table.c.parent_id, table.c.role, CONTENT, table.c.status, table.c.depth)
        found = self.db.execute(
            select(table.c.id, *shown, table.c.deleted_at.is_not(None)).where(
                table.c.session_id == session_id
            )
        )
        return {row[0]: tuple(row[1:]) for row in found}

    @invariant()
    def the_rows_are_the_tree(self) -> None:
        assert self.rows(self.place.session_id) == {
            n.id: (
                n.parent,
                n.role,
                n.content,
                n.status,
                len(self.tree.path(n.id)),
                n.batch is not None,
            )
            for n in self.tree.nodes.values()
        }
        assert sum(n.status == "streaming" for n in self.tree.nodes.values()) <= 1

    @invariant()
    def only_what_is_being_written_is_in_pieces(self) -> None:
        node = self.tree.streaming()
        found = self.db.execute(
            select(answer_pieces.c.session_id, answer_pieces.c.message_id).distinct()
        )
        assert set(found) <= ({(self.place.session_id, node.id)} if node else set())

    @invariant()
    def the_session_follows_its_branch(self) -> None:
        session = sessions.get(self.db, self.place)
        path = self.tree.path(self.tree.leaf)
        assert all(node.batch is None for node in path)
        assert session.active_leaf_id == self.tree.leaf
        assert session.message_count == len(path)
        assert session.preview == self.tree.preview
        assert session.prompt_tokens == self.tree.tokens
        assert session.version >= self.version
        self.version = session.version
        (summary,) = sessions.recent(self.db, user_id=ANN)
        assert (summary.preview, summary.message_count) == (session.preview, len(path))
        totals = sessions.totals(self.db, user_id=ANN)
        assert (totals.messages, totals.prompt_tokens) == (len(path), self.tree.tokens)

    @invariant()
    def the_window_is_the_end_of_the_branch(self) -> None:
        path = self.tree.path(self.tree.leaf)
        for limit in (1, 2, 3, 100):
            found = messages.window(self.db, self.place, leaf_id=self.tree.leaf, limit=limit)
            assert [m.id for m in found] == [n.id for n in path[-limit:]]
        for message, node in zip(found, path, strict=True):
            assert (message.content, message.status) == (node.content, node.status)
            assert message.versions == self.tree.versions(node)
            assert message.id in message.versions


def test_any_sequence_of_steps_agrees_with_the_model(shared: Database) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: TreeMachine(shared),
        settings=settings(max_examples=part_of_examples(15), stateful_step_count=25),
    )
