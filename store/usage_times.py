"""How long answers took, by buckets: enough for medians, however many answers there are."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

STEP, BUCKETS = 1.25, 60
BOUNDS = tuple(round(10 * STEP**n) for n in range(BUCKETS))
"""The longest times in milliseconds of all buckets but the last, which has all that are longer."""
TIME_NAMES = ("first_tokens", "durations")


@dataclass(frozen=True, slots=True)
class Times:
    """How many answers of each bucket, by when their first token came and how long they took."""

    first_token: Counter[int] = field(default_factory=Counter)
    duration: Counter[int] = field(default_factory=Counter)

    def __add__(self, other: "Times") -> "Times":
        """Both together."""
        return Times(self.first_token + other.first_token, self.duration + other.duration)


NO_TIMES = Times()


def bucket_of(milliseconds: int) -> int:
    """The first bucket that is long enough."""
    return bisect_left(BOUNDS, milliseconds)


def shortest(counts: Mapping[int, int], share: float) -> int | None:
    """Within which time that share of them was over, in milliseconds; None for none.

    A tenth off at most: inside of a bucket they are taken to be spread evenly.
    """
    left = share * sum(counts.values())
    for bucket in sorted(counts):
        if counts[bucket] and left <= counts[bucket]:
            begin = BOUNDS[bucket - 1] if bucket else 0
            end = BOUNDS[min(bucket, BUCKETS - 1)]
            return round(begin + (end - begin) * left / counts[bucket])
        left -= counts[bucket]
    return None
