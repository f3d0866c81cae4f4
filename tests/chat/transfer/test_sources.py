"""What other programs export comes in with its order, roles, times and branches."""

from __future__ import annotations

import csv
import io
import sqlite3
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chat.transfer import zips
from store import cleanup, sessions
from store.arrivals import Arriving
from store.errors import Refused
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.chat.transfer import exports
from tests.chat.transfer.conftest import Desk
from tests.chat.transfer.exports import dumped, zipped
from tests.store.carrying import taken_out


def told(chat: dict[str, Any]) -> list[tuple[int | None, str, str]]:
    return [(one["parent_id"], one["role"], one["content"]) for one in chat["messages"]]


def test_chatgpt_comes_with_its_branches(desk: Desk) -> None:
    preview = desk.preview(dumped([exports.chatgpt()]))
    assert (preview.kind, preview.count.chats, preview.count.total) == ("chatgpt", 1, 6)
    done = desk.put_in(dumped([exports.chatgpt()]))
    assert (done.state, done.kind, done.added, done.total) == ("done", "chatgpt", 6, 6)
    assert [one["why"] for one in done.skipped] == ["Image left out: only texts are imported."]
    chat = desk.chats()["A loose chain"]
    assert told(chat) == [
        (None, "user", "My chain slips."),
        (1, "assistant", "Check **wear**."),
        (1, "assistant", "Measure it."),
        (3, "user", "*[Image left out]*\n\nLike this?"),
        (4, "assistant", "```python\nprint(1)\n```"),
        (None, "user", "My belt slips."),
    ]
    answer = chat["messages"][4]
    assert (chat["active_leaf_id"], answer["model"]) == (5, "gpt-4o")
    assert [(one["name"], one["summary"]) for one in answer["tools_used"]] == [
        ("browser", "Found it")
    ]
    assert chat["messages"][0]["created_at"] == "2023-11-14T22:13:20.500000Z"
    assert chat["last_activity_at"] == "2023-11-14T22:13:27.500000Z"


def test_open_webui_comes_with_its_versions(desk: Desk) -> None:
    done = desk.put_in(dumped([exports.open_webui()]))
    assert (done.kind, done.added, done.skipped_count) == ("open-webui", 3, 1)
    chat = desk.chats()["Brakes"]
    assert told(chat) == [
        (None, "user", "Squeal?\n\n*[pic.png left out]*"),
        (1, "assistant", "Sand them."),
        (1, "assistant", "New pads."),
    ]
    assert (chat["active_leaf_id"], chat["pinned"]) == (2, True)
    assert chat["archived_at"] is not None
    assert chat["parameters"] == {"system_prompt": "Be short."}
    assert [one["model"] for one in chat["messages"]] == ["", "llama3", "qwen"]
    assert chat["messages"][2]["feedback"] == "good"
    times = [one["created_at"][11:] for one in chat["messages"]]
    assert times == ["22:13:20Z", "22:13:21Z", "22:13:22Z"]


def test_claude_comes_in_its_order(desk: Desk) -> None:
    done = desk.put_in(dumped([exports.claude(turns=2)]))
    assert (done.kind, done.added, done.skipped_count) == ("claude", 4, 2)
    chat = desk.chats()["Wheels"]
    assert told(chat)[:2] == [
        (None, "user", "True 0?\n\n```\nspokes\n```"),
        (1, "assistant", "Turn\n\nthe nipple.\n\n*[1 files left out]*"),
    ]
    assert [one["parent_id"] for one in chat["messages"]] == [None, 1, 2, 3]
    assert chat["messages"][1]["metadata"] == {"reasoning": "Hm."}
    assert chat["messages"][1]["tools_used"][0]["name"] == "web_search"
    assert chat["created_at"] == "2025-03-01T09:00:00Z"
    assert chat["messages"][2]["created_at"] == "2025-03-01T10:01:00.123456Z"


FILES: dict[str, Callable[[], bytes]] = {
    "chatgpt": lambda: dumped([exports.chatgpt()]),
    "open-webui": lambda: dumped([exports.open_webui()]),
    "claude": lambda: dumped([exports.claude()]),
    "zip of many": lambda: zipped(
        {
            "chat.html": b"<html>",
            "user.json": b'{"id": 1}',
            "message_feedback.json": b"[]",
            "conversations-000.json": dumped([exports.chatgpt("a", "First")]),
            "folder/conversations-001.json": dumped([exports.chatgpt("b", "Second")]),
        }
    ),
    "csv": lambda: b"conversation_id,role,content\n1,human,Hi\n1,ai,Hello\n2,user,Yo\n",
}


@pytest.mark.parametrize("name", FILES)
def test_the_same_file_twice_changes_nothing(desk: Desk, name: str) -> None:
    first = desk.put_in(FILES[name]())
    if name == "zip of many":
        assert {"First", "Second"} == set(desk.chats())
    before = taken_out(desk.database, LOCAL_USER)["sessions"]
    again = desk.put_in(FILES[name]())
    assert (first.state, again.state, again.added) == ("done", "done", 0)
    assert again.unchanged == first.added > 0
    assert taken_out(desk.database, LOCAL_USER)["sessions"] == before


def test_many_new_chats_at_once_are_what_each_is_by_itself(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {"mapping": {"a": exports.gpt_node("a", None, "user", " ")}, "id": "blank"}
    blank = exports.gpt_node("b", "a", "assistant", "", content={"content_type": "text"})
    gone["mapping"]["b"] = blank
    many = [exports.chatgpt("c-1"), exports.open_webui(), exports.claude(turns=2), gone]
    many += [exports.chatgpt("c-1", "Again"), {"mapping": {}, "id": "none", "title": "Empty"}]
    at_once = desk.put_in(dumped(many))
    whole = taken_out(desk.database, LOCAL_USER)["sessions"]
    with desk.database.transaction() as db:
        shown = sessions.recent(db, user_id=LOCAL_USER, archived=None)
        for one in whole:
            cleanup.purge(db, SessionKey(LOCAL_USER, one["session_id"]))
    monkeypatch.setattr(Arriving, "_not_new", lambda _self, _may, parts: list(parts))
    one_by_one = desk.put_in(dumped(many))
    assert taken_out(desk.database, LOCAL_USER)["sessions"] == whole
    assert (at_once.added, at_once.unchanged) == (one_by_one.added, one_by_one.unchanged)
    assert sorted(map(str, at_once.skipped)) == sorted(map(str, one_by_one.skipped))
    with desk.database.transaction() as db:
        again = sessions.recent(db, user_id=LOCAL_USER, archived=None)
        assert [replace(one, version=0) for one in again] == [
            replace(one, version=0) for one in shown
        ]


def test_a_chat_that_grew_elsewhere_is_added_to(desk: Desk) -> None:
    desk.put_in(dumped([exports.claude(turns=1)]))
    grown = desk.put_in(dumped([exports.claude(turns=3)]))
    assert (grown.added, grown.unchanged) == (4, 2)
    chat = desk.chats()["Wheels"]
    assert [one["parent_id"] for one in chat["messages"]] == [None, 1, 2, 3, 4, 5]
    assert chat["active_leaf_id"] == 6


def test_a_csv_is_guessed_sorted_and_mapped_anew(desk: Desk) -> None:
    data = io.StringIO()
    table = csv.writer(data, delimiter=";")
    table.writerow(["thread_id", "sender", "message", "timestamp", "note"])
    table.writerow(["t2", "bot", "Later", "2024-01-02T00:00:00", "n1"])
    table.writerow(["t1", "alien", "Lost", "2024-01-01T00:00:02", "n2"])
    table.writerow(["t2", "human", 'A "first", \n line', "2024-01-01T00:00:00", "n3"])
    table.writerow(["t1", "user", "", "2024-01-01T00:00:03", ""])
    whole = data.getvalue().encode()
    preview = desk.preview(whole)
    assert preview.table
    assert dict(preview.table.mapping) == {
        "content": "message",
        "role": "sender",
        "chat": "thread_id",
        "time": "timestamp",
    }
    assert (preview.count.chats, preview.count.total, preview.count.skipped_count) == (2, 2, 2)
    assert "alien" in preview.count.skipped[0].why
    other = desk.preview(whole, {"content": "note", "role": "", "chat": ""})
    assert (other.count.chats, other.count.total) == (1, 3)
    with pytest.raises(Refused):
        desk.preview(whole, {"content": "nothing"})
    desk.put_in(whole)
    chat = desk.chats()['A "first", line']
    assert told(chat) == [(None, "user", 'A "first", \n line'), (1, "assistant", "Later")]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_a_csv_comes_in_the_encodings_in_which_tables_are_saved(desk: Desk, encoding: str) -> None:
    desk.put_in("title,role,content\nÄ,user,Größe =1+1\n".encode(encoding))
    assert told(desk.chats()["Ä"]) == [(None, "user", "Größe =1+1")]


def test_a_sqlite_file_is_only_read(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE conversations (id INTEGER PRIMARY KEY, title TEXT)")
        db.execute(
            'CREATE TABLE "my ""messages" (id INTEGER PRIMARY KEY, conversation_id INTEGER,'
            " role TEXT, content TEXT, created_at REAL)"
        )
        db.execute("CREATE VIEW messages AS SELECT 1 AS content, 2 AS role")
        db.execute("INSERT INTO conversations VALUES (1, 'Old one')")
        rows = [(2, 1, "assistant", "Hello", 1_700_000_001), (1, 1, "user", "Hi", 1_700_000_000)]
        rows += [(3, 1, "user", b"\xff", 5), (4, 1, "tool", "x", 6)]
        db.executemany('INSERT INTO "my ""messages" VALUES (?, ?, ?, ?, ?)', rows)
    db.close()
    done = desk.put_in(file.read_bytes())
    assert (done.kind, done.state, done.added, done.skipped_count) == ("sqlite", "done", 2, 2)
    assert told(desk.chats()["Old one"]) == [(None, "user", "Hi"), (1, "assistant", "Hello")]


def broken() -> dict[str, bytes]:
    whole = zipped({"conversations.json": dumped([exports.chatgpt()])})
    end = whole.rfind(b"PK\x05\x06")
    many = whole[: end + 10] + struct.pack("<H", 0xFFFE) + whole[end + 12 :]
    return {
        "empty": b"",
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "other table": b"a,b\n1,2\n",
        "cut zip": whole[:-30],
        "zip of millions": many,
        "zip of others": zipped({"a.txt": b"x", "users.json": b"[{}]", "b.json": b"1"}),
        "bomb": zipped({"conversations.json": b"[" + b" " * 40_000_000 + b"]"}),
        "cut json": dumped([exports.chatgpt()])[:-9],
        "deep": b'[{"mapping":' + b"[" * 100_000,
        "sqlite of nothing": b"SQLite format 3\0" + bytes(4096),
    }


@pytest.mark.parametrize("name", broken())
def test_what_is_broken_is_refused_in_words(desk: Desk, name: str) -> None:
    with pytest.raises(Refused) as refused:
        desk.preview(broken()[name])
    assert refused.value.fix


ODD: list[Any] = [
    {},
    [],
    "x",
    None,
    {"mapping": {}},
    {"mapping": {"a": None}, "id": "1"},
    {"mapping": {"a": {"message": {"content": 1, "author": 2}}}, "id": "2", "create_time": "x"},
    {"mapping": {"a": {"parent": "b"}, "b": {"parent": "a"}}, "id": "3"},
    {"mapping": {"a": exports.gpt_node("a", "a", "user", "\ud800\0")}, "id": "4"},
    {"mapping": {"a": exports.gpt_node("a", None, "user", "x", at=1e300)}, "id": "5"},
    {"chat": {"history": {}}},
    {"chat": {"history": {"messages": [], "currentId": 3}}, "id": "6"},
    {"chat": {"history": {"messages": {"a": {"role": "user", "timestamp": []}}}}, "id": "7"},
    {"chat_messages": [None, 3, {"sender": 1}, {"sender": "human", "content": {}}], "uuid": "8"},
    {"chat_messages": [{"sender": "human", "text": "x"}] * 3, "uuid": "y" * 999, "name": "z" * 999},
]


def test_what_is_odd_comes_as_far_as_it_can_and_the_rest_is_named(desk: Desk) -> None:
    done = desk.put_in(dumped([*ODD, exports.chatgpt()]))
    assert done.state == "done"
    assert done.skipped_count >= 7
    assert len(desk.chats()["A loose chain"]["messages"]) == 6


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "FREE", 1000)
    data = io.BytesIO(zipped({"a.json": b" " * 10_000_000}))
    for _, inside in zips.json_files(data, 10**9):
        assert inside.read(500)
        with pytest.raises(Refused, match="far more"):
            inside.read(5_000_000)
