"""Commands that set Parley up: dry runs of what would install, and what they name is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import yaml
from streamlit import config

from chat.config import load
from tests.container.dockerfile import read
from tests.container.test_compose import GIVEN
from tests.docs.written import Commands, Written, spans, tries
from tests.processes import ROOT

pytestmark = pytest.mark.process
DOCKERFILE = read((ROOT / "Dockerfile").read_text())
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
VARIABLE = r"(?:[A-Z_]+=\S+ )"


def split(said: Written) -> tuple[dict[str, str], list[str]]:
    """The variables in front of a command, and its words."""
    words = shlex.split(said.text)
    count = next(at for at, word in enumerate(words) if not re.fullmatch(r"[A-Z_]+=.*", word))
    found = (one.partition("=") for one in words[:count])
    return {name: value for name, _, value in found}, words[count:]


def accepted(variables: dict[str, str], folder: Path) -> None:
    """Streamlit knows its own, and Parley takes the others."""
    own = {option.env_var for option in config._config_options_template.values()}
    filled = {name: value.replace("…", "rest") for name, value in variables.items()}
    rest = {name: value for name, value in filled.items() if name not in own}
    load(environment=rest, secrets=folder / "none")
    assert all(name.startswith(("PARLEY_", "OPENAI_")) for name in rest)


@tries(rf"{VARIABLE}*make ")
def test_make(said: Commands, tmp_path: Path) -> None:
    for one in said:
        variables, words = split(one)
        accepted(variables, tmp_path)
        subprocess.run([*words, "-n"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@tries(r"python3 -m venv|\.venv/bin/")
def test_without_make(said: Commands, tmp_path: Path) -> None:
    """With packages that are here already; they are not fetched again."""
    made, start = (one.text for one in said)
    venv.create(tmp_path / ".venv")
    first, second = made.split(" && ")
    assert first == "python3 -m venv .venv"
    pip = second.removeprefix(".venv/bin/").split()
    command = [sys.executable, "-m", *pip, "--dry-run", "--no-index", "--quiet"]
    subprocess.run(command, cwd=ROOT, check=True)
    assert start.removeprefix(".venv/bin/").split() == DOCKERFILE[-1].command()


@tries(r"docker (build|run)")
def test_images(said: Commands, tmp_path: Path) -> None:
    """`make container` carries out the file's steps; here it is what the commands rely on."""
    build, run = (one.text.split() for one in said)
    assert build == ["docker", "build", "-t", run[-1], "."]
    final = DOCKERFILE[-1]
    given = dict(zip(run[3:-1:2], run[4:-1:2], strict=True))
    address, outside, inside = given.pop("-p").split(":")
    assert (address, outside, [inside]) == ("127.0.0.1", "8501", final.of("EXPOSE"))
    assert [given.pop("-v")] == [f"{run[-1]}:{place}" for place in final.of("VOLUME")]
    name, _, value = given.pop("-e").partition("=")
    accepted({name: value}, tmp_path)
    assert (run[:3], given) == (["docker", "run", "-d"], {})
    stopped = [one.split() for one in spans() if one.startswith("docker run ")]
    assert stopped == [["docker", "run", "--rm", *run[5:7], run[-1], "python"]]


@tries(rf"{VARIABLE}*docker compose")
def test_compose(said: Commands) -> None:
    """The services are there, and what has to be given is."""
    needed = set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text()))
    assert needed == GIVEN.keys()
    for one in said:
        variables, words = split(one)
        if words[2] == "up":
            assert variables.keys() == needed
        elif words[2] == "logs":
            assert words[3:] == ["parley"]
        else:
            assert words[2:5] == ["exec", "-T", "database"]
            owner = COMPOSE["services"]["database"]["environment"]["POSTGRES_USER"]
            assert words[words.index("--username") + 1] == owner
        assert {"parley", "database", "proxy"} == COMPOSE["services"].keys()


def test_services_in_the_text_are_there() -> None:
    """Those commands of compose that name one."""
    found = [one.split() for one in spans() if one.startswith("docker compose ")]
    assert {words[2] for words in found} <= {"build", "up", "exec"}
    assert {words[3] for words in found if words[2] == "exec"} <= COMPOSE["services"].keys()


@tries(r"git pull$")
def test_pulling(said: Commands, tmp_path: Path) -> None:
    """In a clone: what is new comes, and what nobody manages stays."""

    def git(folder: str, *words: str) -> None:
        known = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
        subprocess.run(["git", "-C", tmp_path / folder, *known, *words], check=True)

    def commit(name: str) -> None:
        (tmp_path / "origin" / name).write_text(name)
        git("origin", "add", ".")
        git("origin", "commit", "--quiet", "--message", name)

    git("", "init", "--quiet", "origin")
    commit("one")
    git("", "clone", "--quiet", "origin", "clone")
    (tmp_path / "clone" / "own").write_text("own")
    commit("two")
    for one in said:
        git("clone", *one.text.split()[1:], "--quiet")
    assert {one.name for one in (tmp_path / "clone").iterdir()} == {".git", "one", "two", "own"}
