"""Commands of Parley's modules, as they are written, on a database with somebody in it."""

from __future__ import annotations

import runpy
import shlex
import shutil
import sys
import warnings
from pathlib import Path

import pytest

from chat import config
from store.database import Database
from tests.docs.written import Commands, spans, tries
from tests.store.samples import add_user, titles_of

MODULE = "python -m "
THERE = "--to sqlite:///data/parley.db"
"""On the machine to which somebody moves."""


@pytest.fixture
def place(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a Parley, in which commands are typed."""
    (tmp_path / "here" / "data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(config, "SECRETS", tmp_path / "none")
    monkeypatch.setenv("HOME", str(tmp_path))
    shutil.copy(sqlite_template, "data/parley.db")
    monkeypatch.setenv("PARLEY_DATABASE_URL", f"sqlite:///{Path('data/parley.db').resolve()}")
    database = Database(f"sqlite:///{Path('data/parley.db').resolve()}")
    database.open()
    add_user(database, "alice", "Hers")
    database.close()
    return tmp_path


def types(command: str) -> None:
    """Run it in this process, whose modules are loaded; that it fails, fails."""
    module, *arguments = shlex.split(command.removeprefix(MODULE))
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it was imported already
        patch.setattr(sys, "argv", [module, *arguments])
        with pytest.raises(SystemExit) as ended:
            runpy.run_module(module, run_name="__main__")
    assert ended.value.code == 0, command


def titles(file: Path) -> list[str]:
    """Of all chats in a database."""
    database = Database(f"sqlite:///{file.resolve()}")
    database.open()
    try:
        with database.reading() as db:
            found = db.connection().exec_driver_sql("SELECT id FROM users WHERE username = 'alice'")
            return titles_of(database, str(found.scalar_one()))
    finally:
        database.close()


@tries(MODULE)
def test_all_of_them(said: Commands, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = place / "here", place / "there"
    for one in said:
        command = one.text.replace("/srv/backups", str(place / "srv"))
        if THERE not in command:
            types(command)
            continue
        there.mkdir()
        shutil.copytree(here / "backups", there / "backups")
        with monkeypatch.context() as elsewhere:
            elsewhere.chdir(there)
            elsewhere.delenv("PARLEY_DATABASE_URL")
            types(command)
    assert titles(here / "data/parley.db") == titles(there / "data/parley.db") == ["Hers"]


def test_those_in_the_text(place: Path) -> None:
    """With what they leave open filled in, and with and without what may be left out."""
    found = sorted({one for one in spans() if one.startswith(MODULE)})
    assert any("search_rebuild" in one for one in found)
    file = place / "alice.json"
    for one in sorted(found, key=lambda one: "put_in" in one):
        command = one.replace("USER", "alice").replace("FILE", str(file)).replace("[URL]", "")
        if command.endswith(("take_out", "put_in")):
            command += f" alice {file}"
        types(command.replace("[--dry-run]", ""))
        types(command.replace("[--dry-run]", "--dry-run"))
