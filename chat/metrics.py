"""What a process counts for Prometheus; nothing at all unless ``PARLEY_METRICS_TOKEN`` is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from chat.config import Settings
from store.endings import Ending

SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
DATABASE_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)


class Metrics(Protocol):
    """Safe from any thread."""

    def turn_ended(self, ending: Ending) -> None:
        """Count a turn, its tokens and its times."""

    def database_used(self, seconds: float) -> None:
        """Count one use of the database, for as long as its transaction was open."""

    def viewing(self, door: str, /) -> Any:
        """A block in which somebody watches an answer through ``page`` or ``sse``."""

    def text(self) -> bytes:
        """All of it in Prometheus' text format; empty when nothing is counted."""


class NoMetrics:
    """Counts nothing."""

    def turn_ended(self, ending: Ending) -> None:
        """See `Metrics`."""

    def database_used(self, seconds: float) -> None:
        """See `Metrics`."""

    @contextmanager
    def viewing(self, _: str) -> Iterator[None]:
        """See `Metrics`."""
        yield

    def text(self) -> bytes:
        """See `Metrics`."""
        return b""


class PrometheusMetrics:
    """Counts in a registry of its own."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        kept = CollectorRegistry()
        self._registry = kept
        self._turns = Counter("parley_turns", "Turns that ended.", ["status"], registry=kept)
        self._tokens = Counter("parley_tokens", "Tokens of models.", ["kind"], registry=kept)
        self._first = Histogram(
            "parley_first_token_seconds",
            "From the start of a turn to its first token.",
            buckets=SECONDS,
            registry=kept,
        )
        self._total = Histogram(
            "parley_turn_seconds", "How long a turn took.", buckets=SECONDS, registry=kept
        )
        self._database = Histogram(
            "parley_database_seconds",
            "How long a transaction was open.",
            buckets=DATABASE_SECONDS,
            registry=kept,
        )
        self._viewers = Gauge(
            "parley_viewers", "Who watches an answer now.", ["door"], registry=kept
        )

    def turn_ended(self, ending: Ending) -> None:
        """See `Metrics`."""
        self._turns.labels(ending.status).inc()
        self._tokens.labels("prompt").inc(ending.prompt_tokens or 0)
        self._tokens.labels("completion").inc(ending.completion_tokens or 0)
        if ending.first_token_ms is not None:
            self._first.observe(ending.first_token_ms / 1000)
        if ending.processing_time_ms is not None:
            self._total.observe(ending.processing_time_ms / 1000)

    def database_used(self, seconds: float) -> None:
        """See `Metrics`."""
        self._database.observe(seconds)

    @contextmanager
    def viewing(self, door: str) -> Iterator[None]:
        """See `Metrics`."""
        with self._viewers.labels(door).track_inprogress():
            yield

    def text(self) -> bytes:
        """See `Metrics`."""
        from prometheus_client import generate_latest

        return bytes(generate_latest(self._registry))


def make_metrics(settings: Settings) -> Metrics:
    """What the settings ask for."""
    return PrometheusMetrics() if settings.metrics_token else NoMetrics()
