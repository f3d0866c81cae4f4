"""Keeping chats in order: folders, and what is done with many chats at once, for every door."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Unpack

from chat.limits.spending import Limits
from chat.news import News
from store import folders, session_locks, sessions
from store.database import Database, Session
from store.errors import NotFound
from store.folders import Folder, FolderChanges, NewFolder
from store.session_values import SessionChanges
from store.texts import check_tag
from store.values import SessionKey

Undoing = Mapping[SessionKey, SessionChanges]
"""What chats had before they were moved or tagged."""


@dataclass(frozen=True, slots=True)
class Filing:
    """The use cases; raise the store's errors. What is done with many is done with all or none."""

    database: Database
    limits: Limits
    news: News

    def create_folder(
        self, user_id: str, new: NewFolder, folder_id: str | None = None
    ) -> tuple[Folder, bool]:
        """Make one, or give the stored one of that id; see `store.folders.create`."""
        with self.limits.spending(user_id) as may:
            may.check_prompt(new.system_prompt)
            made = folders.create(may.db, user_id=user_id, new=new, folder_id=folder_id)
        self.news.note(user_id, "folder")
        return made

    def change_folder(
        self, user_id: str, folder_id: str, **changes: Unpack[FolderChanges]
    ) -> Folder:
        """Set what is given; see `store.folders.change`."""
        with self.limits.spending(user_id) as may:
            may.check_prompt(changes.get("system_prompt", ""))
            changed = folders.change(may.db, user_id=user_id, folder_id=folder_id, **changes)
        self.news.note(user_id, "folder")
        return changed

    def remove_folder(self, user_id: str, folder_id: str) -> None:
        """Remove one; its chats are kept, see `store.folders.remove`."""
        with self.database.transaction() as db:
            folders.remove(db, user_id=user_id, folder_id=folder_id)
        self.news.note(user_id, "folder")

    def move(self, keys: Iterable[SessionKey], folder_id: str | None) -> Undoing:
        """Put them into a folder, or into none; raises `Refused` for one that is not theirs."""
        before: dict[SessionKey, SessionChanges] = {}
        with self._changing_each(keys) as (db, held):
            for key in held:
                before[key] = {"folder": sessions.get(db, key).folder}
                sessions.change(db, key, folder=folder_id)
        return before

    def tag(
        self, keys: Iterable[SessionKey], *, add: Iterable[str], drop: Iterable[str]
    ) -> Undoing:
        """Give them these tags and take those away; raises `Refused` for too many on one."""
        new, old = set(map(check_tag, add)), set(map(check_tag, drop))
        before: dict[SessionKey, SessionChanges] = {}
        with self._changing_each(keys) as (db, held):
            for key in held:
                tags = sessions.get(db, key).tags
                before[key] = {"tags": tags}
                sessions.change(db, key, tags=list({*tags, *new} - old))
        return before

    def put_back(self, before: Undoing) -> None:
        """Take back moving or tagging, as far as chats and folders are still there."""
        with self._changing_each(before) as (db, held):
            for key in held:
                with suppress(NotFound):
                    sessions.change(db, key, **_possible(db, key, before[key]))

    @contextmanager
    def _changing_each(
        self, keys: Iterable[SessionKey]
    ) -> Iterator[tuple[Session, list[SessionKey]]]:
        named = list(keys)
        owners = sorted({key.user_id for key in named})
        with self.database.transaction() as db:
            for user_id in owners:
                folders.hold(db, user_id=user_id)
            yield db, session_locks.lock_each(db, named)
        for user_id in owners:
            self.news.note(user_id, "session")


def _possible(db: Session, key: SessionKey, changes: SessionChanges) -> SessionChanges:
    """Where their folder is gone, into none."""
    folder_id = changes.get("folder")
    if folder_id is not None:
        try:
            folders.get(db, user_id=key.user_id, folder_id=folder_id)
        except NotFound:
            return {**changes, "folder": None}
    return changes
