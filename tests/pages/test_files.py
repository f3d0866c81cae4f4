"""What is attached and what was computed, as the page shows it."""

from __future__ import annotations

import csv
import io
import json
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from chat.config import Settings
from chat.runtime import Runtime
from chat.ui.chat import attached, tables
from chat.ui.labels import plain
from store import files, results
from store.file_values import ColumnInfo, StoredFile
from store.result_values import ComputedKind, NewComputed
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.model_script import Call, Gate, Script, Text, calls
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import name_of, written
from tests.scripted_model import ScriptedModel
from tests.store.samples import exchange, make
from tests.waiting import until

CITIES = "city,price\nOslo,3\nLima,5\nCairo,7\n"
BAR = {"chart": {"kind": "bar", "x": "city", "y": "price", "colour": ""}, "of": "first"}
SQL = "SELECT city, price FROM cities"


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


def attach(parts: Runtime, name: str, content: str | bytes) -> StoredFile:
    body = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return parts.files.add(LOCAL_USER, body, name)[0]


def picture(colour: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (900, 600), colour).save(made, "PNG")
    return made.getvalue()


def chat_with(parts: Runtime, *attached: StoredFile, words: str = "Look") -> SessionKey:
    with parts.database.transaction() as db:
        place = make(db, LOCAL_USER)
        exchange(db, place, words, "Seen.", file_ids=[one.file_id for one in attached])
    return place


def compute(parts: Runtime, place: SessionKey, kind: ComputedKind, total: int = 2) -> str:
    """A table or chart with the chat's only answer; its id."""
    rows = pa.table({"city": ["Oslo", "=1+1"], "price": [3.5, 5.0]})
    shown, data = io.BytesIO(), io.BytesIO()
    with pa.ipc.new_stream(shown, rows.schema) as stream:
        stream.write_table(rows)
    pq.write_table(rows, data)
    new = NewComputed(
        result_id=uuid4().hex,
        kind=kind,
        title="Prices *by* city",
        query=SQL,
        about=BAR if kind == "chart" else {},
        columns=(ColumnInfo("city", "VARCHAR"), ColumnInfo("price", "DOUBLE")),
        count=2,
        total=total,
        shown=shown.getvalue(),
        data=data.getvalue(),
    )
    with parts.database.transaction() as db:
        return results.save(db, place, message_id=2, new=new).result_id


def test_each_kind_in_the_bubble(parts: Runtime, tab: OpenScriptTab) -> None:
    place = chat_with(
        parts,
        attach(parts, "notes.md", "# Notes\n\nwith **words**\n" + "more\n" * 40),
        attach(parts, "run.py", "import os\nprint(os.name)\n"),
        attach(parts, "cities.csv", CITIES),
        attach(parts, "sea.png", picture("teal")),
        attach(parts, "sand.png", picture("gold")),
    )
    [question] = tab(place.session_id).questions
    assert [name_of(one.label) for one in question.expander] == [
        "notes.md, 43 lines",
        "run.py, 2 lines",
    ]
    assert "This is how it begins." in written(question.expander[0])
    assert question.code[1].language == "python"
    [table] = question.dataframe
    assert table.value["city"].tolist() == ["Oslo", "Lima", "Cairo"]
    assert "3 rows, 2 columns" in written(question)
    [pictures] = question.get("image")
    assert [one.alt for one in pictures.proto.imgs] == ["sea.png", "sand.png"]
    [menu] = (one for one in question.menu_button if str(one.key).startswith("files-"))
    assert [name_of(one) for one in menu.options] == [
        "notes.md",
        "run.py",
        "cities.csv",
        "sea.png",
        "sand.png",
    ]


def test_a_name_is_never_drawn_as_markdown(parts: Runtime, tab: OpenScriptTab) -> None:
    name = "**b** :red[x] ![i](h).txt"
    place = chat_with(parts, attach(parts, name, "words"), attach(parts, f"{name}.csv", CITIES))
    [question] = tab(place.session_id).questions
    shown = [str(one.label) for one in question.expander] + list(question.menu_button[0].options)
    shown += [str(one.value) for one in question.caption]
    assert len(shown) >= 4
    assert not [text for text in shown if "**b" in text or ":red[" in text or "![" in text]


def test_many_tables_and_long_ones_cost_no_more_than_a_few(
    parts: Runtime, tab: OpenScriptTab
) -> None:
    long = "a,b\n" + "".join(f"{number},{'x' * 5_000}\n" for number in range(1_000))
    small = [attach(parts, f"table {n}.csv", f"a,b\n{n},x\n") for n in range(4)]
    place = chat_with(parts, attach(parts, "long.csv", long), *small)
    [question] = tab(place.session_id).questions
    assert len(question.dataframe) == 3
    first = question.dataframe[0].value
    assert len(first) * first["b"].str.len().max() <= 1_000_000
    assert f"The first {len(first)} of 1,000 rows are shown." in written(question)
    assert "table 3.csv" in written(question)


def test_of_a_damaged_table_the_rows_that_are_known_are_shown(
    parts: Runtime, tab: OpenScriptTab
) -> None:
    file = attach(parts, "damaged.csv", "city,price\nQuito,1\n")
    path = parts.files.first_rows(file, file.details.tables[0])
    assert path
    path.write_bytes(b"-" * path.stat().st_size)
    [question] = tab(chat_with(parts, file).session_id).questions
    assert question.dataframe[0].value["city"].tolist() == ["Quito"]


def test_all_of_a_file_opens_in_a_dialog(
    parts: Runtime, tab: OpenScriptTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "".join(f"line {number}\n" for number in range(400))
    place = chat_with(parts, attach(parts, "a.txt", long), attach(parts, "sea.png", picture("red")))
    chat = tab(place.session_id)
    chat.choose("files-1", plain("a.txt"))
    assert "line 399" in chat.asks
    assert not chat.app.get("link_button")
    chat.run()
    monkeypatch.setattr(attached, "LARGE", 10)
    chat.choose("files-1", plain("a.txt"))
    [link] = chat.app.get("link_button")
    assert link.proto.url.startswith("api/users/me/files/")
    chat.run()
    chat.asks_for("picture", message=1, at=0)
    assert "900 × 600" in chat.asks
    chat.run()
    chat.asks_for("picture", message=1, at=7)
    assert chat.dialog is None


def test_a_removed_file_is_named(parts: Runtime, tab: OpenScriptTab) -> None:
    gone = attach(parts, "gone.txt", "gone")
    place = chat_with(parts, gone, words="")
    with parts.database.transaction() as db:
        files.remove(db, user_id=LOCAL_USER, file_id=gone.file_id)
    [question] = tab(place.session_id).questions
    assert "gone.txt (removed)" in written(question)
    assert not [one for one in question.menu_button if str(one.key).startswith("files-")]


def test_pasted_pictures_of_one_name_are_told_apart(parts: Runtime, tab: OpenScriptTab) -> None:
    pasted = [attach(parts, "image.png", picture(colour)) for colour in ("navy", "pink", "lime")]
    other = attach(parts, "image.png (2)", "words")
    chat = tab(chat_with(parts, *pasted[:2], other, pasted[2]).session_id)
    names = ["image.png", "image.png (2)", "image.png (2) (2)", "image.png (3)"]
    assert [name_of(one) for one in chat.questions[0].menu_button[0].options] == names
    chat.choose("files-1", plain("image.png (3)"))
    assert "900 × 600" in chat.asks
    chat.run()
    chat.click("edit-1")
    assert chat.app.multiselect(key="edit-files-1").options == names


def test_an_edited_question_keeps_the_files_that_are_left(
    parts: Runtime, tab: OpenScriptTab
) -> None:
    one, two = attach(parts, "one.txt", "one"), attach(parts, "two.txt", "two")
    chat = tab(chat_with(parts, one, two).session_id)
    chat.click("edit-1")
    chat.app.multiselect(key="edit-files-1").set_value([two.file_id])
    chat.press("Send")
    chat.ended()
    assert chat.questions[-1].menu_button[0].options == [plain("two.txt")]
    chat.click(next(key for key in chat.keys("edit-") if key != "edit-1"))
    chat.press("Send")
    chat.ended()
    assert chat.questions[-1].menu_button[0].options == [plain("two.txt")]


def test_an_edit_with_a_file_that_went_meanwhile_says_which_and_keeps_the_text(
    parts: Runtime, tab: OpenScriptTab
) -> None:
    here, gone = attach(parts, "here.txt", "here"), attach(parts, "gone.txt", "gone")
    chat = tab(chat_with(parts, here, gone).session_id)
    chat.click("edit-1")
    parts.files.remove(LOCAL_USER, gone.file_id)
    chat.app.text_area(key="edit-text-1").set_value("In other words")
    chat.press("Send")
    assert "There is no such file: gone.txt." in chat.errors
    assert chat.app.text_area(key="edit-text-1").value == "In other words"
    assert chat.app.multiselect(key="edit-files-1").options == ["here.txt"]
    chat.press("Send")
    chat.ended()
    assert chat.questions[-1].menu_button[0].options == [plain("here.txt")]


def test_a_table_and_a_chart_in_an_answer(parts: Runtime, tab: OpenScriptTab) -> None:
    place = chat_with(parts)
    table, chart = compute(parts, place, "table", total=12), compute(parts, place, "chart")
    chat = tab(place.session_id)
    [answer] = chat.answers
    assert answer.dataframe[0].value["price"].tolist() == [3.5, 5.0]
    assert "The first 2 of 12 rows are shown." in written(answer)
    [drawing] = answer.get("vega_lite_chart")
    assert drawing.proto.alt == "Prices *by* city: a bar of price by city."
    assert "**Prices *by* city**" in written(answer)
    assert SQL not in written(answer)
    for result_id in (table, chart):
        chat.app.session_state[f"show-query-{result_id}"] = True
    chat.run()
    assert written(chat.answers[0]).count(SQL) == 2
    assert {f"csv-{table}", f"parquet-{chart}", f"run-{table}"} <= set(chat.keys(""))


def test_a_table_is_there_while_the_answer_is_written(
    parts: Runtime, tab: OpenScriptTab, model: ScriptedModel
) -> None:
    gate, query = Gate(), {"sql": 'SELECT city FROM "cities" ORDER BY 1', "title": "Cities"}
    model.queue(calls(Call("query_table", json.dumps(query))), Script([gate, Text("Done.")]))
    with parts.database.transaction() as db:
        session_id = make(db, LOCAL_USER, persona="analyst").session_id
    chat, file = tab(session_id), attach(parts, "cities.csv", CITIES)
    sent = {"key": "once", "content": "", "session": session_id, "new": None}
    chat.asks_for("post", **sent, files=[file.file_id])
    chat.asks_for("sent", sent=1, session=session_id)

    def live() -> object:
        chat.run()
        return [table for key in chat.keys("live-") for table in chat.key(key).dataframe]

    until(live)
    [live_answer] = chat.keys("live-")
    [table] = chat.key(live_answer).dataframe
    assert table.value["city"].tolist() == ["Cairo", "Lima", "Oslo"]
    gate.opened.set()
    chat.ended()
    assert chat.answers[-1].dataframe[0].value["city"].tolist() == ["Cairo", "Lima", "Oslo"]
    [query_box] = chat.keys("show-query-")
    chat.app.session_state[query_box] = True
    chat.run()
    chat.press("Run again")
    assert "Nothing changed" in chat.asks
    chat.run()
    chat.asks_for("post", **sent | {"key": "other"}, files=["nobody"])
    assert chat.known.fates["other"]["isGone"] is False
    assert "no such file" in str(chat.known.fates["other"]["refused"])


def test_a_download_has_no_formula(parts: Runtime) -> None:
    place = chat_with(parts)
    result_id = compute(parts, place, "table")
    data = tables.as_file(place, 2, result_id, "csv").decode("utf-8-sig")
    rows = list(csv.reader(data.splitlines()))
    assert rows == [["city", "price"], ["Oslo", "3.5"], ["'=1+1", "5.0"]]
