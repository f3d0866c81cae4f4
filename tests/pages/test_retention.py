"""The section Retention of the Admin page: rules, the dry run, and moving what it listed."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from chat import unused as use_case
from chat.config import Settings
from chat.runtime import Runtime
from chat.ui.admin import dry_run
from chat.ui.unused import line
from store import cleanup, kept, retention_rules, sessions, unused
from store.errors import StorageUnavailable
from store.retention_rules import RetentionRule
from store.tables import sessions as table
from store.types import utc_now
from store.values import SessionKey, User
from tests.logins import login_of
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import ScriptTab
from tests.store.samples import add_user, make, make_folder, titles_of

OLD = utc_now() - timedelta(days=200)


@pytest.fixture(scope="module")
def settings(walled: Settings) -> Settings:
    return walled


@pytest.fixture
def root(parts: Runtime) -> User:
    with parts.database.transaction() as db:
        retention_rules.remove_all(db)
    return add_user(parts.database, "root", role="admin")


@pytest.fixture
def admin(root: User, tab: OpenScriptTab) -> ScriptTab:
    return tab(username="root", page="admin")


def section(admin: ScriptTab) -> str:
    return written(admin.key("retention"))


def add(admin: ScriptTab, days: int = 90, folder: str = "") -> None:
    admin.fill("Days without use", days)
    admin.fill("Folder (optional)", folder)
    admin.press("Add rule")


def rules(parts: Runtime) -> tuple[RetentionRule, ...]:
    with parts.database.reading() as db:
        return retention_rules.read(db)


def act(admin: ScriptTab, rule: RetentionRule, option: str) -> None:
    admin.choose(f"rule-actions-{rule.id}", option)


def old(parts: Runtime, user: User, *titles: str, since: datetime = OLD) -> list[SessionKey]:
    with parts.database.transaction() as db:
        return [make(db, user.id, title=title, now=since) for title in titles]


def test_rules_are_made_off_switched_and_removed(admin: ScriptTab, parts: Runtime) -> None:
    assert "There are no rules: each chat stays" in section(admin)
    assert "restore them for 30 days" in section(admin)
    assert not admin.has("dry-run")
    add(admin, 30, "Drafts <b>*x*</b>")
    assert "The rule is added. It is off." in admin.errors
    [rule] = rules(parts)
    assert admin.called(f"rule-actions-{rule.id}") == (
        "Actions for Unused for 30 days in a folder “Drafts <b>*x*</b>”"
    )
    assert "Off: chats go by hand only" in section(admin)
    act(admin, rule, "Switch on")
    assert "On: chats go by themselves" in section(admin)
    act(admin, rule, "Switch off")
    assert not rules(parts)[0].on
    act(admin, rule, "Remove")
    assert "**Unused for 30 days in a folder “Drafts <b>*x*</b>”**" in admin.asks
    admin.press("Cancel")
    assert rules(parts)
    act(admin, rule, "Remove")
    admin.press("Remove")
    assert "The rule is removed: Unused for 30 days" in admin.errors
    assert rules(parts) == ()


def test_what_is_no_rule_is_refused_and_stays_typed(admin: ScriptTab, parts: Runtime) -> None:
    add(admin, 90, "Work")
    add(admin, 90, "WORK")
    assert "There is such a rule already." in admin.errors
    assert admin.field("Folder (optional)").value == "WORK"
    assert len(rules(parts)) == 1
    with parts.database.transaction() as db:
        for days in range(1, retention_rules.RULES_MAX):
            retention_rules.add(db, days=days)
    admin.run()
    assert "There are 20 rules, and no more can be." in section(admin)
    assert "Add rule" not in admin.buttons()


def test_a_rule_that_another_administrator_removed(admin: ScriptTab, parts: Runtime) -> None:
    add(admin)
    [rule] = rules(parts)
    with parts.database.transaction() as db:
        retention_rules.remove_all(db)
    act(admin, rule, "Switch on")
    assert "There is no such rule." in admin.errors
    assert rules(parts) == ()


def test_a_dry_run_lists_exactly_what_then_goes(admin: ScriptTab, parts: Runtime) -> None:
    ann, bob = add_user(parts.database, "ann", "New"), add_user(parts.database, "bob")
    with parts.database.transaction() as db:
        make_folder(db, "f", ann.id, name="Drafts")
        make(db, ann.id, title="Filed", folder="f", now=OLD)
    old(parts, ann, "Plan *b*", "Used")
    [pinned] = old(parts, bob, "Pinned")
    parts.sessions.change(pinned, pinned=True)
    add(admin, 90)
    admin.press("Dry run")
    assert "3 chats would go to the trash now:" in section(admin)
    listed = [written(admin.key(key)) for key in admin.keys("unused-") if key != "unused-csv"]
    assert len(listed) == 3
    assert all(
        "Unused for 90 days" in one and f"last used on {OLD:%Y-%m-%d}" in one for one in listed
    )
    assert any(one.startswith("**Filed** of ann") and "in “Drafts”" in one for one in listed)
    assert any(one.startswith("**Plan *b*** of ann") for one in listed)
    assert len(titles_of(parts.database, ann.id)) == 4, "nothing has gone yet"
    with parts.database.transaction() as db:
        db.execute(update(table).where(table.c.title == "Used").values(version=9))
    old(parts, bob, "Later")
    admin.run()
    assert dry_run.CHANGED in section(admin)
    admin.press("Move these to the trash")
    assert "2 chats went to the trash; 1 stayed because they changed." in admin.errors
    assert set(titles_of(parts.database, ann.id)) == {"New", "Used"}
    assert set(titles_of(parts.database, bob.id)) == {"Pinned", "Later"}
    assert not admin.has("move-unused")
    with parts.database.reading() as db:
        assert sessions.totals(db, user_id=ann.id).trashed == 2


def test_nothing_would_go(admin: ScriptTab) -> None:
    add(admin)
    admin.press("Dry run")
    assert "No chat would go to the trash now." in admin.errors
    assert not admin.has("move-unused")


def test_a_long_list_is_shown_in_parts(
    admin: ScriptTab, parts: Runtime, root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_case, "DRY_RUN_MAX", 35)
    old(parts, root, *(f"Chat {number}" for number in range(40)))
    add(admin)
    admin.press("Dry run")
    assert "40 chats would go" in section(admin)
    assert "The list has the 35 chats unused longest." in section(admin)
    assert len(admin.keys("unused-")) == 30 + 1
    admin.click("more-unused")
    assert len(admin.keys("unused-")) == 35 + 1
    assert not admin.has("more-unused")
    admin.click("move-unused")
    assert "35 chats went to the trash." in admin.errors
    assert len(titles_of(parts.database, root.id)) == 5


def test_the_list_as_a_file_runs_no_formula(admin: ScriptTab, parts: Runtime, root: User) -> None:
    old(parts, root, "=1+1", "Plan, with “words”")
    add(admin)
    admin.press("Dry run")
    run = admin.known.dry_run
    assert run
    known = parts.unused.details(login_of(root), run.chats)
    names = {one.rule_id: "Unused for 90 days" for one in run.chats}
    data = dry_run.as_csv(run.chats, known, names).decode("utf-8-sig")
    head, *rows = csv.reader(data.splitlines())
    assert tuple(head) == dry_run.COLUMNS
    assert {row[2] for row in rows} == {"'=1+1", "Plan, with “words”"}
    assert {(row[0], row[5], row[6]) for row in rows} == {("root", "Unused for 90 days", "")}
    assert rows[0][4] == f"{OLD:%Y-%m-%dT%H:%M:%SZ}"


def test_who_is_no_administrator_any_more_moves_nothing(
    admin: ScriptTab, parts: Runtime, root: User
) -> None:
    boss = add_user(parts.database, "boss", role="admin")
    old(parts, root, "Plan")
    add(admin)
    admin.press("Dry run")
    parts.members.set_role(login_of(boss), root.id, "user")
    admin.later()
    admin.click("move-unused")
    assert "There is no such page." in admin.errors
    assert titles_of(parts.database, root.id) == ["Plan"]


def test_a_failure_half_way_claims_nothing_and_can_be_repeated(
    admin: ScriptTab, parts: Runtime, root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    old(parts, root, "A", "B", "C")
    add(admin)
    admin.press("Dry run")
    monkeypatch.setattr(cleanup, "PURGE_MAX", 2)
    trash, calls = unused.trash, []

    def fails(*given: Any, **said: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise StorageUnavailable("The database is away.", "Try again.")
        return trash(*given, **said)

    monkeypatch.setattr(unused, "trash", fails)
    admin.click("move-unused")
    assert "The database is away. Try again." in admin.errors
    assert "went to the trash" not in admin.errors
    assert not admin.has("move-unused")
    admin.press("Dry run")
    assert "1 chat would go to the trash now:" in section(admin)
    admin.click("move-unused")
    assert "1 chat went to the trash." in admin.errors


def test_damaged_rules_can_be_removed(admin: ScriptTab, parts: Runtime) -> None:
    with parts.database.transaction() as db:
        kept.put(db, name=retention_rules.NAME, value='[{"days": "<b>"}]')
    admin.run()
    assert "The rules cannot be read, so none applies." in admin.errors
    assert "What runs" in admin.text.splitlines(), "the rest of the page is there"
    assert not admin.has("dry-run")
    admin.press("Remove all rules")
    admin.press("Remove")
    assert "There are no rules any more." in admin.errors
    assert rules(parts) == ()


def test_people_are_told(admin: ScriptTab, parts: Runtime, tab: OpenScriptTab) -> None:
    add_user(parts.database, "ann")
    theirs = tab(username="ann", page="manage")
    assert "go to the trash; pinned" not in theirs.text
    add(admin)
    theirs.run()
    assert "go to the trash; pinned" not in theirs.text
    act(admin, rules(parts)[0], "Switch on")
    theirs.run()
    told = "Chats unused for 90 days go to the trash; pinned and shared ones stay."
    assert told in theirs.text.splitlines()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([], ""),
        ([(1, "")], "Chats unused for 1 day go"),
        ([(90, ""), (30, "")], "Chats unused for 30 days go"),
        ([(90, ""), (30, "Work"), (40, "WORK"), (91, "Old")], "Chats unused for 90 days, or for "),
        ([(30, "Work")], "Chats unused for 30 days in a folder “Work” go"),
    ],
)
def test_rules_in_words(said: list[tuple[int, str]], words: str) -> None:
    text = line([RetentionRule(f"{at}", days, folder) for at, (days, folder) in enumerate(said)])
    assert text.startswith(words)
    assert "Old" not in text
    if len(said) == 4:
        assert "for 30 days in a folder “Work”, go to the trash" in text
