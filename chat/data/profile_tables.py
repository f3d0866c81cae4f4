"""Analysis results of profiles as tables: ``profiles``, one row each, and ``posts``.

All times are in UTC. In a child process only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chat.profiles.result import MEASURES, AnalysisResult, Excerpt, TopPost, read_result
from store.file_values import ColumnInfo

if TYPE_CHECKING:
    import duckdb

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PROFILES = {"source": "VARCHAR", "handle": "VARCHAR", "name": "VARCHAR", "followers": "BIGINT"}
_PROFILES |= {"posts": "BIGINT", "posts_per_week": "DOUBLE", "first_post": "TIMESTAMP"}
_PROFILES |= {"last_post": "TIMESTAMP", "length_mean": "DOUBLE"}
for _name in MEASURES:
    _PROFILES |= {f"{_name}_total": "BIGINT", f"{_name}_mean": "DOUBLE"}
_POSTS = {"source": "VARCHAR", "handle": "VARCHAR", "time": "TIMESTAMP", "weekday": "VARCHAR"}
_POSTS |= {"weekday_number": "INTEGER", "hour": "INTEGER", "text": "VARCHAR", "url": "VARCHAR"}
_POSTS |= dict.fromkeys((*MEASURES, "engagement"), "BIGINT")
SHAPES = {"posts": _POSTS, "profiles": _PROFILES}
COLUMNS = {name: tuple(ColumnInfo(*one) for one in shape.items()) for name, shape in SHAPES.items()}
"""The columns of both; texts and numbers of a post are known of the newest and the best only."""


def names(taken: set[str]) -> dict[str, str]:
    """What they are called beside these tables, whose names are in small letters."""
    found = {}
    for name in SHAPES:
        called = name
        while called in taken:
            called = f"analyzed_{called}"
        found[name] = called
    return found


def make(database: duckdb.DuckDBPyConnection, results: str, taken: set[str]) -> None:
    """Both of them, of results with source and handle, as JSON."""
    import pyarrow as pa

    found = [
        (str(one["source"]), str(one["handle"]), read_result(one["result"]))
        for one in json.loads(results)
    ]
    rows: dict[str, list[dict[str, object]]] = {
        "profiles": [_profile(*one) for one in found],
        "posts": [row for one in found for row in _posts(*one)],
    }
    for name, called in names(taken).items():
        shape = SHAPES[name]
        columns = {column: [row[column] for row in rows[name]] for column in shape}
        types = {"VARCHAR": pa.string(), "DOUBLE": pa.float64(), "TIMESTAMP": pa.timestamp("us")}
        arrays = [
            pa.array(columns[one], types.get(kind, pa.int64())) for one, kind in shape.items()
        ]
        database.register("given", pa.table(arrays, names=list(shape)))
        cast = ", ".join(f'CAST("{one}" AS {kind}) AS "{one}"' for one, kind in shape.items())
        database.execute(f"CREATE TABLE {called} AS SELECT {cast} FROM given")
        database.unregister("given")


def _profile(source: str, handle: str, result: AnalysisResult) -> dict[str, object]:
    counted = result.computed
    spreads = counted.engagement if counted else {}
    row: dict[str, object] = {
        "source": source,
        "handle": handle,
        "name": result.name,
        "followers": _whole(result.followers),
        "posts": _whole(result.post_count),
        "posts_per_week": counted.rhythm.per_week if counted else None,
        "first_post": _moment(result.first_post_at),
        "last_post": _moment(result.last_post_at),
        "length_mean": counted.length.mean if counted else None,
    }
    for name in MEASURES:
        spread = spreads.get(name)
        row[f"{name}_total"] = _whole(spread.total) if spread else None
        row[f"{name}_mean"] = spread.mean if spread else None
    return row


def _posts(source: str, handle: str, result: AnalysisResult) -> Iterator[dict[str, object]]:
    """One for each time that is known, with what is known besides."""
    best = result.computed.top_posts if result.computed else ()
    known: dict[int, list[Excerpt]] = {}
    seen: set[str] = set()
    for post in (*best, *(result.posts or ())):
        at = _moment(post.created_at)
        if at is not None and post.id not in seen:
            seen.update([post.id] if post.id else [])
            known.setdefault(int(at.replace(tzinfo=UTC).timestamp()), []).append(post)
    for time in result.times:
        there = known.get(time)
        at, post = datetime.fromtimestamp(time, UTC), there.pop(0) if there else Excerpt()
        more = post if isinstance(post, TopPost) else TopPost(likes=post.likes)
        yield {
            "source": source,
            "handle": handle,
            "time": at.replace(tzinfo=None),
            "weekday": DAYS[at.weekday()],
            "weekday_number": at.isoweekday(),
            "hour": at.hour,
            "text": post.text or None,
            "url": post.url or None,
            **{name: _whole(getattr(more, name)) for name in (*MEASURES, "engagement")},
        }


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _moment(text: str | None) -> datetime | None:
    """In UTC, without saying so."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def as_json(results: list[Mapping[str, object]]) -> str:
    """What `make` reads."""
    return json.dumps(results)
