"""A turn is one question and its answer: start, attach, stop, and what follows.

Everything sent is stored before it is answered. At most one answer of a session is written at a
time; what is sent meanwhile is stored as ``queued`` and answered next. Doors (page, API) call
this from any thread; answers are written by `chat.turns.runner`.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from chat import limits
from chat.agent.agent import Agent
from chat.agent.mcp.servers import McpServers
from chat.agent.models.provider import Provider
from chat.config import Settings
from chat.errors import InvalidInput, NothingRunning
from chat.metrics import Metrics, NoMetrics
from chat.personas.book import PersonaBook
from chat.personas.file import Personas
from chat.profiles.analyses import Analyses
from chat.turns import writer
from chat.turns.request import Jobs
from chat.turns.runner import Runner
from chat.turns.titles import give_title
from chat.turns.turn import Turn
from chat.turns.upkeep import Upkeep
from chat.turns.viewer import FollowingViewer, LocalViewer, Viewer
from chat.web.web import Web
from store import answers, repeats, sessions
from store.database import Database
from store.types import utc_now
from store.values import Message

T = TypeVar("T")


class Turns:
    """All turns of one process."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        personas: Personas,
        settings: Settings,
        *,
        now: Callable[[], datetime] = utc_now,
        metrics: Metrics | None = None,
        mcp: McpServers | None = None,
    ) -> None:
        self._database = database
        self._provider = provider
        self._settings = settings
        self._now = now
        self._owner = writer.owner_name()
        self._changes: defaultdict[str, int] = defaultdict(int)
        self._web = Web(settings)
        self._mcp = mcp or McpServers(settings)
        book = PersonaBook(personas, database, settings)
        self.analyses = Analyses(database, provider, settings, self._web, self, now)
        jobs = Jobs(database, provider, book, settings, self._web, self.analyses, self, now)
        agent = Agent(provider, settings, self._mcp)
        self._runner = Runner(
            database, agent.answer, jobs.make, self._ended, metrics or NoMetrics()
        )
        warm_ups = (provider.warm_up, self._web.warm_up)
        self._upkeep = Upkeep(
            database, warm_ups, settings, self._runner, self._owner, self._start_next, now
        )

    def start(self) -> None:
        """Start the thread, take up what an ended process left, and warm up the model client."""
        self._runner.start()
        self._runner.spawn(self._mcp.start())
        self._runner.spawn(self._upkeep.run())

    def close(self) -> None:
        """Store running answers as interrupted and end the thread."""
        self._runner.close(self._let_go)

    def send(
        self,
        *,
        user_id: str,
        session_id: str | None,
        content: str,
        parent_id: int | None = None,
        edit_of: int | None = None,
        idempotency_key: str | None = None,
        new_session: dict[str, Any] | None = None,
        model: str | None = None,
    ) -> answers.Asked:
        """Store a message and answer it.

        Without ``session_id`` in a new session; with ``new_session``, the fields of one, in a
        session that is made with that id unless it is there. ``model`` is the session's from
        now on. Raises `InvalidInput` for a text over the limit, and the store's errors; then
        nothing was stored.
        """
        if len(content) > self._settings.message_max_chars:
            raise InvalidInput(
                f"The message has {len(content):,} characters.",
                f"Send at most {self._settings.message_max_chars:,} at once.",
            )
        with (
            self._database.transaction() as db,
            limits.capped(db, self._settings, user_id=user_id) as caps,
        ):
            if session_id is None or new_session is not None:
                fields = new_session or {}
                made, _ = sessions.create(db, user_id=user_id, session_id=session_id, **fields)
                session_id = made.session_id
            if model is not None:
                sessions.change(db, user_id=user_id, session_id=session_id, model=model)
            asked = answers.ask(
                db,
                user_id=user_id,
                session_id=session_id,
                content=content,
                owner=self._owner,
                parent_id=parent_id,
                edit_of=edit_of,
                idempotency_key=idempotency_key,
                now=self._now(),
            )
            if not asked.repeated:
                caps.count_call(session_id=session_id, content=content, now=self._now())
        if not asked.repeated:
            self._begin(user_id, asked.answer)
        return asked

    def answer_again(
        self,
        *,
        user_id: str,
        session_id: str,
        message_id: int,
        continued: bool = False,
        idempotency_key: str | None = None,
    ) -> Message:
        """Regenerate or retry an answer as a new version, or continue the text it has.

        With a key that was used before, the version which that made.
        """
        place = {"user_id": user_id, "session_id": session_id}
        with (
            self._database.transaction() as db,
            limits.capped(db, self._settings, user_id=user_id) as caps,
        ):
            if idempotency_key and (made := repeats.find(db, **place, key=idempotency_key)):
                return made
            answer = answers.answer_again(
                db,
                **place,
                message_id=message_id,
                owner=self._owner,
                continued=continued,
                now=self._now(),
            )
            if idempotency_key:
                repeats.keep(db, **place, message_id=answer.id, key=idempotency_key)
            caps.count_call(session_id=session_id, now=self._now())
        self._begin(user_id, answer)
        return answer

    def stop(self, *, user_id: str, session_id: str) -> None:
        """End the running turn of a session with what it has; raises `NothingRunning`."""
        turn = self.running_in(user_id=user_id, session_id=session_id)
        if turn is None:
            raise NothingRunning("No answer is being written here.", "Reload to see the last one.")
        self._runner.stop(turn)

    def attach(self, *, user_id: str, session_id: str, message_id: int) -> Viewer:
        """Watch an answer, whether this process writes it or another one."""
        turn = self._runner.find(user_id, session_id, message_id)
        if turn is not None:
            return LocalViewer(turn)
        return FollowingViewer(self._database, user_id, session_id, message_id)

    def find(self, *, user_id: str, session_id: str, message_id: int) -> Turn | None:
        """The turn of an answer that this process writes, or wrote within the last minute."""
        return self._runner.find(user_id, session_id, message_id)

    def kept_in(self, *, user_id: str, session_id: str) -> list[Turn]:
        """A session's turns that `find` finds, in the order they began."""
        return self._runner.kept(user_id, session_id)

    def running_in(self, *, user_id: str, session_id: str) -> Turn | None:
        """The turn that this process writes in a session now."""
        for turn in self._runner.running(user_id):
            if turn.session_id == session_id:
                return turn
        return None

    def running_sessions(self, user_id: str) -> frozenset[str]:
        """The user's sessions in which an answer is being written now."""
        return frozenset(turn.session_id for turn in self._runner.running(user_id))

    def count_running(self) -> int:
        """How many answers this process writes now."""
        return len(self._runner.running())

    def changes(self, user_id: str) -> int:
        """A number that grows whenever one of the user's turns starts or ends."""
        return self._changes[user_id]

    def refresh_models(self) -> None:
        """Read the model list again in the background, when it is stale."""
        if self._provider.stale(time.monotonic()):
            self._runner.spawn(self._provider.refresh())

    def _begin(self, user_id: str, answer: Message) -> None:
        if answer.status == "streaming":
            self._runner.launch(user_id, answer)
        self._changes[user_id] += 1

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run blocking work off the turns' loop."""
        return await self._runner.in_thread(function, *arguments)

    def spawn(self, work: Any) -> Any:
        """Run a coroutine on the turns' loop; its concurrent future."""
        return self._runner.spawn(work)

    async def _let_go(self) -> None:
        parts = (self._provider, self._web, self._mcp)
        await asyncio.gather(*(part.aclose() for part in parts))

    def _ended(self, turn: Turn) -> None:
        """In a worker thread, once the end is stored: start what waits in that session."""
        self._changes[turn.user_id] += 1
        self._start_next(turn.user_id, turn.session_id)
        if self._settings.model_titles:
            self._runner.spawn(self._title(turn))

    async def _title(self, turn: Turn) -> None:
        if await give_title(turn, self._runner, self._database, self._provider):
            self._changes[turn.user_id] += 1

    def _start_next(self, user_id: str, session_id: str) -> None:
        with self._database.transaction() as db:
            answer = answers.start_next(
                db,
                user_id=user_id,
                session_id=session_id,
                owner=self._owner,
                now=self._now(),
            )
        if answer is not None:
            self._begin(user_id, answer)
