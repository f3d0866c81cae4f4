"""What a model costs is known or it is not; never nothing for what is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.config import Settings, load
from chat.errors import ConfigurationError
from chat.events import Usage
from chat.prices import FILE, built_in, cost_of, price_of
from tests.chat.conftest import Rooms


def test_the_file_says_when_and_whence() -> None:
    assert built_in()["gpt-4o"] == (2.5, 10.0, 1.25)
    text = FILE.read_text()
    assert text.count("date:") == text.count("source:") == text.count("- models:")
    assert "Nobody has looked them up since" in text


def test_the_operators_price_counts_first() -> None:
    own = {"gpt-4o": (1.0, 2.0)}
    assert price_of(own, "gpt-4o") == (1.0, 2.0)
    assert price_of({}, "gpt-4o") == built_in()["gpt-4o"]
    assert price_of(own, "a-local-model") is None


@pytest.mark.parametrize(
    ("price", "usage", "cost"),
    [
        (None, Usage(10, 10), None),
        (None, Usage(10, 10, 0.5), 0.5),
        ((1.0, 10.0), Usage(1_000_000, 100_000), 2.0),
        ((1.0, 10.0), Usage(1_000_000, 0, None, 500_000), 1.0),
        ((1.0, 10.0, 0.5), Usage(1_000_000, 0, None, 500_000), 0.75),
        ((1.0, 10.0, 0.5), Usage(100, 0, None, 500), 0.00005),
        ((1.0, 10.0), Usage(1, 1, 0.0), 0.0),
    ],
)
def test_what_an_answer_costs(price: tuple[float, ...] | None, usage: Usage, cost: float) -> None:
    assert cost_of(price, usage) == cost


def test_a_file_of_the_operators(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(
        "- {models: [a, b], into: 1, out: 2, date: 2026-01-02, source: our contract}\n"
        "- {models: [c], into: 3, out: 4, cached: 0.5, date: 2026-01-02, source: our contract}\n"
    )
    settings = load(environment={"PARLEY_PRICES": str(file)}, secrets=Path("/nowhere"))
    assert settings.prices == {"a": (1, 2), "b": (1, 2), "c": (3, 4, 0.5)}
    file.write_text('{"a": [1, 2]}')
    assert load(environment={"PARLEY_PRICES": str(file)}).prices == {"a": (1, 2)}
    for wrong in ("- {models: [a], into: 1, out: 2}", "- a", "a: [1", "just words", "a: {b: c}"):
        file.write_text(wrong)
        with pytest.raises(ConfigurationError, match="PARLEY_PRICES must be"):
            load(environment={"PARLEY_PRICES": str(file)}, secrets=Path("/nowhere"))
    assert Settings(prices={"a": [1, 2]}).prices == {"a": (1, 2)}


def test_answers_have_the_price_of_their_model(rooms: Rooms) -> None:
    room = rooms(prices={"scripted-1": (1_000_000, 1_000_000)})
    answer = room.send().answer
    room.watch(answer.id)
    assert room.row(answer.id).cost == 12
