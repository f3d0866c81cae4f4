"""The parts of one process, made once: settings, database, model provider, turns."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from chat.agent.mcp.servers import McpServers
from chat.agent.models.provider import Provider
from chat.config import Settings, load
from chat.metrics import Metrics, make_metrics
from chat.people.accounts import Accounts, announce_setup
from chat.people.identity import Identities
from chat.personas.book import PersonaBook
from chat.personas.file import load_personas
from chat.profiles import choice
from chat.profiles.analyses import Analyses
from chat.tools import builtin
from chat.turns.service import Turns
from store import users
from store.database import Database


@dataclass(frozen=True, slots=True)
class Runtime:
    """What doors work with."""

    settings: Settings
    database: Database
    provider: Provider
    personas: PersonaBook
    turns: Turns
    identities: Identities
    accounts: Accounts
    metrics: Metrics
    mcp: McpServers

    @property
    def analyses(self) -> Analyses:
        """Profile analyses that doors ask for."""
        return self.turns.analyses


_lock = threading.Lock()
_current: Runtime | None = None


def start(settings: Settings | None = None) -> Runtime:
    """Open the database, start the turns' thread; the running one if there is one already.

    Raises `chat.errors.ConfigurationError` or `store.errors.CannotOpen`.
    """
    global _current
    with _lock:
        if _current is None:
            _current = _make(settings or load())
        return _current


def stop() -> None:
    """Store running answers as interrupted, and let everything go."""
    global _current
    with _lock:
        if _current is not None:
            _current.turns.close()
            _current.database.close()
            _current = None


def _make(settings: Settings) -> Runtime:
    choice.check(settings)
    built_in = load_personas(tools=builtin())
    metrics = make_metrics(settings)
    database = Database(settings.database_url, observe=metrics.database_used)
    database.open()
    with database.transaction() as db:
        users.ensure_local(db)
    provider = Provider(settings)
    mcp = McpServers(settings)
    turns = Turns(database, provider, built_in, settings, metrics=metrics, mcp=mcp)
    turns.start()
    accounts = Accounts(settings, database)
    if settings.mode == "password":
        announce_setup(accounts)
    identities = Identities(settings, database)
    personas = PersonaBook(built_in, database, settings)
    return Runtime(
        settings, database, provider, personas, turns, identities, accounts, metrics, mcp
    )
