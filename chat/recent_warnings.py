"""The latest warnings and errors of this process, for whoever looks after it.

Only the line of each: no traceback, whose words may be people's. What is logged from warnings up
has therefore no texts, titles or names of files in it, and `UNKEPT` where it has a secret.
"""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

MOST = 50
ALIKE = 10
"""So many lines that differ only in what is filled in: who causes those drives out no others."""
CHARS = 300
UNKEPT = {"is_kept": False}
"""As ``extra`` of a line that is for the log alone."""


@dataclass(frozen=True, slots=True)
class LoggedWarning:
    """A line, when it was last logged, and how often in a row of the same."""

    at: datetime
    level: str
    logger: str
    text: str
    count: int = 1


class RecentWarnings(logging.Handler):
    """Keeps the newest; the same line again is counted. Safe from any thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: dict[tuple[str, str, str], tuple[str, LoggedWarning]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Called under the handler's lock."""
        if not getattr(record, "is_kept", True):
            return
        try:
            text = _one_line(record.getMessage())
        except Exception:  # noqa: BLE001
            self.handleError(record)
            return
        line = LoggedWarning(
            datetime.fromtimestamp(record.created, UTC), record.levelname, record.name, text
        )
        key, pattern = (line.level, line.logger, text), str(record.msg)[:CHARS]
        before = self._kept.pop(key, None)
        if before:
            line = replace(line, count=before[1].count + 1)
        alike = [one for one, (of, _) in self._kept.items() if of == pattern]
        oldest = alike[0] if len(alike) >= ALIKE else next(iter(self._kept), None)
        if oldest and (len(alike) >= ALIKE or len(self._kept) >= MOST):
            del self._kept[oldest]
        self._kept[key] = (pattern, line)

    def newest_first(self) -> list[LoggedWarning]:
        """Those that are kept now."""
        self.acquire()
        try:
            return [line for _, line in reversed(self._kept.values())]
        finally:
            self.release()


def kept() -> list[LoggedWarning]:
    """Of this process, newest first; none where nobody keeps them."""
    handlers = logging.getLogger("parley").handlers
    found = next((one for one in handlers if isinstance(one, RecentWarnings)), None)
    return found.newest_first() if found else []


def _one_line(text: str) -> str:
    line = " ".join(text[: CHARS * 4].split())
    return line if len(line) <= CHARS else f"{line[: CHARS - 1]}…"
