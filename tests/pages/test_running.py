"""What an administrator reads of what runs."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest

from chat import VERSION, runtime
from chat.agent.mcp.servers import McpServers
from chat.config import Settings
from chat.runtime import Runtime
from store.migrations import revisions
from store.users import LOCAL_USER
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import ScriptTab
from tests.scripted_model import ScriptedModel
from tests.store.samples import add_user
from tests.waiting import until

SECRET = "sk-never-shown"
SERVERS = {
    "time": {"command": "no-such-command", "args": [SECRET], "env": {"KEY": SECRET}},
    "notes": {"url": f"http://127.0.0.1:9/{SECRET}", "headers": {"X-Key": SECRET}},
}


@pytest.fixture(scope="module")
def settings(scripted_walled: Settings) -> Settings:
    return scripted_walled


@pytest.fixture
def admin(parts: Runtime, tab: OpenScriptTab) -> ScriptTab:
    """The administrator on that page."""
    add_user(parts.database, "root", role="admin")
    return tab(username="root", page="admin")


def table(admin: ScriptTab) -> dict[str, str]:
    """Names and values."""
    lines = iter(written(admin.key("what-runs")).splitlines()[1:])
    return dict(zip(lines, lines, strict=True))


def test_what_runs(admin: ScriptTab, parts: Runtime) -> None:
    shown = table(admin)
    assert shown["Parley"].split(",")[0] == VERSION
    assert parts.commit in shown["Parley"]
    assert shown["Python"].startswith("3.")
    assert shown["Streamlit"].startswith("1.")
    assert "ago" in shown["Started"] or shown["Started"] == "just now"
    assert (shown["Login"], shown["Registration"]) == ("password", "closed")
    assert shown["People"] == "1"
    assert f"schema {revisions()[-1]}" in shown["Database"]
    assert "SQLite 3" in shown["Database"]
    assert "kB" in shown["Its size"] or "MB" in shown["Its size"]
    assert shown["Free on disk"].endswith("GB")
    assert "never" in shown["Last good backup"]
    assert shown["Model"] == "127.0.0.1, scripted-1; 2 models in its list"
    assert shown["MCP servers"] == "none"
    assert shown["Answers running"] == "0 in this process"
    assert not admin.has("mcp-servers")


def test_attached_files_are_those_of_the_last_count(admin: ScriptTab, parts: Runtime) -> None:
    until(lambda: parts.files.last_count)
    parts.files.add(LOCAL_USER, BytesIO(b"a" * 2_000), "a.txt")
    parts.files.tidy()
    admin.run()
    assert table(admin)["Attached"].startswith("1 file, 2.0 kB")


def test_a_list_of_models_that_cannot_be_read(
    admin: ScriptTab, parts: Runtime, model: ScriptedModel
) -> None:
    model.models_status = 500
    parts.loop.spawn(parts.provider.refresh())
    until(lambda: parts.provider.status().problem)
    assert parts.provider.status().code == "provider_error"
    admin.run()
    assert "The list of models could not be read." in table(admin)["Model"]
    model.models_status = 200
    parts.loop.spawn(parts.provider.refresh())
    until(lambda: not parts.provider.status().problem)


def test_mcp_servers_are_there_without_their_secrets(
    admin: ScriptTab, parts: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    mcp = McpServers(Settings.model_validate({"mcp": SERVERS}))
    monkeypatch.setattr(runtime, "_current", replace(parts, mcp=mcp))
    admin.run()
    assert table(admin)["MCP servers"] == "0 of 2 connected"
    shown = written(admin.key("mcp-servers"))
    assert "time" in shown
    assert "notes" in shown
    assert SECRET not in admin.text


def test_a_service_that_does_not_answer_holds_nothing_up(
    admin: ScriptTab, parts: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = replace(parts.provider.status(), looking=True, models=())
    monkeypatch.setattr(parts.provider, "_status", waits)
    admin.run()
    assert table(admin)["Model"].endswith("its list of models is being read")
