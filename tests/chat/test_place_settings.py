"""What an operator may call a place, and show and link there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chat.config import Settings, load
from chat.errors import ConfigurationError
from chat.place_settings import LOGO_BYTES
from chat.setting_kinds import ROOT

PNG = b"\x89PNG\r\n\x1a\n"


def of(secrets: Path, **environment: str) -> Settings:
    written = {f"PARLEY_{name.upper()}": value for name, value in environment.items()}
    return load(environment=written, secrets=secrets)


def test_a_place_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(PNG)
    settings = of(
        tmp_path / "none",
        name="Café ☕ <b>",
        logo=str(tmp_path / "logo.png"),
        greeting="Hello.\n\n- one\n- two",
        links='{"Imprint": "https://example.org/(imprint)", "Ask": "mailto:ask@example.org"}',
    )
    assert settings.name == "Café ☕ <b>"
    assert settings.logo == str(tmp_path / "logo.png")
    assert settings.greeting.endswith("- two")
    assert list(settings.links) == ["Imprint", "Ask"]


def test_links_as_a_table_of_the_file(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text('[parley.links]\n"Data protection" = "https://example.org/privacy"\n')
    assert of(secrets).links == {"Data protection": "https://example.org/privacy"}


def test_paths_are_from_the_project_s_folder(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(PNG)
    found = of(tmp_path / "none", logo=os.path.relpath(tmp_path / "logo.png", ROOT)).logo
    assert Path(found).samefile(tmp_path / "logo.png")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("name", "x" * 41, "a name of up to 40"),
        ("name", "a\nb", "a name of up to 40"),
        ("name", "a\u202eb", "a name of up to 40"),
        ("logo", "/no/such.png", "the path of a picture"),
        ("logo", "pyproject.toml", "the path of a picture"),
        ("logo", "https://example.org/x.png", "the path of a picture"),
        ("greeting", "x" * 2_001, "a text of up to 2000"),
        ("links", "Imprint", "a JSON object"),
        ("links", '{"Imprint": "javascript:alert(1)"}', "a JSON object"),
        ("links", '{"Imprint": "/imprint"}', "a JSON object"),
        ("links", '{"": "https://example.org"}', "a JSON object"),
        ("links", '{"a": 1}', "a JSON object"),
        ("links", "[1]", "a JSON object"),
        (
            "links",
            "{" + ",".join(f'"{n}": "https://e.org"' for n in range(11)) + "}",
            "a JSON object",
        ),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"^PARLEY_{name.upper()} must be {words}"):
        of(tmp_path / "none", **{name: value})


def test_a_large_logo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(PNG.ljust(LOGO_BYTES + 1, b"x"))
    with pytest.raises(ConfigurationError, match="a fifth of a megabyte"):
        of(tmp_path / "none", logo=str(tmp_path / "logo.png"))
