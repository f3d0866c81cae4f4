"""Computed results over several messages and versions, and analyzed accounts as tables."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from chat.data.answering import AnswerData
from chat.errors import InvalidInput
from store import profiles
from store.tables import results as stored_results
from store.values import SessionKey
from tests.chat.conftest import USER, Room, Rooms
from tests.chat.data.conftest import CITIES, Desk
from tests.chat.data.test_tables import ASK, DRAW, computed, now
from tests.model_script import Call, Pause, Script, Text, calls


def test_a_later_answer_draws_a_table_of_an_earlier_one(desk: Desk) -> None:
    first, _ = computed(desk)
    table = first.results[0].result_id
    named = Call("draw_chart", json.dumps({"kind": "line", "x": "city", "y": "average price"}))
    by_id = Call("draw_chart", json.dumps({**json.loads(named.arguments), "query_id": table}))
    desk.room.model.queue(calls(named), Script(), calls(by_id), Script())
    later, _ = desk.ask("Draw it as a line")
    latest, _ = desk.ask("And once more")

    assert [one.about["of"] for one in (*later.results, *latest.results)] == [table, table]
    desk.room.model.queue(calls(by_id), Script())
    (file,) = desk.room.row(first.parent_id, "desk").files
    other, _ = desk.ask("Instead", file, edit_of=first.parent_id)
    assert other.results == ()
    said = desk.room.model.requests[-1].body["messages"][-1]["content"]
    assert "no such query_id in this chat. Call query_table first" in said
    wrong = Call("draw_chart", json.dumps({**json.loads(named.arguments), "query_id": "\0 odd"}))
    desk.room.model.queue(calls(wrong), Script())
    desk.ask("Of that", parent_id=latest.id)
    assert f"{table} (Average" in desk.room.model.requests[-1].body["messages"][-1]["content"]


def test_a_version_that_goes_on_has_its_results_and_one_that_begins_anew_has_none(
    desk: Desk,
) -> None:
    file = desk.add("cities.csv", data=CITIES)
    desk.room.model.queue(calls(ASK), Script([Text("So far"), Pause()]))
    asked = desk.room.send("Average price by city?", session_id="desk", file_ids=[file.file_id])
    desk.room.stored(asked.answer.id, "So far", "desk")
    desk.room.stop("desk")
    stopped = desk.room.ended(asked.answer.id, "desk")
    turns, (table,) = desk.room.turns, stopped.results

    desk.room.model.queue(calls(DRAW), Script())
    more = turns.answer_again(desk.key, stopped.id, continued=True)
    desk.room.watch(more.id, "desk")
    both = desk.room.row(more.id, "desk").results
    assert [(one.kind, one.number) for one in both] == [("table", 1), ("chart", 2)]
    assert both[0].result_id == table.result_id == both[1].about["of"]
    anew = turns.answer_again(desk.key, stopped.id)
    desk.room.watch(anew.id, "desk")
    assert desk.room.row(anew.id, "desk").results == ()
    assert desk.room.row(stopped.id, "desk").results == (table,)


def test_an_answer_goes_on_only_where_its_results_have_room_twice(desk: Desk) -> None:
    row, _ = computed(desk)
    most = desk.room.settings.results_mb * 1_000_000
    with desk.room.database.transaction() as db:
        db.execute(update(stored_results).values(size=most // 3))

    with pytest.raises(InvalidInput, match="of all of your chats"):
        desk.room.turns.answer_again(desk.key, row.id, continued=True)
    assert desk.room.row(row.id, "desk").versions == (row.id,)
    assert desk.room.turns.answer_again(desk.key, row.id).id


SUNDAY = 1714903200
ACCOUNTS = {"ann": (3, "x"), "bob": (5, "x"), "ann on": (4, "mastodon")}


def with_accounts(room: Room, key: SessionKey) -> None:
    """Three analyzed accounts that posted on so many Sundays, and each on ten Mondays."""
    for name, (count, source) in ACCOUNTS.items():
        times = [SUNDAY - week * 604_800 for week in range(count)]
        times += [SUNDAY + 86_400 - week * 604_800 for week in range(10)]
        stored = {"post_count": len(times), "posts": [], "computed": {"times": times}}
        with room.database.transaction() as db:
            profiles.save(db, key, source=source, handle=name.split()[0], result=stored)


def test_which_of_three_accounts_posts_most_on_sundays(rooms: Rooms) -> None:
    room = rooms(openai_base_url=None, model="", offline_tokens_per_second=100_000)
    room.create("accounts", persona="analyst")
    key = SessionKey(USER, "accounts")
    with_accounts(room, key)
    question = "Which of my three accounts posts most on Sundays? Draw it."
    row = room.ended(room.send(question, session_id="accounts").answer.id, "accounts")

    table, chart = row.results
    _, rows = now(room.parts.data.rows(key, row.id, table.result_id))
    assert rows == (("bob (x)", 5), ("ann (mastodon)", 4), ("ann (x)", 3))
    assert chart.about["chart"] == {"kind": "bar", "x": "account", "y": "posts", "colour": ""}
    mine = AnswerData(room.parts.data, key, row.id, row.parent_id or 0)
    sql = "SELECT handle, source, count(*) AS n FROM posts WHERE dayname(time) = 'Sunday'"
    found = now(mine.query(f"{sql} GROUP BY ALL ORDER BY n DESC", "", tell=lambda _: None))
    assert found.rows[0] == ("bob", "x", 5)
    shown = now(mine.query("SHOW TABLES", "", tell=lambda _: None))
    assert shown.rows == (("posts",), ("profiles",))
