"""How many files all users have: counted part after part, for no index knows it."""

from collections.abc import Callable
from dataclasses import dataclass

from store import all_files
from store.all_files import FilePlace
from store.database import Database


@dataclass(slots=True)
class FileCount:
    """``told`` is called with how many there are, and how many bytes, when all were counted.

    ``last`` are both, None before.
    """

    database: Database
    told: Callable[[int, int], None]
    last: tuple[int, int] | None = None
    _after: FilePlace | None = None
    _count: int = 0
    _size: int = 0

    def go_on(self) -> None:
        """Count the next part, and begin anew after the last one; from one thread at a time."""
        with self.database.reading() as db:
            count, size, self._after = all_files.counted(db, after=self._after)
        self._count, self._size = self._count + count, self._size + size
        if self._after is None:
            self.last = (self._count, self._size)
            self.told(*self.last)
            self._count = self._size = 0
