"""What was in a database at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from store.backups.manifest import AGAIN, BackupDamaged


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Its revision, the rows of each table, and the hashes of what people attached."""

    revision: str
    tables: Mapping[str, int]
    hashes: Sequence[str]


def check_counts(there: Mapping[str, int], expected: Mapping[str, int]) -> None:
    """Raise `BackupDamaged` unless both are the same."""
    differ = [name for name in {**there, **expected} if there.get(name) != expected.get(name)]
    if differ:
        name = min(differ)
        what = f"{name} has {there.get(name, 0):,} rows and should have {expected.get(name, 0):,}"
        raise BackupDamaged(f"The database is not whole: {what}.", AGAIN)
