"""The computed part of a profile analysis, for 1,000 and 5,000 posts."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chat.profiles import figures
from chat.profiles.source import Post
from tests.bench.figures import Figure
from tests.bench.stage import Stage

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dogs", "#ai", "Cursor"]
RUNS = 15


def run(_stage: Stage) -> list[Figure]:
    """In this process, as it runs in a child process of the server."""
    figures.compute(posts(10), NOON)
    return [
        Figure("figures of 1,000 posts", measured(posts(1_000)), "ms", 300),
        Figure("figures of 5,000 posts", measured(posts(5_000)), "ms"),
    ]


def measured(some: Sequence[Post]) -> list[float]:
    """Milliseconds of each run."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        figures.compute(some, NOON)
        times.append((time.perf_counter() - began) * 1000)
    return times


def posts(count: int) -> list[Post]:
    """As people write them: 30 words, some links, mentions and hashtags; always the same."""
    chance = random.Random(7)
    return [
        Post(
            f"p{number}",
            " ".join(chance.choices(WORDS, k=30)),
            NOON - timedelta(minutes=chance.randrange(600_000)),
            f"https://social.example/p{number}",
            chance.randrange(500),
            chance.randrange(50),
            chance.randrange(20),
            chance.randrange(9_000),
            chance.choice(["en", "de"]),
            (f"https://site{number % 40}.example/{number}",),
            (f"@friend{number % 25}",),
        )
        for number in range(count)
    ]
