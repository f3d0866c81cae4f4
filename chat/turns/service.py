"""A turn is one question and its answer: start, attach, stop, and what follows.

Everything sent is stored before it is answered. At most one answer of a session is written at a
time; what is sent meanwhile is stored as ``queued`` and answered next. Doors (page, API) call
this from any thread; answers are written by `chat.turns.runner`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from chat.errors import NothingRunning
from chat.limits.payers import NOWHERE, PeerAddress
from chat.limits.room import copying
from chat.limits.spending import Limits
from chat.personas.book import PersonaBook
from chat.turns.runner import Runner
from chat.turns.turn import Turn
from chat.turns.viewer import FollowingViewer, LocalViewer, Viewer
from store import answers, sessions
from store.database import Database
from store.files import check_count
from store.metadata import MessageMetadata
from store.session_values import RULES, NewSession
from store.values import Message, SessionKey


@dataclass(frozen=True, slots=True)
class Turns:
    """All turns of one process."""

    database: Database
    limits: Limits
    personas: PersonaBook
    runner: Runner
    now: Callable[[], datetime]

    def send(
        self,
        key: SessionKey,
        content: str,
        *,
        parent_id: int | None = None,
        edit_of: int | None = None,
        idempotency_key: str | None = None,
        new: NewSession | None = None,
        model: str | None = None,
        metadata: Mapping[str, object] | None = None,
        file_ids: Sequence[str] | None = None,
        address: PeerAddress = NOWHERE,
    ) -> answers.Asked:
        """Store a message and answer it.

        With ``new`` in a session that is made so unless it is there. ``model`` is the session's
        from now on, ``metadata`` the question's own; ``file_ids`` are attached to it, None: those
        of the question that is edited. ``address`` is where this is asked from.
        Raises `InvalidInput` for a text over the limit or a model that is not for them,
        `TooMany`, and the store's errors; then nothing was stored.
        """
        self.limits.check_size(content)
        check_count(file_ids or (), self.limits.settings.message_files)
        with self.limits.spending(key.user_id, address) as may:
            if new is not None:
                self.personas.create_session(may, key, new)
            if model is not None:
                may.check_model(model)
                sessions.change(may.db, key, model=model)
            asked = answers.ask(
                may.db,
                key,
                content=content,
                owner=self.runner.name,
                may=may,
                parent_id=parent_id,
                edit_of=edit_of,
                idempotency_key=idempotency_key,
                metadata=MessageMetadata.own(metadata or {}),
                file_ids=file_ids,
                now=self.now(),
            )
        if not asked.repeated:
            self.runner.begin(key, asked.answer)
        return asked

    def answer_again(
        self,
        key: SessionKey,
        message_id: int,
        *,
        continued: bool = False,
        model: str = "",
        persona: str = "",
        idempotency_key: str | None = None,
        address: PeerAddress = NOWHERE,
    ) -> Message:
        """Regenerate or retry an answer as a new version, or continue the text it has.

        With this model and persona for this version alone. With a key that was used before, the
        version which that made. Raises `InvalidInput` for a model or persona that is not for them,
        and where the tables that it begins with are more than they may keep.
        """
        RULES["model"](model)
        copies = copying if continued else nullcontext
        with self.limits.spending(key.user_id, address) as may, copies(may):
            may.check_model(model)
            if persona:
                self.personas.check(may.db, key.user_id, persona)
            answer, is_new = answers.answer_again(
                may.db,
                key,
                message_id=message_id,
                owner=self.runner.name,
                may=may,
                continued=continued,
                model=model,
                persona=persona,
                idempotency_key=idempotency_key,
                now=self.now(),
            )
        if is_new:
            self.runner.begin(key, answer)
        return answer

    def stop(self, key: SessionKey) -> int:
        """End the running turn of a session with what it has; its answer's id.

        Raises `NothingRunning`.
        """
        stopped = self.stop_quietly(key)
        if stopped is None:
            raise NothingRunning("No answer is being written here.", "Reload to see the last one.")
        return stopped

    def stop_quietly(self, key: SessionKey) -> int | None:
        """The same where there may be none; None then."""
        return self.stop_each(key).get(key.session_id)

    def stop_each(self, *keys: SessionKey) -> dict[str, int]:
        """The same for several sessions, also for answers that ask somebody; by session."""
        running = {key: turn for key in keys if (turn := self.running_in(key))}
        for turn in running.values():
            self.runner.stop(turn)
        rest = [key for key in keys if key not in running]
        asking = self.runner.end_waiting(*rest) if rest else {}
        return {key.session_id: turn.message_id for key, turn in running.items()} | asking

    def stop_all(self, user_id: str) -> None:
        """End all running turns of somebody."""
        for turn in self.runner.running(user_id):
            self.runner.stop(turn)

    def attach(self, key: SessionKey, message_id: int) -> Viewer:
        """Watch an answer, whether this process writes it or another one."""
        turn = self.runner.find(key, message_id)
        if turn is not None:
            return LocalViewer(turn)
        return FollowingViewer(self.database, key, message_id)

    def running_in(self, key: SessionKey) -> Turn | None:
        """The turn that this process writes in a session now."""
        return next((turn for turn in self.runner.running(key.user_id) if turn.key == key), None)

    def running_sessions(self, user_id: str) -> frozenset[str]:
        """The user's sessions in which an answer is being written now."""
        return frozenset(turn.key.session_id for turn in self.runner.running(user_id))

    def count_running(self) -> int:
        """How many answers this process writes now."""
        return len(self.runner.running())
