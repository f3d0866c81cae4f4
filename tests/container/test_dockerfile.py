"""What is written in the Dockerfile holds; ``make container`` carries it out."""

from __future__ import annotations

from chat.config import load
from tests.container.dockerfile import files_of, let_in, read
from tests.processes import ROOT

BUILD, FINAL = read((ROOT / "Dockerfile").read_text())
RULES = (ROOT / ".dockerignore").read_text()
RUNS = ("app.py", "requirements.txt", ".streamlit/config.toml", "chat/", "pages/", "store/")


def test_it_starts_without_rights_with_its_data_in_the_volume() -> None:
    assert [FINAL.of("USER"), FINAL.of("VOLUME")] == [["parley"], ["/data"]]
    known = FINAL.environment()
    written = {name: value for name, value in known.items() if name.startswith("PARLEY_")}
    settings = load(environment=written, secrets=ROOT / "none")
    assert settings.database_url == "sqlite:////data/parley.db"
    assert str(settings.files_folder) == "/data/files"
    assert FINAL.command() == ["streamlit", "run", "app.py"]
    assert FINAL.health()[:2] == ["python", "-c"]
    compile(FINAL.health()[2], "health", "exec")


def test_only_what_runs_comes_in() -> None:
    """And all of it; no secrets, and nothing of anybody's."""
    there = files_of(ROOT)
    inside = let_in(RULES, there)
    cached = [one for one in there if "__pycache__" in one]
    assert set(inside) == {one for one in there if one.startswith(RUNS)} - {*cached}
    hostile = [".streamlit/secrets.toml", "data/parley.db", ".env", "chat/__pycache__/a.pyc"]
    assert let_in(RULES, hostile) == []
    assert {source.split()[0] for source in BUILD.of("COPY")} == {"requirements.txt", "."}
