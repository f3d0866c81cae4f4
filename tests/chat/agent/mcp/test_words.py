"""Names for functions, schemas and texts from servers nobody has to trust."""

from __future__ import annotations

import re
from types import SimpleNamespace as Block

import pytest

from chat.agent.mcp.words import SCHEMA_MAX, function_names, parameters, redacted, text_of
from chat.mcp_settings import McpServer

LONG = "x" * 100


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("echo", "here__echo"),
        ("get-time_2", "here__get-time_2"),
        ("ends.at once/now", "here__ends_at_once_now"),
        ("über\n:red[x]", "here___ber__red_x_"),
        ("", "here__"),
        (LONG, f"here__{LONG}"[:64]),
    ],
)
def test_a_name(tool: str, name: str) -> None:
    assert function_names("here", [tool]) == {tool: name}


def test_names_that_would_be_the_same() -> None:
    tools = ["a.b", "a_b", "a b", f"{LONG}1", f"{LONG}2", "c"]
    names = function_names("s" * 20, tools)
    assert names["a_b"] == f"{'s' * 20}__a_b"
    assert len(set(names.values())) == len(tools)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in names.values())
    assert function_names("s" * 20, reversed(tools)) == names


def test_a_schema_is_taken_as_it_is() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "echoArguments",
        "type": "object",
        "properties": {"text": {"$ref": "#/$defs/T"}},
        "required": ["text"],
        "$defs": {"T": {"type": "string"}},
    }
    taken = parameters(schema)
    assert taken == {name: schema[name] for name in ("type", "properties", "required", "$defs")}
    assert parameters({"type": "object"}) == {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    "schema", [{}, {"type": "string"}, {"type": "object", "description": "x" * SCHEMA_MAX}]
)
def test_a_schema_of_no_use(schema: dict[str, object]) -> None:
    anything = {"type": "object", "properties": {}, "additionalProperties": True}
    assert parameters(schema) == anything


def test_texts_of_a_result() -> None:
    blocks = [
        Block(type="text", text="one"),
        Block(type="image", data="QUJD" * 1000, mime_type="image/png"),
        Block(type="audio", data="QUJD", mime_type="audio/wav"),
        Block(type="resource_link", name="a file", uri="file:///a"),
        Block(type="resource", resource=Block(uri="file:///b", text="of b")),
        Block(type="resource", resource=Block(uri="file:///c", blob="QUJD")),
    ]
    assert text_of(blocks, {"ignored": 1}).split("\n") == [
        "one",
        "[image/png, not shown]",
        "[audio/wav, not shown]",
        "[link: a file file:///a]",
        "of b",
        "[file file:///c, not shown]",
    ]
    assert text_of([], {"word": "ü"}) == '{"word": "ü"}'
    assert text_of([], None) == ""


def test_what_was_given_in_confidence_is_cut_out() -> None:
    server = McpServer.model_validate(
        {"command": "x", "env": {"A": "sk-12345678", "B": "sk-12345678-longer", "C": "1"}}
    )
    assert redacted("1: sk-12345678-longer, sk-12345678", server) == "1: …, …"


@pytest.mark.parametrize(
    "given",
    [
        {"command": "x", "args": ["--token=sk-12345678"]},
        {"command": "x", "args": ["--token", "sk-12345678", "--fast"]},
        {"url": "http://host", "headers": {"Authorization": "Bearer sk-12345678"}},
    ],
)
def test_secrets_that_stand_beside_a_name(given: dict[str, object]) -> None:
    server = McpServer.model_validate(given)
    assert redacted("no such folder /srv/notes for sk-12345678", server).endswith("for …")
    named = McpServer.model_validate({"command": "x", "args": ["-m", "mcp_server", "/srv/notes"]})
    assert redacted("no mcp_server in /srv/notes", named) == "no mcp_server in /srv/notes"
