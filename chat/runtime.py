"""The parts of one process, put together here and nowhere else."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from chat.agent.agent import Agent
from chat.agent.mcp.servers import McpServers
from chat.agent.models.provider import Provider
from chat.commit import commit
from chat.config import Settings, load
from chat.data.tables import LIMITS, Tables
from chat.elsewhere import Elsewhere
from chat.files.arriving import check_folder
from chat.files.files import Files
from chat.filing import Filing
from chat.limits import room
from chat.limits.spending import Limits
from chat.loop import Loop
from chat.metrics import Metrics
from chat.news import News
from chat.people.accounts import Accounts
from chat.people.identity import Identities
from chat.people.members import Members
from chat.people.setting_up import announce_setup
from chat.personas.book import PersonaBook
from chat.personas.file import Personas, load_personas
from chat.profiles import choice
from chat.profiles.analyses import Analyses
from chat.profiles.source import Means
from chat.read_only import ReadOnlyMode
from chat.sessions import Sessions
from chat.sharing.sharing import Sharing
from chat.temporary import Temporary
from chat.timed_backups import TimedBackups
from chat.tools import builtin
from chat.transfer.arriving_parts import ArrivingParts
from chat.transfer.exports import Exports
from chat.transfer.imports import Imports
from chat.transfer.spool import Spools
from chat.turns.decisions import Decisions
from chat.turns.request import Jobs
from chat.turns.retention import Retention
from chat.turns.runner import Runner
from chat.turns.service import Turns
from chat.turns.titles import Titles
from chat.turns.upkeep import Upkeep
from chat.unused import UnusedChats
from chat.usage import Usages
from chat.web.web import Web
from chat.work.pool import Pool
from store import users
from store.database import Database
from store.types import utc_now


@dataclass(frozen=True, slots=True)
class Runtime:
    """What doors work with, and what works beside them; ``commit`` is that of its start."""

    settings: Settings
    database: Database
    loop: Loop
    provider: Provider
    web: Web
    work: Pool
    data: Tables
    mcp: McpServers
    personas: PersonaBook
    analyses: Analyses
    limits: Limits
    news: News
    elsewhere: Elsewhere
    runner: Runner
    turns: Turns
    decisions: Decisions
    upkeep: Upkeep
    sessions: Sessions
    temporary: Temporary
    filing: Filing
    files: Files
    imports: Imports
    exports: Exports
    identities: Identities
    accounts: Accounts
    members: Members
    sharing: Sharing
    metrics: Metrics
    usage: Usages
    backups: TimedBackups
    unused: UnusedChats
    read_only: ReadOnlyMode
    commit: str = field(default_factory=commit)

    def start(self) -> None:
        """Start the loop, take up what an ended process left, and warm up the model client."""
        self.loop.start()
        for work in (self.runner.keep_checkpoints, self.mcp.start, self.upkeep.run):
            self.loop.spawn(work())
        for watch in (self.elsewhere.run, self.backups.run):
            self.loop.spawn(watch(self.loop))
        self.loop.spawn(self.read_only.run(self.loop, ended=self.upkeep.reap))

    def end_turns(self) -> None:
        """Store running answers as interrupted, and end the loop; nobody watches any more."""
        self.news.close()
        try:
            self.loop.close(self._last)
        finally:
            self.work.close()
            self.data.work.close()
            self.files.close()
            self.imports.close()

    def close(self) -> None:
        """End everything."""
        self.end_turns()
        self.loop.wait()
        self.database.close()

    def refresh_models(self) -> None:
        """Read the model list again in the background, when it is stale."""
        if self.provider.stale(time.monotonic()):
            self.loop.spawn(self.provider.refresh())

    async def _last(self) -> None:
        await self.runner.wind_up()
        await asyncio.gather(*(part.aclose() for part in (self.provider, self.web, self.mcp)))


_lock = threading.Lock()
_current: Runtime | None = None


def start(settings: Settings | None = None) -> Runtime:
    """Open the database, start the loop; the running one if there is one already.

    Raises `chat.errors.ConfigurationError` or `store.errors.CannotOpen`.
    """
    global _current
    with _lock:
        if _current is None:
            parts = put_together(settings or load())
            parts.start()
            if parts.settings.mode.accounts:
                announce_setup(parts.accounts)
            _current = parts
        return _current


def stop() -> None:
    """Store running answers as interrupted, and let everything go."""
    global _current
    with _lock:
        if _current is not None:
            _current.close()
            _current = None


def put_together(
    settings: Settings, *, built_in: Personas | None = None, now: Callable[[], datetime] = utc_now
) -> Runtime:
    """All parts on an open database, not started yet; ``built_in`` in place of the file's."""
    choice.check(settings)
    check_folder(settings)
    database, metrics = _opened(settings)
    loop, news, web, mcp, work = Loop(), News(), Web(settings), McpServers(settings), Pool()
    provider = Provider(settings, changed=lambda: news.note_for_all("models"))
    limits = Limits(settings, database, now, lambda: provider.status().default_model)
    personas = PersonaBook(built_in or load_personas(tools=builtin()), database, limits, builtin())
    means = Means(settings, web, work, now)
    analyses = Analyses(database, provider, means, loop, limits, personas, news)
    files = Files(settings, database, limits, now, metrics.files_kept)
    data = _tables(database, files, metrics, now)
    jobs = Jobs(
        database, provider, personas, settings, web, analyses, loop, limits, now, data, files
    )
    answer, most = Agent(provider, settings, mcp).answer, settings.answer_max_chars
    titles = Titles(loop, database, provider, limits) if settings.model_titles else None
    runner = Runner(loop, database, answer, jobs.make, titles, limits, metrics, news, now, most)
    turns = Turns(database, limits, personas, runner, now)
    decisions = Decisions(database, runner, now)
    retention, warm_ups = Retention(database, settings, news, now), (provider.warm_up, web.warm_up)
    exports, imports = _transfer(limits, personas, news, files, work)
    chats, tidy = Sessions(database, limits, personas, turns, news, files.sweep), files.tidy
    return Runtime(
        settings=settings,
        database=database,
        loop=loop,
        provider=provider,
        web=web,
        work=work,
        data=data,
        mcp=mcp,
        personas=personas,
        analyses=analyses,
        limits=limits,
        news=news,
        elsewhere=Elsewhere(database, news),
        runner=runner,
        turns=turns,
        decisions=decisions,
        upkeep=Upkeep(loop, runner, decisions, database, retention, limits, warm_ups, tidy, now),
        sessions=chats,
        temporary=Temporary(loop, chats.close),
        filing=Filing(database, limits, news),
        files=files,
        exports=exports,
        imports=imports,
        identities=Identities(settings, database, news),
        accounts=Accounts(settings, database, news),
        members=Members(database, turns, news, sweep=files.sweep),
        sharing=Sharing(settings, database, limits, personas, news, now, attached=files),
        metrics=metrics,
        usage=Usages(database, personas),
        backups=TimedBackups(settings, database, metrics, now),
        unused=UnusedChats(database, retention, now),
        read_only=ReadOnlyMode(database, news, metrics, now),
    )


def _tables(
    database: Database, files: Files, metrics: Metrics, now: Callable[[], datetime]
) -> Tables:
    """Those of chats, with what is made of attached files."""
    made, most = (files.tables, files.tables_anew), partial(room.most, files.settings)
    counts = (metrics.query_ended, metrics.result_stored)
    return Tables(database, Pool(LIMITS), *made, most, now, *counts)


def _transfer(
    limits: Limits, personas: PersonaBook, news: News, files: Files, work: Pool
) -> tuple[Exports, Imports]:
    """What leaves, and what comes in, with the files of both."""
    settings, database = limits.settings, limits.database
    exports = Exports(database, personas, limits.default_model, files.folder.opened, files.small)
    parts = ArrivingParts(files.add, work, partial(_left, limits))
    spools = Spools(settings)
    return exports, Imports(settings, database, limits, personas, news, spools, parts)


def _left(limits: Limits, user_id: str) -> int:
    with limits.database.reading() as db:
        return room.left(db, limits.settings, user_id)


def _opened(settings: Settings) -> tuple[Database, Metrics]:
    """Ready, with the one user of those who do not log in, and what counts its uses."""
    metrics = Metrics(settings)
    database = Database(settings.database_url, observe=metrics.database_used)
    database.open()
    with database.transaction(even_read_only=True) as db:
        users.ensure_local(db)
    return database, metrics
