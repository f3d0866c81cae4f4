"""When chats that nobody uses go into the trash: the rules of whoever runs this place.

All of them are kept under one name. The caller owns the transaction.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from json import dumps
from typing import Annotated
from uuid import uuid4

from pydantic import Field, TypeAdapter, ValidationError
from sqlmodel import Session

from store import kept
from store.dialects import lock_names
from store.errors import Conflict, Refused, RuleNotFound, RulesUnreadable
from store.order_models import NAME_MAX
from store.texts import storable

NAME = "retention"
RULES_MAX = 20
DAYS_LEAST, DAYS_MOST = 1, 3650

log = logging.getLogger("parley.store")


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Chats in which nothing was written for so many ``days`` go, by themselves if it is ``on``.

    With a ``folder`` only those that lie in a folder of that name, whosever it is; not those in
    folders in it.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]{1,32}$")]
    days: Annotated[int, Field(ge=DAYS_LEAST, le=DAYS_MOST)]
    folder: Annotated[str, Field(max_length=NAME_MAX)] = ""
    on: bool = False

    @property
    def about(self) -> tuple[int, str]:
        """What no two rules have in common."""
        return self.days, self.folder.casefold()


_RULES = TypeAdapter(Annotated[tuple[RetentionRule, ...], Field(max_length=RULES_MAX)])


def read(db: Session) -> tuple[RetentionRule, ...]:
    """All of them, the first one made first; raises `RulesUnreadable`."""
    try:
        # The text is JSON, whose lists are tuples here; what is in it is taken as it is.
        found = _RULES.validate_json(kept.get(db, name=NAME) or "[]", strict=True)
    except ValidationError:
        raise RulesUnreadable from None
    if len({one.id for one in found}) < len(found):
        raise RulesUnreadable
    return found


def in_force(db: Session, *, off: bool = False) -> tuple[RetentionRule, ...]:
    """Those that are on, with ``off`` all of them; none where they cannot be read."""
    try:
        return tuple(one for one in read(db) if one.on or off)
    except RulesUnreadable as failure:
        log.warning("no rule of retention applies: %s", failure.message)
        return ()


def add(db: Session, *, days: int, folder: str = "") -> RetentionRule:
    """A new one, which is off; raises `Refused`, and `Conflict` for one that is there."""
    if not DAYS_LEAST <= days <= DAYS_MOST:
        fix = f"Use {DAYS_LEAST} to {DAYS_MOST:,} days."
        raise Refused("No rule waits for so many days.", fix, field="days")
    name = " ".join(storable(folder).split())
    if len(name) > NAME_MAX:
        fix = f"Use at most {NAME_MAX} characters, or leave it empty."
        raise Refused("The folder's name is too long.", fix, field="folder")
    rules = _held(db)
    made = RetentionRule(uuid4().hex, days, name)
    if any(one.about == made.about for one in rules):
        raise Conflict("There is such a rule already.", "Use that one, or say something else.")
    if len(rules) >= RULES_MAX:
        raise Refused(f"There are {RULES_MAX} rules already.", "Remove one of them first.")
    _put(db, [*rules, made])
    return made


def switch(db: Session, *, rule_id: str, on: bool) -> RetentionRule:
    """Have it applied without anybody asking, or not; raises `RuleNotFound`."""
    rules = _held(db)
    changed = replace(_one(rules, rule_id), on=on)
    _put(db, [changed if one.id == rule_id else one for one in rules])
    return changed


def remove(db: Session, *, rule_id: str) -> RetentionRule:
    """Take one away; raises `RuleNotFound`."""
    rules = _held(db)
    gone = _one(rules, rule_id)
    _put(db, [one for one in rules if one.id != rule_id])
    return gone


def remove_all(db: Session) -> None:
    """Begin anew, also where they cannot be read."""
    lock_names(db.connection(), [NAME])
    _put(db, [])


def _held(db: Session) -> tuple[RetentionRule, ...]:
    """As they are until the transaction ends: of two who change them, none undoes the other's."""
    lock_names(db.connection(), [NAME])
    return read(db)


def _one(rules: Sequence[RetentionRule], rule_id: str) -> RetentionRule:
    for one in rules:
        if one.id == rule_id:
            return one
    raise RuleNotFound


def _put(db: Session, rules: Sequence[RetentionRule]) -> None:
    kept.put(db, name=NAME, value=dumps([asdict(one) for one in rules]))
