"""What of a line or an address may be given away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chat.config import Settings
from chat.diagnostics.shown import address_shown, line_shown, name_shown, settings_shown

SECRET = "s3cret-value"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://api.example.org/", "https://api.example.org"),
        ("https://api.example.org/v1/key", "https://api.example.org/…"),
        ("https://api.example.org?key=a", "https://api.example.org/…"),
        ("https://ann:pass@api.example.org:8443", "https://api.example.org:8443/…"),
        ("https://ann@api.example.org", "https://api.example.org/…"),
        ("http://[::1]:1234/v1", "http://[::1]:1234/…"),
        ("https://:pass@api.example.org", "https://api.example.org/…"),
        ("https://api.example.org/#key=a", "https://api.example.org/…"),
        ("what is this", "…"),
    ],
)
def test_an_address(address: str, said: str) -> None:
    assert address_shown(address) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("login refused address=192.0.2.7", "login refused address=…"),
        ("turn user=ann session=my-diary message=7", "turn user=… session=… message=7"),
        ("[Errno 13] Permission denied: '/srv/ann/x'", "[Errno 13] Permission denied: …"),
        ("/srv/ann is not Parley's alone: left", "/… is not Parley's alone: left"),
        ('failed for user "ann" at "10.0.0.1"', "failed for user … at …"),
        ("It cannot be reached: http://far.example/a/b", "It cannot be reached: http:/…"),
        ("meta/llama-3 of 2/3", "meta/llama-3 of 2/3"),
        ("said: http://u:pw@far.example/a, b", "said: http:/… b"),
        ("Parley's folder '/srv/Ann's own/x' it is", "Parley's folder … it is"),
        ("cannot read b'my diary'", "cannot read b…"),
    ],
)
def test_a_line(line: str, said: str) -> None:
    assert line_shown(line, Settings()) == said


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"openai_api_key": SECRET}, f"key {SECRET}"),
        ({"openai_base_url": f"http://u:{SECRET}@host/v1"}, f"as {SECRET}"),
        ({"openai_base_url": f"http://host/v1?a=b&key={SECRET}"}, f"as {SECRET}"),
        ({"x_url": f"http://host/{SECRET}"}, f"as /{SECRET}"),
        ({"x_url": f"http://host/v1/{SECRET}/v2?a=b#key={SECRET}#"}, f"as {SECRET}"),
        ({"openai_base_url": f"http://u:p@{SECRET}@host/v1"}, f"as p@{SECRET}"),
        ({"database_url": f"postgresql://ann:{SECRET}/?#@host/parley"}, f"as {SECRET}/?#"),
        ({"database_url": "postgresql://ann:a%2Fb%2Fc%2Fd%2F@host/parley"}, "as a/b/c/d/"),
        ({"mcp": {"a": {"command": "x", "args": [SECRET]}}}, f"with {SECRET}"),
        ({"mcp": {"a": {"command": "x", "args": [f"--token={SECRET}"]}}}, f"with {SECRET}"),
        (
            {"mcp": {"a": {"url": "http://h", "headers": {"A": f"Bearer {SECRET}"}}}},
            f"with {SECRET}",
        ),
        ({"mcp": {"a": {"command": "x", "env": {"A": SECRET}}}}, f"with {SECRET}"),
        ({"mcp": {"a": {"url": f"http://host/{SECRET}"}}}, f"with /{SECRET}"),
        ({"mcp": {"a": {"url": "http://host", "headers": {"A": SECRET}}}}, f"with {SECRET}"),
    ],
)
def test_a_secret_of_the_settings(given: dict[str, Any], line: str) -> None:
    word = line.split()[0]
    assert line_shown(line, Settings.model_validate(given)).rstrip("/…") == f"{word} "


def test_places_with_spaces_in_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "Ann Smith"
    monkeypatch.setenv("HOME", str(home))
    settings = Settings(database_url=f"sqlite:///{tmp_path}/of Ann/parley.db", backups="/x/of Ann")
    for place in (f"{tmp_path}/of Ann", f"{tmp_path}/of Ann/parley.db", home / "x", "/x/of Ann/b"):
        assert line_shown(f"{place} is open: {place}, too", settings) == "/… is open: /…, too"
    assert line_shown(f"in {home}son/x", settings).partition("/")[0] == "in "


@pytest.mark.parametrize("model", ["/home/Ann Smith/llama.gguf", "file:///home/ann/llama.gguf"])
def test_a_model_that_is_called_by_its_file(model: str) -> None:
    given = {"model": model, "guest_models": model, "prices": {model: [1, 2]}}
    settings = Settings.model_validate(given)
    shown = json.dumps(settings_shown(settings)).casefold()
    assert "ann" not in shown.replace("channel", "")
    assert "llama" not in name_shown(model)
    assert name_shown("meta/llama-3") == "meta/llama-3"


def test_short_ones_are_left_for_they_would_be_told() -> None:
    settings = Settings.model_validate({"openai_api_key": "parley"})
    assert line_shown("parley says", settings) == "parley says"
