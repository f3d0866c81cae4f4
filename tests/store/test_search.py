from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, func, select, text
from sqlmodel import Session

from store import copies, messages, search_index, sessions
from store.search import Hit, Within, find
from store.search_marks import excerpt
from store.search_query import parse
from store.tables import messages as table
from store.tables import search_texts, users
from tests.store.samples import ANN, BOB, FREE, NOON, answered_again, asked, end, exchange, make

NUMBERS = range(1, 1200)


def found(db: Session, query: str, user_id: str = ANN, **more: Any) -> list[Hit]:
    within = Within(**more.pop("within", {}))
    return find(db, user_id=user_id, query=parse(query), within=within, **more).hits


def ids(hits: list[Hit]) -> list[int | None]:
    return [hit.message_id for hit in hits]


def marked(hit: Hit) -> list[str]:
    return [hit.excerpt[start:stop] for start, stop in hit.marks]


def test_a_message_is_found_with_all_that_tells_where_it_is(db: Session) -> None:
    place = make(db, title="Phones")
    question, _ = exchange(db, place, "My battery is dead", "Buy another one.", now=NOON)
    [hit] = found(db, "dead battery")
    assert (hit.session_id, hit.title, hit.message_id) == (place.session_id, "Phones", question.id)
    assert (hit.role, hit.excerpt, hit.created_at) == ("user", "My battery is dead", NOON)
    assert hit.marks == ((3, 10), (14, 18))
    assert [hit.role for hit in found(db, "ANOTHER")] == ["assistant"]


FOUND = [
    ("Überraschung im Café", "uberraschung CAFÉ", ["Überraschung", "Café"]),
    ("re\u0301sume\u0301", "resume", ["re\u0301sume\u0301"]),
    ("Die Straße", "STRASSE", ["Straße"]),
    ("Καλημέρα κόσμε", "ΚΌΣΜΕ", ["κόσμε"]),
    ("привет МИР", "Мир ПРИВЕТ", ["привет", "МИР"]),
    ("電池が切れた", "電池", ["電池"]),
    ("電池が切れた", "が切れ", ["が切れ"]),
    ("電池が切れた", "た", ["た"]),
    ("배터리가 없다", "배터리", ["배터리"]),
    ("ภาษาไทยยาก", "ไทย", ["ไทย"]),
    ("हिन्दी में", "हिन्दी", ["हिन्दी"]),
    ("\u212a is Kelvin", "k kelvin", ["\u212a", "Kelvin"]),
    ("emoji 🔋 battery", "🔋", ["🔋"]),
    ("我的手机电池坏了。", "池", ["池"]),
    ("我的手机电池坏了。", "手机电池", ["手机电池"]),
    ("我的手机电池坏了。", "电池 手机", ["手机", "电池"]),
    ("ｉＰｈｏｎｅの電池", "iphoneの電", ["ｉＰｈｏｎｅの電"]),
    ("ﾃﾞﾝﾁが切れた", "デンチ", ["ﾃﾞﾝﾁが切れた"]),
    ("배터리가 없다", "가 없", ["가", "없"]),
    ("배터리가 없다", "리", ["리"]),
    ("น้ำมันหมด", "น้ำ", ["น้ำ"]),
    ("人々が行く", "人々", ["人々"]),
    ("שלום עולם", "עולם", ["עולם"]),
    ("مَرْحَبًا بالعالم", "مرحبا", ["مَرْحَبًا"]),
    ("👍🏽 yes", "👍", ["👍"]),
    ("İstanbul", "istanbul", ["İstanbul"]),
    ("the end; of it. All", '"of it all"', ["of it. All"]),
    ("alpha beta gamma", "alpha zeta OR gamma", ["alpha", "gamma"]),
    ("a snake_case name", "case", ["case"]),
    ("My battery, is flat", '"battery is"', ["battery, is"]),
    ("My battery is flat", "batt*", ["battery"]),
    ("My battery is flat", '"is fl"*', ["is flat"]),
    ("My battery is flat", "screen OR battery", ["battery"]),
    ("My battery is flat", "flat screen OR battery", ["battery", "flat"]),
    ("My battery is flat", "battery -screen", ["battery"]),
    ("My battery is flat", 'battery -"is dead"', ["battery"]),
    ("My battery is flat", '"battery is', ["battery is"]),
    ("My battery is flat", "OR battery OR", ["battery"]),
    ("My battery is flat", "((battery)) AND*)", None),
    ("don't", "don’t", ["don't"]),
    ("x" * 100, "x" * 100, ["x" * 100]),
]


@pytest.mark.parametrize(("content", "query", "words"), FOUND)
def test_what_is_found_and_marked(
    db: Session, content: str, query: str, words: list[str] | None
) -> None:
    exchange(db, make(db, title="Nothing"), content, "Nothing.")
    hits = found(db, query)
    assert [marked(hit) for hit in hits] == ([words] if words else [])


@pytest.mark.parametrize(
    "query",
    [
        *('"is battery"', "batt", "battery -flat", 'battery -"is fl"*', "screen", "b*"),
        *("battery screen OR dead", "電", "§user", "x:*", "NEAR(battery flat)", "terms:battery"),
    ],
)
def test_what_is_not_found(db: Session, query: str) -> None:
    exchange(db, make(db, title="Nothing"), "My battery is flat", "Nothing.")
    assert found(db, query) == []


@pytest.mark.parametrize("query", ["\ud800 a", "x" * 100_000, "a " * 5000, "a OR " * 90])
def test_odd_queries_do_not_fail(db: Session, query: str) -> None:
    exchange(db, make(db), "Hi", "Hello")
    assert found(db, query) == []


def test_what_the_databases_would_understand_is_only_words(db: Session) -> None:
    exchange(db, make(db), "Hi", "Hello")
    for query in ("(a", "a)", "a AND", "NOT a", "{a}", "a^2", "a:b", "a\\b", "a'b"):
        assert found(db, query) == []
    for query in ("'a' & !'b'", "a|b", "a <-> b", "a:*", "+a", "a NEAR b"):
        assert found(db, query) == []


def test_the_last_word_of_what_is_being_typed(db: Session) -> None:
    exchange(db, make(db, title="One"), "My battery is flat", "No.")
    query = parse("flat bat", unfinished=True)
    assert find(db, user_id=ANN, query=query).count == 1
    assert find(db, user_id=ANN, query=parse("bat flat", unfinished=True)).count == 0


def test_a_chat_is_found_by_its_title_as_it_is_now(db: Session) -> None:
    place = make(db, title="Größere Akkus")
    make(db, title="Other")
    [hit] = found(db, "AKKUS grossere")
    assert (hit.session_id, hit.role, hit.message_id) == (place.session_id, "title", None)
    assert (hit.excerpt, marked(hit)) == ("Größere Akkus", ["Größere", "Akkus"])
    sessions.change(db, place, title="Batteries")
    assert found(db, "akkus") == []
    assert len(found(db, "batteries")) == 1
    fresh = make(db)
    exchange(db, fresh, "Zebra crossing", "No.")
    assert sorted(hit.role for hit in found(db, "zebra")) == ["title", "user"]
    sessions.suggest_title(db, fresh, title="About streets")
    assert [hit.role for hit in found(db, "zebra")] == ["user"]
    assert [hit.role for hit in found(db, "streets")] == ["title"]


def test_what_is_in_the_trash_is_not_found_until_it_comes_back(db: Session) -> None:
    trashed = make(db, title="One")
    exchange(db, trashed, "battery", "No.")
    place = make(db, title="Two")
    question, _ = exchange(db, place, "No.", "battery too")
    sessions.trash(db, trashed)
    messages.delete(db, place, message_id=question.id)
    assert found(db, "battery") == []
    sessions.restore(db, trashed)
    messages.restore(db, place, message_id=question.id)
    assert len(found(db, "battery")) == 2


def test_what_is_gone_for_good_leaves_nothing_in_the_index(db: Session) -> None:
    place = make(db, title="Battery")
    exchange(db, place, "battery", "battery")
    db.execute(delete(table).where(table.c.id == 2))
    assert len(found(db, "battery")) == 2
    exchange(db, make(db, BOB, title="Battery"), "battery")
    db.execute(delete(users).where(users.c.id == ANN))
    assert found(db, "battery") == []
    assert db.scalar(select(func.count()).select_from(search_texts)) == 3
    db.execute(delete(users))
    if db.get_bind().dialect.name == "sqlite":
        left = "SELECT count(*) FROM search_fts WHERE search_fts MATCH :term"
        for user_id in (ANN, BOB):
            term = {"term": f'"{search_index.owner_of(user_id)}battery"'}
            assert db.execute(text(left), term).scalar() == 0


def test_all_branches_and_archived_chats_are_found(db: Session) -> None:
    place = make(db, title="One")
    exchange(db, place, "Hello", "battery")
    end(db, place, answered_again(db, place, message_id=2).id, "Another answer")
    sessions.change(db, place, archived=True)
    assert ids(found(db, "battery")) == [2]


def test_an_answer_is_found_when_it_has_ended_and_as_it_ended(db: Session) -> None:
    place = make(db, title="One")
    pair = asked(db, place, "zebra")
    assert ids(found(db, "zebra")) == [1]
    end(db, place, pair.answer.id, "battery", status="interrupted")
    assert ids(found(db, "battery")) == [2]
    end(db, place, pair.answer.id, "screen")
    assert found(db, "battery") == []
    assert ids(found(db, "screen")) == [2]


def test_copies_are_found_too(db: Session) -> None:
    place = make(db, title="Phones")
    exchange(db, place, "battery", "zebra")
    exchange(db, place, "screen", "No.")
    copy = copies.duplicate(db, place, may=FREE)
    branch = copies.branch(db, place, message_id=2, may=FREE)
    assert {hit.session_id for hit in found(db, "battery")} == {
        place.session_id,
        copy.session_id,
        branch.session_id,
    }
    assert len(found(db, "screen")) == 2
    assert [hit.role for hit in found(db, "branch")] == ["title"]
    inside = {"session_id": branch.session_id}
    assert ids(found(db, "zebra", within=inside)) == [2]


def test_nothing_of_others_is_found(db: Session) -> None:
    exchange(db, make(db, title="Battery secret"), "battery secret", "secret")
    exchange(db, make(db, BOB, session_id="same"), "his", "own")
    exchange(db, make(db, session_id="same"), "battery secret of the same id", "secret")
    for user_id in (BOB, "nobody", "%", "ann' --", ""):
        for query in ("secret", "battery", "sec*", "secret -his"):
            assert found(db, query, user_id=user_id) == []
            assert found(db, query, user_id=user_id, within={"session_id": "same"}) == []


def test_what_others_have_changes_nothing(db: Session) -> None:
    exchange(db, make(db, title="One"), "battery battery", "A battery in a phone")
    before = found(db, "battery phone OR battery")
    for _ in range(20):
        exchange(db, make(db, BOB, title="Battery"), "battery phone", "battery")
    assert found(db, "battery phone OR battery") == before


def test_of_a_very_long_text_the_beginning_is_found(db: Session) -> None:
    place = make(db, title="One")
    most = search_index.WORDS_MAX
    exchange(db, place, "word " * (most - 1) + "needle haystack", "x" * 900_000 + " needle")
    assert ids(found(db, "needle")) == [1]
    assert found(db, "haystack") == []
    assert "needle" in found(db, "needle")[0].excerpt


def test_the_excerpt_is_around_the_words() -> None:
    query = parse("needle")
    assert excerpt("short needle", query) == "short needle"
    assert excerpt("a" * 10 + "\n\n needle", query) == "aaaaaaaaaa needle"
    long = excerpt("word " * 1000 + "needle" + " word" * 1000, query)
    assert long.startswith("…word")
    assert "needle" in long
    assert len(long) <= 201
    assert excerpt("only the title", query) == "only the title"


def test_writers_of_many_have_them_found(db: Session) -> None:
    place = make(db, title="One")
    rows = [
        {"user_id": ANN, "session_id": place.session_id, "id": at, "depth": at, "role": "user"}
        | {"content": f"zebra {at}", "created_at": NOON}
        for at in NUMBERS
    ]
    db.execute(table.insert(), rows)
    texts = [
        search_index.SearchText(place.session_id, at, "user", f"zebra {at}", NOON)
        for at in range(1, 1200)
    ]
    search_index.written(db, ANN, texts)
    assert ids(found(db, "1100")) == [1100]
    assert len({hit.number for hit in found(db, "zebra", limit=200)}) == 200
