"""MCP servers in the settings: what is read, what is refused in which words, what stays secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chat.config import ROOT, Settings, load
from chat.errors import ConfigurationError
from chat.mcp_settings import McpServer
from tests.chat.test_config import refusal, written

SECRET = "sk-never-shown"
EITHER = "a table with either command (and args, env) or url (and headers)."
NAMED = "named with up to 20 of a-z and 0-9, and single - or _ between them."


def in_file(text: str, folder: Path) -> dict[str, McpServer]:
    return load(environment={}, secrets=written(folder, text)).mcp


def test_the_file(tmp_path: Path) -> None:
    text = f"""
        [parley.mcp.time]
        command = "mcp-server-time"
        args = ["--key", "{SECRET}"]
        env = {{ KEY = "{SECRET}" }}
        timeout = 5
        [parley.mcp.wiki-2_b]
        url = "https://u:{SECRET}@example.org/mcp?key={SECRET}"
        headers = {{ Authorization = "Bearer {SECRET}" }}
        tools = ["search"]
    """
    servers = in_file(text, tmp_path)
    time, wiki = servers["time"], servers["wiki-2_b"]
    assert (time.kind, time.command, time.timeout, time.tools) == (
        "stdio",
        "mcp-server-time",
        5,
        None,
    )
    assert [one.get_secret_value() for one in time.args] == ["--key", SECRET]
    assert time.env["KEY"].get_secret_value() == SECRET
    assert (wiki.kind, wiki.timeout, wiki.tools) == ("http", 20, ("search",))
    assert wiki.headers["Authorization"].get_secret_value() == f"Bearer {SECRET}"
    assert SECRET in time.secrets
    assert SECRET not in f"{servers!r} {servers!s} {Settings(mcp=servers)!r}"


def test_the_environment_has_json_and_wins(tmp_path: Path) -> None:
    secrets = written(tmp_path, '[parley.mcp.time]\ncommand = "of the file"\n')
    value = json.dumps({"other": {"url": "http://localhost:8000/mcp"}})
    settings = load(environment={"PARLEY_MCP": value}, secrets=secrets)
    assert list(settings.mcp) == ["other"]
    assert load(environment={"PARLEY_MCP": "{}"}, secrets=secrets).mcp == {}
    assert list(load(environment={"PARLEY_MCP": ""}, secrets=secrets).mcp) == ["time"]


def test_the_example_in_the_repository(tmp_path: Path) -> None:
    example = (ROOT / ".streamlit" / "secrets.toml.example").read_text(encoding="utf-8")
    part = example[example.index("# [parley.mcp.time]") :].split("\n\n")[0]
    lines = [line.removeprefix("# ") for line in part.splitlines() if "[p" in line or " = " in line]
    servers = in_file("\n".join(lines).replace("…", "x"), tmp_path)
    assert list(servers) == ["time", "wiki"]


@pytest.mark.parametrize(
    ("server", "field", "must"),
    [
        ({"command": ""}, ".command", "must be the name of a program or its path."),
        ({"command": 5}, ".command", "must be the name of a program or its path."),
        ({"command": "x", "args": [SECRET, 1]}, ".args", "must be a list of texts."),
        ({"command": "x", "args": SECRET}, ".args", "must be a list of texts."),
        ({"command": "x", "env": {"KEY": 1}}, ".env", "must be a table of texts."),
        ({"command": "x", "env": {"A=": SECRET}}, ".env", "must be a table of texts."),
        (
            {"url": f"ftp://{SECRET}"},
            ".url",
            "must be an address that begins with http:// or https://.",
        ),
        (
            {"url": f"http://{SECRET}:99999"},
            ".url",
            "must be an address that begins with http:// or https://.",
        ),
        (
            {"url": "http://x", "headers": {"A": f"{SECRET}\n"}},
            ".headers",
            "must be a table of texts in ASCII, each on one line.",
        ),
        (
            {"url": "http://x", "headers": {"A B": SECRET}},
            ".headers",
            "must be a table of texts in ASCII, each on one line.",
        ),
        (
            {"command": "x", "timeout": 0},
            ".timeout",
            "must be a number of seconds above 0 and up to 600.",
        ),
        (
            {"command": "x", "timeout": "inf"},
            ".timeout",
            "must be a number of seconds above 0 and up to 600.",
        ),
        ({"command": "x", "tools": [1]}, ".tools", "must be a list of the names of tools."),
        (
            {"cmd": SECRET},
            ".cmd",
            "is not a setting; there are args, command, env, headers, timeout, tools, url.",
        ),
        ({"command": "x", "url": f"http://{SECRET}"}, "", f"must be {EITHER}"),
        ({"command": "x", "headers": {"A": SECRET}}, "", f"must be {EITHER}"),
        ({"url": "http://x", "args": [SECRET]}, "", f"must be {EITHER}"),
        ({"url": "http://x", "env": {"A": SECRET}}, "", f"must be {EITHER}"),
        ({}, "", f"must be {EITHER}"),
        (SECRET, "", f"must be {EITHER}"),
    ],
)
def test_what_is_wrong_is_named_down_to_the_field(
    server: Any, field: str, must: str, tmp_path: Path
) -> None:
    environment = {"PARLEY_MCP": json.dumps({"time": server})}
    sentence = refusal(environment, tmp_path / "missing.toml")
    assert sentence == f"time{field} in PARLEY_MCP {must}"


@pytest.mark.parametrize("name", ["Time", "a b", "a__b", "_a", "a-", "x" * 21, "ä"])
def test_names(name: str, tmp_path: Path) -> None:
    environment = {"PARLEY_MCP": json.dumps({name: {"command": "x"}})}
    sentence = refusal(environment, tmp_path / "missing.toml")
    assert sentence == f"{name} in PARLEY_MCP must be {NAMED}"


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (
            "[parley.mcp.time]\ncommand = 5",
            "mcp.time.command in [parley] of secrets.toml must be the",
        ),
        (
            "[parley.MCP.time]\ncommand = 5",
            "MCP.time.command in [parley] of secrets.toml must be the",
        ),
        ("[parley.mcp.time]\n", "mcp.time in [parley] of secrets.toml must be a table with either"),
        ("[parley.mcp.T]\ncommand = 'x'", "mcp.T in [parley] of secrets.toml must be named with"),
        ("[parley]\nmcp = 5", "mcp in [parley] of secrets.toml must be a table of servers"),
    ],
)
def test_the_file_is_named_as_it_was_written(text: str, begins: str, tmp_path: Path) -> None:
    assert refusal({}, written(tmp_path, text)).startswith(begins)


@pytest.mark.parametrize("value", [SECRET, "[]", '"x"', "5", f'{{"{SECRET}'])
def test_what_is_no_json_object(value: str, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^PARLEY_MCP must be a table of servers"
    ) as refused:
        load(environment={"PARLEY_MCP": value}, secrets=tmp_path / "missing.toml")
    assert SECRET not in str(refused.value)
