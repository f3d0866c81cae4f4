"""What is counted, and that nothing is unless it was asked for."""

from __future__ import annotations

from pydantic import SecretStr

from chat.config import Settings
from chat.metrics import Metrics
from store.database import Database
from store.endings import Ending


def test_nothing_is_counted_unless_asked_for(settings: Settings) -> None:
    quiet = Metrics(settings)
    quiet.turn_ended(Ending("complete", "x"))
    quiet.query_ended("done")
    quiet.result_stored("table")
    quiet.files_kept(1, 2)
    with quiet.viewing("page"):
        quiet.database_used(1)
    assert quiet.text() == b""


def test_turns_tokens_times_viewers_and_database(settings: Settings, sqlite_url: str) -> None:
    metrics = Metrics(settings.model_copy(update={"metrics_token": SecretStr("secret")}))
    ending = Ending(
        "complete",
        "Nobody's business",
        processing_time_ms=1200,
        first_token_ms=80,
        prompt_tokens=7,
        completion_tokens=3,
    )
    metrics.turn_ended(ending)
    metrics.turn_ended(Ending("error", "x", error_code="rate_limited"))
    database = Database(sqlite_url, observe=metrics.database_used)
    database.open()
    with database.transaction(), metrics.viewing("sse"), metrics.viewing("page"):
        text = metrics.text().decode()
    database.close()
    for line in (
        'parley_turns_total{status="complete"} 1.0',
        'parley_turns_total{status="error"} 1.0',
        'parley_tokens_total{kind="completion"} 3.0',
        'parley_tokens_total{kind="prompt"} 7.0',
        'parley_first_token_seconds_bucket{le="0.1"} 1.0',
        "parley_turn_seconds_sum 1.2",
        'parley_viewers{door="sse"} 1.0',
        'parley_viewers{door="page"} 1.0',
    ):
        assert line in text
    assert "Nobody" not in text
    after = metrics.text().decode()
    assert "parley_database_seconds_count 1.0" in after
    assert 'parley_viewers{door="sse"} 0.0' in after


def test_queries_results_and_files(settings: Settings) -> None:
    metrics = Metrics(settings.model_copy(update={"metrics_token": SecretStr("secret")}))
    assert "parley_files NaN" in metrics.text().decode(), "not counted yet"
    metrics.query_ended("done")
    metrics.query_ended("limit")
    metrics.result_stored("chart")
    metrics.files_kept(3, 4_500)
    text = metrics.text().decode()
    for line in (
        'parley_queries_total{outcome="done"} 1.0',
        'parley_queries_total{outcome="limit"} 1.0',
        'parley_results_total{kind="chart"} 1.0',
        "parley_files 3.0",
        "parley_files_bytes 4500.0",
    ):
        assert line in text
