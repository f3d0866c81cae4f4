"""Reads a file of the own format for somebody: ``python -m store.put_in USER FILE [--dry-run]``.

The same file twice changes nothing. ``--to`` names the database, by default that of
``PARLEY_DATABASE_URL``, ``--files`` the folder of attached files as in `store.take_out`. What is in
attached files is read by the server, when they are first opened.
"""

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import IO

from store import files, known_chats, own_format
from store.arrivals import Arriving
from store.carried_files import CarriedFile
from store.database import Database, Session
from store.errors import ParleyError
from store.file_folder import FileFolder
from store.file_values import FileDetails, NewFile
from store.intake import IntakeTerms, Opened, Tally, counted
from store.result_rows import read, with_rows
from store.take_out import arguments_of, folder_of, opened, say, user_named
from store.texts import seen
from store.values import OwnPersona, PersonaDraft, SessionKey


@dataclass(frozen=True, slots=True)
class _Everything:
    """Whoever runs the command may keep all of it."""

    db: Session

    def add_session(self) -> None:
        """It is allowed."""

    def add_message(self, content: str) -> None:
        """Everything may come in."""

    def ask_model(
        self, key: SessionKey, content: str = "", *, answer_id: int | None = None
    ) -> object:
        """Nothing is asked here."""


@dataclass(frozen=True, slots=True)
class _Files:
    """Keeps files as they come."""

    database: Database
    folder: FileFolder
    user_id: str

    def keep(self, said: CarriedFile, body: IO[bytes]) -> str:
        """Its id."""
        assert said.sha256 is not None
        named = (seen(said.name), said.kind, said.media_type, said.size, said.sha256)
        new = NewFile(*named, FileDetails.of(said.details))
        with self.database.transaction() as db:
            kept, _ = files.add(db, user_id=self.user_id, new=new, now=said.created_at)
            self.folder.take_in(said.sha256, body)
        return kept.file_id


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all came in, 1 when something was skipped or nothing could be read."""
    parser = arguments_of("put_in", "what somebody had", "--to")
    parser.add_argument("--dry-run", action="store_true", help="only count")
    given = parser.parse_args(arguments)
    try:
        return _put_in(given)
    except (ParleyError, OSError) as error:
        say(f"It ended early. {error}")
        return 1


def _put_in(given: Namespace) -> int:
    database = opened(given)
    try:
        user_id = user_named(database, given.user)
        with given.file.open("rb") as file:
            pieces = own_format.read(file)
            if given.dry_run:
                with database.reading() as db:
                    count = counted(pieces, known=partial(known_chats.count, db, user_id))
                say(
                    f"{count.chats:,} chats with {count.total:,} messages would be read; "
                    f"{count.known:,} of the chats are there."
                )
            else:
                terms = IntakeTerms(
                    persona=_as_it_is,
                    file=_Files(database, folder_of(given, database), user_id).keep,
                    computed=lambda said: with_rows(said, read(said.data)),
                )
                arriving = Arriving(user_id, lambda: _opening(database), terms)
                count = arriving.count
                for piece in pieces:
                    arriving.take(piece)
                arriving.finish()
                say(
                    f"{count.chats:,} chats: {count.added:,} messages added, "
                    f"{count.unchanged:,} were there; {count.files:,} files."
                )
    finally:
        database.close()
    return _said(count)


def _said(count: Tally) -> int:
    for one in count.skipped:
        say(f"Skipped {one.where}: {one.why}")
    if more := count.skipped_count - len(count.skipped):
        say(f"Skipped {more:,} more.")
    return 1 if count.skipped_count else 0


@contextmanager
def _opening(database: Database) -> Iterator[_Everything]:
    with database.transaction() as db:
        yield _Everything(db)


def _as_it_is(_may: Opened, persona: OwnPersona) -> OwnPersona:
    """But with an icon that a page can surely draw."""
    return replace(persona, icon=PersonaDraft("").icon)


if __name__ == "__main__":
    sys.exit(main())
