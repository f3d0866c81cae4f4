"""The diagnostics: much of use, and nothing of what is secret or somebody's."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from chat import VERSION
from chat.config import Settings
from chat.diagnostics import report
from chat.diagnostics.__main__ import main
from chat.diagnostics.shown import HARMLESS, NAMES
from chat.recent_warnings import RecentWarnings
from chat.runtime import Runtime, put_together
from store.migrations import revisions
from tests.store.samples import add_file, add_user, everything, exchange, make, make_folder, opened
from tests.waiting import until

MARK = "never-shown"
WORDS = "words of ann"
NAME = "ann-of-the-words"
OPEN: dict[str, Any] = {
    "auth": "password",
    "registration": "invite",
    "sharing": "login",
    "model": "model-1",
    "profile_source": "mastodon",
    "guest_models": "model-1",
    "hosts": "chat.example.org",
    "cors_origins": "https://app.example.org",
    "frame_ancestors": "https://www.example.org",
    "oidc_domains": "example.org",
    "trusted_proxies": "10.0.0.0/8",
}
"""Values that hold nothing secret, and are shown."""
MCP = {
    "notes": {
        "command": f"/home/{MARK}/notes",
        "args": [f"--token={MARK}-arg"],
        "env": {f"{MARK}_NAME".upper().replace("-", "_"): f"{MARK}-env"},
    },
    "far": {"url": f"http://{MARK}-a@127.0.0.1:9/{MARK}-b", "headers": {"X-Key": f"{MARK}-c"}},
}

log = logging.getLogger("parley.here")


def marked(folder: Path, database_url: str) -> dict[str, Any]:
    """A value with a mark for each setting that may hold a secret, a name or a path."""
    logo = folder / f"{MARK}.png"
    logo.write_bytes(b"\x89PNG\r\n\x1a\n")
    return {
        "database_url": database_url,
        "openai_api_key": f"sk-{MARK}",
        "openai_base_url": f"http://{MARK}-u:{MARK}-p@127.0.0.1:9/{MARK}/v1?key={MARK}",
        "cookie_key": MARK * 4,
        "metrics_token": f"{MARK}-metrics",
        "x_bearer_token": f"{MARK}-x",
        **{
            f"{name}_url": f"https://{MARK}-user:{MARK}-word@{name}.example/{MARK}?token={MARK}"
            for name in ("ifixit", "bluesky", "mastodon", "x")
        },
        "mcp": MCP,
        "files": str(folder / MARK / "files"),
        "backups": str(folder / MARK / "backups"),
        "name": MARK,
        "logo": str(logo),
        "greeting": f"# {MARK}",
        "links": {MARK: f"https://www.example.org/?who={MARK}"},
        "prices": {"model-1": [1, 2]},
    }


def with_marks(url: str, folder: Path) -> str:
    """The database's address with a password in it, or a file in a folder that tells a name."""
    if url.startswith("sqlite"):
        source = Path(url.removeprefix("sqlite:///"))
        place = folder / MARK
        place.mkdir()
        return f"sqlite:///{source.rename(place / 'parley.db')}"
    address = make_url(url).set(drivername="postgresql", password=f"{MARK}/p?w#")
    return address.update_query_dict({"application_name": MARK}).render_as_string(False)


@contextmanager
def running(settings: Settings) -> Iterator[Runtime]:
    """Its parts, with warnings kept; nothing was asked but the list of models."""
    parts, handler, parley = put_together(settings), RecentWarnings(), logging.getLogger("parley")
    parley.addHandler(handler)
    parts.loop.start()
    try:
        parts.loop.spawn(parts.provider.refresh())
        until(lambda: not parts.provider.status().looking)
        yield parts
    finally:
        parley.removeHandler(handler)
        parts.close()


def write(parts: Runtime) -> None:
    """Somebody's chat with all that has words in it."""
    user = add_user(parts.database, NAME)
    with parts.database.transaction() as db:
        folder = make_folder(db, NAME, user.id, name=WORDS)
        key = make(db, user.id, session_id=NAME, title=WORDS, folder=folder, tags=[WORDS])
        file = add_file(db, user.id, f"{WORDS}.txt")
        exchange(db, key, WORDS, WORDS, file_ids=[file.file_id])
    with parts.database.reading() as db:
        stored = everything(db)
    for table in ("users", "sessions", "messages", "files", "folders", "tags"):
        assert NAME in repr(stored[table]) or WORDS in repr(stored[table]), table


def warn(settings: Settings) -> None:
    """Lines that a program, a database or a file system could have written."""
    key = settings.openai_api_key
    assert key
    log.warning("said: %s at %s", key.get_secret_value(), settings.openai_base_url)
    log.error("failed: %s", settings.database_url)
    log.error("ended: --token=%s-arg %s-env http://x/%s-b", MARK, MARK, MARK)
    log.error("cannot write /home/%s/x.txt: '%s' and “%s”", NAME, WORDS, WORDS)
    log.warning("turn user=%s session=%s path=/api/users/me/sessions/%s", NAME, NAME, NAME)


def test_every_setting_has_a_sample(tmp_path: Path) -> None:
    """A new one has to be said here: is it open, or marked?"""
    numbers = {
        name
        for name, value in Settings()
        if isinstance(value, bool | int | float)
        or (value is None and "int" in str(Settings.model_fields[name].annotation))
        or (value is None and "float" in str(Settings.model_fields[name].annotation))
    }
    known = {*numbers, *OPEN, *marked(tmp_path, "sqlite:///x")}
    assert known == set(Settings.model_fields)
    assert set(OPEN) == HARMLESS | NAMES


def test_nothing_secret_and_nothing_of_anybody_comes_out(database_url: str, tmp_path: Path) -> None:
    url = with_marks(database_url, tmp_path)
    settings = Settings.model_validate({**OPEN, **marked(tmp_path, url)})
    with running(settings) as parts:
        write(parts)
        warn(settings)
        whole = report.of_process(parts).decode()
        alone = report.of_settings(settings).decode()
    for said in (whole, alone):
        assert MARK not in said.casefold()
        assert MARK.upper().replace("-", "_") not in said
        assert "words" not in said
        assert str(tmp_path) not in said
    found = json.loads(whole)
    assert found["settings"]["values"]["openai_base_url"] == "http://127.0.0.1:9/…"
    assert found["settings"]["values"]["cookie_key"] == "(set)"
    assert found["settings"]["values"]["prices"] == {"model-1": [1, 2]}
    for name, value in OPEN.items():
        assert value in repr(found["settings"]["values"][name])
        assert name in found["settings"]["set"]
    assert len(found["warnings"]) >= 5
    texts = [one["text"] for one in found["warnings"]]
    assert "turn user=… session=… path=…" in texts
    assert "cannot write /…: … and …" in texts


def test_what_helps_is_in_it(database_url: str) -> None:
    settings = Settings(database_url=database_url, find_local_servers=False, metrics_token="x" * 9)
    with running(settings) as parts:
        write(parts)
        log.warning("something is odd")
        found = json.loads(report.of_process(parts))
    assert found["versions"]["parley"] == VERSION
    assert found["versions"]["commit"] == parts.commit
    assert found["dependencies"]["streamlit"] == found["versions"]["streamlit"]
    assert found["platform"]["process"]["threads"] > 1
    database = found["database"]
    assert database["revision"] == found["versions"]["schema"] == revisions()[-1]
    assert (database["rows"]["messages"], database["rows"]["files"]) == (2, 1)
    assert database["checks"] == {"damage": [], "wrong_counts": 0}
    assert database["size"] > 10_000
    assert database["backup"]["good_at"] is None
    assert found["models"]["default"] == "parley-offline"
    assert found["models"]["models"] == ["parley-offline"]
    assert found["warnings"][-1]["text"] == "something is odd"
    assert any(line.startswith("parley_database_seconds") for line in found["metrics"])
    assert found["answers_running"] == 0


def test_a_database_that_is_away_is_said(sqlite_url: str) -> None:
    settings = Settings(database_url=sqlite_url, find_local_servers=False)
    with running(settings) as parts:
        path = parts.database.path
        assert path
        away = path.rename(path.with_name("away.db"))
        path.write_bytes(b"no database")
        found = json.loads(report.of_process(parts))
        path.unlink()
        away.rename(path)
    assert found["database"]["problem"] == "storage_unavailable"
    assert found["versions"]


def test_a_database_that_is_only_read_in_part(sqlite_url: str) -> None:
    """Of another version, or damaged: what can be said of it is said."""
    with opened(sqlite_url) as database, database.transaction() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        db.execute(text("DROP TABLE results"))
    found = json.loads(report.of_settings(Settings(database_url=sqlite_url)))["database"]
    assert (found["revision"], found["checks"]["damage"]) == ("0001", [])
    away = {"problem": "storage_unavailable"}
    assert found["checks"]["wrong_counts"] == found["rows"] == away
    assert found["backup"]["problem"] == ""


def test_what_was_installed_by_halves_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "~arley-1.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    found = json.loads(report.of_settings(Settings(database_url=f"sqlite:///{tmp_path}/no.db")))
    assert found["dependencies"]["streamlit"]


def test_large_databases_are_not_read_whole(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "LOOKED_THROUGH", 1)
    found = json.loads(report.of_settings(Settings(database_url=sqlite_url)))
    assert set(found["database"]["checks"].values()) == {"not looked for"}


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command: how it ended and what it wrote."""

    def done(url: str, *arguments: str, **settings: str) -> tuple[int, str]:
        monkeypatch.setenv("PARLEY_DATABASE_URL", url)
        for name, value in settings.items():
            monkeypatch.setenv(f"PARLEY_{name.upper()}", value)
        return main(arguments), capsys.readouterr().out

    return done


def test_the_command(sqlite_url: str, tmp_path: Path, run: Run) -> None:
    code, said = run(sqlite_url, cookie_key=MARK * 4)
    assert code == 0
    assert json.loads(said)["database"]["rows"]["sessions"] == 0
    assert MARK not in said
    out = tmp_path / "found.json"
    assert run(sqlite_url, str(out)) == (0, f"Wrote {out}.\n")
    assert json.loads(out.read_bytes())["format"] == 1
    assert run(sqlite_url, str(tmp_path))[0] == 1


def test_the_command_makes_nothing(new_sqlite_url: str, tmp_path: Path, run: Run) -> None:
    code, said = run(new_sqlite_url)
    assert code == 0
    assert json.loads(said)["database"]["problem"] == "There is none yet."
    assert list(tmp_path.iterdir()) == []


def test_the_command_names_a_setting_that_is_wrong(sqlite_url: str, run: Run) -> None:
    code, said = run(sqlite_url, trash_days="soon")
    assert (code, "PARLEY_TRASH_DAYS must be a whole number" in said) == (1, True)
