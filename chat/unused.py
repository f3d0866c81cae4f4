"""Chats that nobody uses: the rules by which they go into the trash, for administrators.

Nothing is lost by a rule that was just made: it is off, and a dry run lists what it would let go.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chat.people.identity import Identity, check_admin
from chat.turns.retention import Retention
from store import folders, retention_rules, unused
from store.database import Database
from store.retention_rules import RetentionRule
from store.unused import UnusedChat, UnusedDetails
from store.values import SessionKey

DRY_RUN_MAX = 10_000
"""So many a dry run lists, those that were unused longest; the next one lists others."""


@dataclass(frozen=True, slots=True)
class UnusedChats:
    """The use cases; each but `told` raises `Forbidden` for others, and the store's errors."""

    database: Database
    retention: Retention
    now: Callable[[], datetime]

    def rules(self, by: Identity) -> tuple[RetentionRule, ...]:
        """All of them; raises `RulesUnreadable`."""
        check_admin(by)
        with self.database.reading() as db:
            return retention_rules.read(db)

    def told(self, who: Identity) -> tuple[RetentionRule, ...]:
        """Those that are on and concern this person's chats; of folders, those that they have."""
        if not who.mode.accounts or who.role == "guest":
            return ()
        with self.database.reading() as db:
            rules = retention_rules.in_force(db)
            if any(one.folder for one in rules):
                theirs = folders.listed(db, user_id=who.user_id)
                names = {"", *(folder.name.casefold() for folder in theirs)}
                return tuple(one for one in rules if one.folder.casefold() in names)
            return rules

    def add(self, by: Identity, *, days: int, folder: str = "") -> RetentionRule:
        """Make one; see `store.retention_rules.add`."""
        check_admin(by)
        with self.database.transaction() as db:
            return retention_rules.add(db, days=days, folder=folder)

    def switch(self, by: Identity, rule_id: str, *, on: bool) -> RetentionRule:
        """Have it applied without anybody asking, or by hand only; raises `RuleNotFound`."""
        check_admin(by)
        with self.database.transaction() as db:
            return retention_rules.switch(db, rule_id=rule_id, on=on)

    def remove(self, by: Identity, rule_id: str) -> RetentionRule:
        """Take one away; raises `RuleNotFound`."""
        check_admin(by)
        with self.database.transaction() as db:
            return retention_rules.remove(db, rule_id=rule_id)

    def remove_all(self, by: Identity) -> None:
        """Take all away, also where they cannot be read."""
        check_admin(by)
        with self.database.transaction() as db:
            retention_rules.remove_all(db)

    def dry_run(self, by: Identity) -> tuple[list[UnusedChat], int]:
        """What all rules would let go now, on or off, `DRY_RUN_MAX` at most; and how many."""
        check_admin(by)
        with self.database.reading() as db:
            found = unused.found(db, retention_rules.read(db), now=self.now())
        return found[:DRY_RUN_MAX], len(found)

    def details(
        self, by: Identity, these: Sequence[UnusedChat]
    ) -> Mapping[SessionKey, UnusedDetails]:
        """What is known of these now; without those that are gone for good."""
        check_admin(by)
        with self.database.reading() as db:
            return unused.details(db, these)

    def trash(self, by: Identity, these: Sequence[UnusedChat]) -> int:
        """Put these into the trash as far as they are as they were listed; how many went."""
        check_admin(by)
        return self.retention.trash_unused(these, off=True)
