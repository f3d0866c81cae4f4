"""What an analysis found: typed, written as JSON one way and read back leniently the other way.

Results outlive the version that made them and were put together from what came from outside:
what is missing or has another shape is left out, and is no error. The fields are JSON's, in its
order; numbers without a source stay unknown (None).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from math import isfinite
from typing import Annotated, Final, TypeVar

from pydantic import (
    BeforeValidator,
    Field,
    GetPydanticSchema,
    OnErrorOmit,
    PlainSerializer,
    StringConstraints,
    TypeAdapter,
)
from pydantic_core.core_schema import with_default_schema

MEASURES: Final = ("likes", "reposts", "replies", "views")
LATEST = 9_000_000_000
"""The year 2255: a post is not from later."""
LARGEST = 10**18
T = TypeVar("T")


def _or(default: object) -> GetPydanticSchema:
    """What is there instead of a value that has another shape."""
    return GetPydanticSchema(
        lambda kind, read: with_default_schema(read(kind), default=default, on_error="default")
    )


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and isfinite(value) else value


def _pairs(value: object) -> object:
    return list(value.items()) if isinstance(value, dict) else value


Amount = (
    Annotated[int, Field(strict=True, ge=-LARGEST, le=LARGEST)]
    | Annotated[float, Field(strict=True, ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
)
Figure = Annotated[Amount | None, _or(None)]
Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True), _or("")]
Verbatim = Annotated[str, Field(strict=True), _or("")]
Stamp = Annotated[str, Field(strict=True, pattern=r"^[\w:.+-]{1,40}$")]
"""A time in ISO 8601 or a weekday: what prompts have unescaped is a word."""
Many = Annotated[tuple[OnErrorOmit[T], ...], _or(())]
Second = Annotated[int, Field(strict=True, ge=0, lt=LATEST), BeforeValidator(_whole)]
Count = tuple[Annotated[str, BeforeValidator(str)], Amount]
Counts = Annotated[tuple[OnErrorOmit[Count], ...], BeforeValidator(_pairs), _or(())]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A post as far as it is kept; ``created_at`` is ISO 8601 in UTC, here and everywhere."""

    id: Text = ""
    url: Text = ""
    text: Verbatim = ""
    created_at: Text = ""
    likes: Figure = None


@dataclass(frozen=True, slots=True)
class TopPost(Excerpt):
    """A post that did well; ``engagement`` is likes, reposts and replies together."""

    reposts: Figure = None
    replies: Figure = None
    views: Figure = None
    engagement: Figure = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How one of `MEASURES` is spread over the posts that have it."""

    total: Figure = None
    mean: Figure = None
    median: Figure = None
    max: Figure = None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When there are posts, in UTC."""

    per_week: Figure = None
    median_gap_hours: Figure = None
    longest_gap_days: Figure = None
    busiest_day: Annotated[Stamp | None, _or(None)] = None
    busiest_hour: Figure = None
    active_days: Figure = None


@dataclass(frozen=True, slots=True)
class Lengths:
    """Characters a post."""

    mean: Figure = None
    median: Figure = None
    max: Figure = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted; ``times`` are seconds since 1970, newest first, names come with counts.

    ``heatmap`` has a row for each weekday, Monday first, with a number for each hour.
    """

    timezone: Text = ""
    times: Many[Second] = ()
    heatmap: Many[Many[Amount]] = ()
    engagement: Annotated[Mapping[str, OnErrorOmit[Spread | None]], _or({})] = field(
        default_factory=dict
    )
    top_posts: Many[TopPost] = ()
    rhythm: Annotated[Rhythm, _or(Rhythm())] = Rhythm()
    length: Annotated[Lengths, _or(Lengths())] = Lengths()
    languages: Annotated[Counts, PlainSerializer(dict)] = ()
    links: Counts = ()
    mentions: Counts = ()
    hashtags: Counts = ()


@dataclass(frozen=True, slots=True)
class Product:
    """A product that posts mention."""

    name: Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1)]
    category: Text = ""
    post_ids: Many[str] = ()


@dataclass(frozen=True, slots=True)
class ModelReading:
    """What a model read out of the posts; ``reason`` says why it could not."""

    status: Text = ""
    reason: Text = ""
    model: Text = ""
    products: Many[Product] = ()
    style: Text = ""
    drivers: Text = ""

    @property
    def is_complete(self) -> bool:
        """Whether a model was asked, and answered."""
        return self.status == "complete"


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """The whole; ``stored`` is the JSON from which it was read, None for a new one."""

    handle: Text = ""
    source: Text = ""
    name: Text = ""
    url: Text = ""
    description: Text = ""
    followers: Figure = None
    fetched_at: Annotated[Stamp, _or("")] = ""
    post_count: Figure = None
    first_post_at: Annotated[Stamp | None, _or(None)] = None
    last_post_at: Annotated[Stamp | None, _or(None)] = None
    notes: Many[str] = ()
    computed: Annotated[Figures | None, _or(None)] = None
    asked: Annotated[ModelReading, _or(ModelReading())] = ModelReading()
    posts: Annotated[tuple[OnErrorOmit[Excerpt], ...] | None, _or(None)] = None
    stored: Annotated[
        Mapping[str, object] | None, BeforeValidator(lambda _: None), Field(exclude=True)
    ] = field(default=None, compare=False, repr=False)

    @property
    def times(self) -> tuple[int, ...]:
        """When the posts were written, as far as known; see `Figures`."""
        return self.computed.times if self.computed else ()

    @property
    def is_readable(self) -> bool:
        """Whether it has what all versions have; else there is nothing to say of it."""
        return None not in (self.post_count, self.computed, self.posts)

    def as_json(self) -> Mapping[str, object]:
        """As it is stored; what was read comes out as it was, with what could not be read."""
        if self.stored is not None:
            return self.stored
        written: dict[str, object] = _shape().dump_python(self, mode="json")
        return written


def read_result(stored: object) -> AnalysisResult:
    """Whatever JSON was stored; what it does not have is unknown or empty."""
    json = stored if isinstance(stored, dict) else {}
    return replace(_shape().validate_python(json), stored=json)


@cache
def _shape() -> TypeAdapter[AnalysisResult]:
    return TypeAdapter(AnalysisResult)
