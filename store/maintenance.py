"""Whether nothing of people's is written for a while, as the database itself knows it.

So every process on it says the same, whoever switched it. The caller owns the transaction.
"""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from json import dumps
from typing import Annotated

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError
from sqlmodel import Session

from store import kept, waiting
from store.dialects import lock_names
from store.errors import Refused
from store.texts import repaired, seen

LINE_MAX = 300
NAME = "read_only"
WORDS = "Read only for maintenance."

log = logging.getLogger("parley.store")


@dataclass(frozen=True, slots=True)
class Maintenance:
    """``since`` when it is read only, if it is; ``line`` is the operator's, for people."""

    since: AwareDatetime | None = None
    line: Annotated[str, Field(max_length=LINE_MAX)] = ""

    @property
    def is_on(self) -> bool:
        """Whether it is read only."""
        return self.since is not None

    @property
    def words(self) -> str:
        """What people are told while it is."""
        return f"{WORDS} {self.line}".strip()


_STATE = TypeAdapter(Maintenance)


def text_of(db: Session) -> str:
    """What is kept of it, to be compared and given to `parsed`; one row is looked at."""
    return kept.get(db, name=NAME) or ""


def parsed(text: str) -> Maintenance:
    """What was kept; what cannot be read is no reason to keep people from writing."""
    try:
        return _STATE.validate_json(text or "{}")
    except ValidationError:
        log.error("the state of read-only mode cannot be read, so it is off: switch it again")
        return Maintenance()


def read(db: Session) -> Maintenance:
    """As it is known now."""
    return parsed(text_of(db))


def switch(db: Session, *, on: bool, line: str = "", now: datetime) -> Maintenance:
    """Begin it, give it another line, or end it; raises `Refused` for a line that is too long.

    Who was asked something meanwhile, or before, has as long to decide as if it were asked now.
    """
    line = seen(repaired(line))
    if len(line) > LINE_MAX:
        said = f"The line for people has {len(line):,} characters."
        raise Refused(said, f"Use at most {LINE_MAX}.", field="line")
    lock_names(db.connection(), [NAME])
    before = read(db)
    found = Maintenance(before.since or now, line) if on else Maintenance()
    if before.is_on and not on:
        waiting.ask_anew(db, now=now)
    values = asdict(found) | {"since": found.since and found.since.isoformat()}
    kept.put(db, name=NAME, value=dumps(values))
    return found
