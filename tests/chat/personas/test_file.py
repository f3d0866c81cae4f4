"""Personas from the file: all there, and what is wrong in one is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.errors import ConfigurationError
from chat.personas.file import load_personas
from chat.personas.rules import mistakes
from chat.tools import builtin
from store.metadata import PersonaMark
from store.values import OWN

TOOLS = ("calculate", "current_time")
GOOD = """
- id: one
  name: One
  icon: ":material/forum:"
  description: First.
  greeting: >-
    Hello,
    you.
  starters:
    - Ask me
    - Tell me
    - Show me
  system_prompt: You are one.
  tools: [calculate, "mcp:*", mcp:files]
  parameters:
    temperature: 0.5
    max_tokens: 100
"""
SECOND = GOOD.replace("id: one", "id: two").lstrip()


def written(folder: Path, text: str) -> Path:
    path = folder / "personas.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_personas(path, tools=TOOLS)
    return str(refused.value)


def test_those_that_come_with_parley() -> None:
    personas = load_personas()
    assert [one.name for one in personas.all()] == [
        "Default Assistant",
        "Mental Health Nurse",
        "Technical Support",
        "Creative Writer",
        "Data Analyst",
    ]
    assert personas.default.id == "default"
    for one in personas.all():
        assert personas.get(one.id) is one
        assert not one.own
        assert one.mark == PersonaMark(one.id, one.name, one.icon)


def test_what_they_may_use() -> None:
    personas = load_personas(tools=builtin())
    assert {"search_chats", "analyze_profile"} < set(personas.default.tools)
    assert not [name for one in personas.all() for name in one.tools if name.startswith("mcp:")]
    assert any("@bsky.app" in starter for starter in personas.default.starters)
    support = personas.get("support")
    assert {"search_repair_guides", "read_repair_guide"} < set(support.tools)
    assert "title" in support.system_prompt
    assert "link" in support.system_prompt
    assert personas.get("nurse").tools == ("current_time",)
    assert personas.get("writer").tools == ()


def test_the_nurse_says_what_it_is_and_where_to_turn() -> None:
    nurse = load_personas().get("nurse")
    for text in (nurse.greeting, nurse.system_prompt):
        assert "AI" in text
        assert "112" in text
        assert "988" in text
    assert "Never diagnose" in nurse.system_prompt
    assert "diagnose" in nurse.greeting


def test_one_that_no_longer_exists_is_the_default() -> None:
    personas = load_personas()
    assert personas.get("gone") is personas.get("") is personas.default
    assert personas.has("nurse")
    assert not personas.has("gone")


def test_another_file(tmp_path: Path) -> None:
    personas = load_personas(written(tmp_path, GOOD + SECOND), tools=TOOLS)
    one = personas.default
    assert (one.id, one.name, one.greeting) == ("one", "One", "Hello, you.")
    assert one.starters == ("Ask me", "Tell me", "Show me")
    assert one.tools == ("calculate", "mcp:*", "mcp:files")
    assert (one.model, one.parameters) == ("", {"temperature": 0.5, "max_tokens": 100})
    assert [each.id for each in personas.all()] == ["one", "two"]


def test_tools_are_checked_only_where_they_are_known(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace("[calculate,", "[teleport,"))
    assert load_personas(path).default.tools[0] == "teleport"
    assert "line 14: Each of the tools must be one of calculate, current_time" in refusal(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: The file must be a list of personas."),
        ("\n\n{}", "line 3: The file must be a list of personas."),
        ("[]", "line 1: The file must be a list of personas."),
        ("- [", "line 1: This cannot be read: "),
        ("- id: one\n   name: x", "line 2: This cannot be read: "),
        ("- !!python/name:os.system x", "line 1: A persona must be names with values."),
        (GOOD.replace("name: One", "name: !!python/name:os.system x"), "line 3: This cannot be r"),
        (GOOD + "- one", "line 18: A persona must be names with values."),
        (GOOD + "  more: x\n", "line 18: more is unknown. Use id, name, icon,"),
        (GOOD + "  own: true\n", "line 18: own is unknown."),
        (GOOD + "  name: Again\n", "line 18: name is there twice."),
        (GOOD.replace("  name: One\n", ""), "line 2: This persona has no name."),
        (GOOD + GOOD.lstrip(), "line 18: The id one is taken in line 2."),
        (GOOD.replace("id: one", "id: own-1"), "line 2: id must be 1 to 64 of a-z 0-9 _ -, and"),
        (GOOD.replace("id: one", "id: O ne"), "line 2: id must be"),
        (GOOD.replace("id: one", "id: 1"), "line 2: id must be"),
        (GOOD.replace("name: One", "name: 1"), "line 3: name must be a text."),
        (GOOD.replace("name: One", "name:"), "line 3: name must be a text."),
        (GOOD.replace("name: One", f"name: {'x' * 61}"), "line 3: name must have 1 to 60 char"),
        (GOOD.replace("First.", '" "'), "line 5: description must not be empty."),
        (GOOD.replace(":material/forum:", "forum"), "line 4: icon must be a Material icon, such"),
        (GOOD.replace("    - Show me\n", ""), "line 9: starters must be 3 to 4 texts."),
        (GOOD.replace("    - Show me\n", "    - a\n    - b\n    - c\n"), "line 9: starters must"),
        (GOOD.replace("- Show me", "- 7"), "line 12: Each of the starters must be a text of 1 to"),
        (GOOD.replace("- Show me", "- Ask me"), "line 12: Each of the starters must not be there"),
        (GOOD.replace("mcp:files]", "mcp:]"), "line 14: Each of the tools must be the name of a"),
        (GOOD.replace("mcp:files]", "calculate]"), "line 14: Each of the tools must not be there"),
        (GOOD.replace("[calculate", "[[calculate]"), "line 14: Each of the tools must be the name"),
        (GOOD.replace("tools: [", "tools: {").replace("files]", "files}"), "line 14: tools must b"),
        (GOOD + "  model: 3\n", "line 18: model must be a text."),
        (GOOD.replace("0.5", "2.1"), "line 16: parameters.temperature must be a number from 0 to"),
        (GOOD.replace("0.5", ".nan"), "line 16: parameters.temperature must be a number"),
        (GOOD.replace("0.5", "true"), "line 16: parameters.temperature must be a number"),
        (GOOD.replace("temperature", "top_p").replace("0.5", "2"), "line 16: parameters.top_p mu"),
        (GOOD.replace("100", "0.5"), "line 17: parameters.max_tokens must be a whole number from"),
        (GOOD.replace("max_tokens", "mood"), "line 17: parameters.mood must be one of temperat"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(written(tmp_path, text)).startswith(f"personas.yaml, {said}")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "personas.yaml"
    assert "personas.yaml cannot be read" in refusal(path)
    path.write_bytes(b"- id: \xff")
    assert "personas.yaml cannot be read" in refusal(path)
    path.write_bytes(b"- id: \x07")
    assert refusal(path).startswith("personas.yaml: This cannot be read")


def test_none_is_called_like_an_own_one(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace("id: one", f"id: {OWN}1"))
    assert f"not begin with {OWN}" in refusal(path)


def test_own_ones_may_have_fewer_and_more_starters() -> None:
    def wrong(count: int) -> list[object]:
        return list(mistakes("starters", [str(at) for at in range(count)], tools=None))

    assert wrong(0) == wrong(8) == []
    assert wrong(9) == [(None, "be 0 to 8 texts")]
