"""Other people's hosts: what README.md sets there is set here, as far as that can be done."""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import yaml

from chat.config import load
from chat.people.guests import GUEST_COOKIE
from tests.container.dockerfile import read
from tests.docs.written import Commands, tries, written
from tests.processes import ROOT, Server

README = "README.md"


def variables() -> dict[str, str]:
    """Of the Space."""
    [said] = [one for one in written() if one.language == "ini"]
    found = (line.partition("=") for line in said.text.splitlines())
    return {name: value for name, _, value in found}


@tries(page=README, language="toml")
def test_secrets_of_community_cloud(said: Commands, tmp_path: Path) -> None:
    """They are taken; and the only list of packages that comes before ours is not there."""
    [one] = said
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(one.text.replace("…", "rest"))
    settings = load(environment={}, secrets=secrets)
    assert settings.auth == "password"
    assert settings.database_url.startswith("postgresql")
    assert len(tomllib.loads(one.text)["parley"]) == 3
    earlier = ("uv.lock", "Pipfile", "environment.yml")
    assert [name for name in earlier if (ROOT / name).exists()] == []


@tries(page=README, language="yaml")
def test_the_beginning_of_a_space(said: Commands) -> None:
    """Its port is the one that Parley is told, and its user the image's."""
    [one] = said
    [known, rest] = yaml.safe_load_all(one.text)
    assert rest is None
    assert known["sdk"] == "docker"
    assert str(known["app_port"]) == variables()["STREAMLIT_SERVER_PORT"]
    final = read((ROOT / "Dockerfile").read_text())[-1]
    assert final.of("USER") == ["parley"]
    assert [one for one in final.of("RUN") if "useradd --uid 1000 " in one and "parley" in one]
    assert final.of("VOLUME") == ["/data"]


@pytest.mark.process
@tries(page=README, language="ini")
def test_the_variables_of_a_space(said: Commands, tmp_path: Path) -> None:
    """A guest comes in over https, in a frame of Hugging Face's."""
    with Server(tmp_path, variables()) as server:
        asked = Request(server.url, headers={"X-Forwarded-Proto": "https", "Accept": "text/html"})
        with urlopen(asked) as answer:
            policy = answer.headers["Content-Security-Policy"]
            cookie = answer.headers["Set-Cookie"]
    assert "frame-ancestors 'self' https://huggingface.co;" in policy
    assert cookie.startswith(GUEST_COOKIE)
    assert cookie.endswith("; Secure; SameSite=None; Partitioned")
