"""The Usage page: totals, charts, table and file of what was used; and that it is one's own."""

from __future__ import annotations

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from chat.spreadsheets import as_csv
from store.database import Database
from store.endings import Ending, finish
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.store.samples import asked, make


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


def used(database: Database, model: str, cost: float | None, count: int = 1) -> None:
    with database.transaction() as db:
        for _ in range(count):
            place = make(db, user_id=LOCAL_USER)
            answer = asked(db, SessionKey(LOCAL_USER, place.session_id)).answer.id
            counts = {"prompt_tokens": 1_000, "completion_tokens": 10, "first_token_ms": 200}
            ending = Ending("complete", "Yes", model=model, cost=cost, **counts)  # type: ignore[arg-type]
            finish(db, place, message_id=answer, ending=ending)


def rows(page: ScriptTab) -> list[dict[str, object]]:
    [table] = page.app.dataframe
    found: list[dict[str, object]] = table.value.to_dict("records")
    return found


def test_nothing_was_used_yet(tab: OpenScriptTab, parts: Runtime) -> None:
    page = tab(page="usage")
    assert "Nothing was used in this time." in page.text
    assert "Days are those of UTC" in page.text
    assert not page.app.dataframe


def test_what_was_used(tab: OpenScriptTab, parts: Runtime) -> None:
    used(parts.database, "dear", 0.25, 2)
    used(parts.database, "=unknown", None)
    page = tab(page="usage")
    metrics = {one.label: one.value for one in page.app.metric}
    assert metrics["Messages"] == "6"
    assert metrics["Tokens in"] == "3,000"
    assert metrics["Cost"] == r"\$0.5000"
    assert metrics["First token"] == "0.20 s"
    assert "1 call of a model has no price" in page.text
    assert rows(page)[0]["Answers"] == 3
    page.fill("By", "Model")
    assert [(row["Model"], row["Cost"]) for row in rows(page)] == [
        ("dear", "$0.5000"),
        ("=unknown", "no price"),
    ]
    page.fill("By", "Folder")
    assert [row["Folder"] for row in rows(page)] == ["No folder"]
    page.fill("By", "User")
    assert "all people used" in page.text
    page.fill("Time", "7 days")
    assert rows(page)[0]["Questions"] == 3
    for chart in ("Answers", "Tokens", "Cost in US dollars"):
        assert chart in page.text


def test_the_file_runs_no_formulas() -> None:
    assert as_csv(["name"], [["=1+1"], ["plain"]]).decode("utf-8-sig") == (
        '"name"\r\n"\'=1+1"\r\n"plain"\r\n'
    )
