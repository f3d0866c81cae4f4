"""What a process counts for Prometheus; nothing at all unless ``PARLEY_METRICS_TOKEN`` is set."""

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from math import nan

from chat.config import Settings
from chat.data.values import QueryOutcome
from store.endings import Ending
from store.result_values import ComputedKind

SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
DATABASE_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)


class Metrics:
    """Counts in a registry of its own; safe from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._counting = settings.metrics_token is not None
        if not self._counting:
            return
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        kept = self._registry = CollectorRegistry()
        times = partial(Histogram, registry=kept)
        self._turns = Counter("parley_turns", "Turns that ended.", ["status"], registry=kept)
        self._tokens = Counter("parley_tokens", "Tokens of models.", ["kind"], registry=kept)
        about = "From the start of a turn to its first token."
        self._first = times("parley_first_token_seconds", about, buckets=SECONDS)
        self._total = times("parley_turn_seconds", "How long a turn took.", buckets=SECONDS)
        about = "How long a transaction was open."
        self._database = times("parley_database_seconds", about, buckets=DATABASE_SECONDS)
        about = "Who watches an answer now."
        self._viewers = Gauge("parley_viewers", about, ["door"], registry=kept)
        about = "Queries over tables of chats that ended."
        self._queries = Counter("parley_queries", about, ["outcome"], registry=kept)
        about = "Tables and charts that were stored with answers."
        self._results = Counter("parley_results", about, ["kind"], registry=kept)
        about = "Attached files that are kept, for each who has them, as they were last counted."
        self._files = Gauge("parley_files", about, registry=kept)
        self._file_bytes = Gauge("parley_files_bytes", about, registry=kept)
        self.files_kept(nan, nan)
        about = "When the last good backup was, in seconds since 1970."
        self._backup = Gauge("parley_backup_timestamp_seconds", about, registry=kept)
        self._backup.set(nan)
        about = "Whether nothing of people's is written, for maintenance."
        self._read_only = Gauge("parley_read_only", about, registry=kept)

    def turn_ended(self, ending: Ending) -> None:
        """Count a turn, its tokens and its times."""
        if not self._counting:
            return
        self._turns.labels(ending.status).inc()
        self._tokens.labels("prompt").inc(ending.prompt_tokens or 0)
        self._tokens.labels("completion").inc(ending.completion_tokens or 0)
        if ending.first_token_ms is not None:
            self._first.observe(ending.first_token_ms / 1000)
        if ending.processing_time_ms is not None:
            self._total.observe(ending.processing_time_ms / 1000)

    def database_used(self, seconds: float) -> None:
        """Count one use of the database, for as long as its transaction was open."""
        if self._counting:
            self._database.observe(seconds)

    def viewing(self, door: str) -> AbstractContextManager[object]:
        """A block in which somebody watches an answer through ``page`` or ``sse``."""
        return self._viewers.labels(door).track_inprogress() if self._counting else nullcontext()

    def query_ended(self, outcome: QueryOutcome) -> None:
        """Count a query: done, refused, ended by a ``limit`` of time or size, failed or stopped."""
        if self._counting:
            self._queries.labels(outcome).inc()

    def result_stored(self, kind: ComputedKind) -> None:
        """Count a table or a chart."""
        if self._counting:
            self._results.labels(kind).inc()

    def files_kept(self, count: float, size: float) -> None:
        """How many files all have, and how many bytes those are together."""
        if self._counting:
            self._files.set(count)
            self._file_bytes.set(size)

    def backup_was_good(self, moment: datetime | None) -> None:
        """When the last good backup was."""
        if self._counting and moment is not None:
            self._backup.set(moment.timestamp())

    def is_read_only(self, is_on: bool) -> None:
        """Whether people's writes are refused."""
        if self._counting:
            self._read_only.set(is_on)

    def text(self) -> bytes:
        """All of it in Prometheus' text format; empty when nothing is counted."""
        if not self._counting:
            return b""
        from prometheus_client import generate_latest

        return generate_latest(self._registry)
