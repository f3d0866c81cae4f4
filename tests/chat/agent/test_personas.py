"""Personas from the file: all there, and what is wrong in one is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.agent.personas import load_personas
from chat.errors import ConfigurationError

GOOD = """
- id: one
  name: One
  icon: ":material/forum:"
  description: First.
  greeting: Hello.
  starters: [Ask me]
  system_prompt: You are one.
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "personas.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_personas(path)
    return str(refused.value)


def test_the_four_that_come_with_parley() -> None:
    personas = load_personas()
    assert [one.name for one in personas.all()] == [
        "Default Assistant",
        "Mental Health Nurse",
        "Technical Support",
        "Creative Writer",
    ]
    assert personas.default.id == "default"
    for one in personas.all():
        assert personas.get(one.id) is one
        assert one.starters
        assert one.icon.startswith(":material/")


def test_the_nurse_says_what_it_is_and_where_to_turn() -> None:
    nurse = load_personas().get("nurse")
    for text in (nurse.greeting, nurse.system_prompt):
        assert "AI" in text
        assert "112" in text
        assert "988" in text


def test_one_that_no_longer_exists_is_the_default() -> None:
    personas = load_personas()
    assert personas.get("gone") is personas.get("") is personas.default


def test_another_file(tmp_path: Path) -> None:
    personas = load_personas(written(tmp_path, GOOD))
    assert (personas.default.name, personas.default.starters) == ("One", ("Ask me",))
    assert personas.default.system_prompt == "You are one."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "personas.yaml must be a list of personas."),
        ("[]", "personas.yaml must be a list of personas."),
        ("a: 1", "personas.yaml must be a list of personas."),
        ("- [", "personas.yaml cannot be read: "),
        ("- one", "Persona 1 in personas.yaml must have exactly these: description, greeting"),
        (GOOD + GOOD.replace("name: One", "nom: One"), "Persona 2 in personas.yaml must have"),
        (GOOD + "  more: x\n", "Persona 1 in personas.yaml must have exactly these"),
        (GOOD.replace("[Ask me]", "Ask me"), "The starters of persona 1 in personas.yaml must be"),
        (GOOD.replace("[Ask me]", "[1]"), "The starters of persona 1 in personas.yaml must be"),
        (GOOD.replace("name: One", "name: 1"), "The name of persona 1 in personas.yaml must be"),
        (GOOD.replace("Hello.", '" "'), "The greeting of persona 1 in personas.yaml must be"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(written(tmp_path, text)).startswith(said)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    assert "personas.yaml cannot be read" in refusal(tmp_path / "personas.yaml")
