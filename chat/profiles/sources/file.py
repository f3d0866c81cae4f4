"""Posts from a file that somebody has: CSV, JSON, NDJSON, or the tweets of an X archive."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import chain, islice

from chat.errors import ToolError
from chat.limits.words import counted
from chat.profiles import clean
from chat.profiles.digest import digested
from chat.profiles.handles import called
from chat.profiles.result import MEASURES
from chat.profiles.rows import COLUMNS_MAX, rows
from chat.profiles.source import Account, Digest, Means, Post, SourceKind, newest
from chat.web.pages import record, records

BYTES_MAX = 20_000_000
FIRST_ROWS = 1000
KEY_CHARS = 60
COLUMNS = {
    "id": "idstr id tweetid postid statusid tweetidstr uri guid",
    "text": "text fulltext content body tweet post message caption tweettext posttext title",
    "created_at": "createdat date datetime timestamp time publishedat published created postedat "
    "utctime createdtime tweetcreatedat postdate",
    "url": "url link permalink tweeturl posturl permalinkurl",
    "likes": "likes likecount favoritecount favouritescount favorites favouritecount likescount "
    "numlikes hearts",
    "reposts": "reposts retweets retweetcount repostcount reblogscount shares sharecount "
    "retweetscount",
    "replies": "replies replycount repliescount comments commentcount commentscount",
    "views": "views viewcount impressions impressioncount viewscount",
    "language": "language lang langs",
}
WANTED = (
    "Wanted are a time (created_at, date or timestamp, such as 2024-05-31 12:00) and a text "
    "(text, full_text or content) for each post; id, url, likes, reposts, replies, views and "
    "lang are used where they are there."
)
_FIELD = {name: field for field, names in COLUMNS.items() for name in names.split()}
_RANK = {name: at for names in COLUMNS.values() for at, name in enumerate(names.split())}


async def fetch(means: Means, handle: str, limit: int) -> Digest:
    """One file; the handle is what it shall be called."""
    if means.upload is None:
        raise ToolError("There is no file to analyze.", "Upload one in the profiles panel.")
    name, data = means.upload
    name = clean.line(name, 100) or "file"
    if len(data) > BYTES_MAX:
        raise ToolError(
            f"The file {name} is too large ({len(data) / 1e6:.0f} MB).",
            "Files up to 20 MB are read; split it, or leave out the oldest posts.",
        )
    return await means.apart(read_digest, data, name, handle, limit, means.now())


def read_digest(data: bytes, name: str, handle: str, limit: int, now: datetime) -> Digest:
    """What is kept of a file; see `read`."""
    return digested(read(name, data, handle, limit, now), now)


def read(name: str, data: bytes, handle: str, limit: int, now: datetime) -> Account:
    """The file's posts, the newest ``limit`` of them; raises `ToolError`.

    Its first rows decide whether the day is before the month in all of them.
    """
    is_archive, all_rows = rows(name, data)
    found = iter(all_rows)
    first = list(islice(found, FIRST_ROWS))
    keys = (key for row in first[:30] for key in islice(record(row), COLUMNS_MAX))
    columns = dict.fromkeys(clean.line(key, 40) for key in keys)
    wide = False
    day_first = clean.is_day_first(_values(_source(row)).get("created_at") for row in first)
    posts: dict[str, Post] = {}
    misfits = ahead = twice = 0
    for row in chain(first, found):
        wide = wide or len(record(row)) > COLUMNS_MAX
        post = _post(_source(row), handle if is_archive else "", day_first)
        if post is None:
            misfits += 1
        elif post.created_at > now + clean.AHEAD:
            ahead += 1
        elif post.id in posts:
            twice += 1
        else:
            posts[post.id] = post
    if not posts:
        raise _nothing(name, [one for one in columns if one], ahead)
    kept = newest(posts.values(), limit)
    notes = _notes(misfits, ahead, twice, len(kept), len(posts))
    notes += (f"Only the first {COLUMNS_MAX} columns are read.",) if wide else ()
    return Account("file", handle, name, posts=tuple(kept), notes=notes)


def _notes(misfits: int, ahead: int, twice: int, kept: int, whole: int) -> tuple[str, ...]:
    notes = []
    reasons = {"no text, or no time that can be read": misfits, "the time is in the future": ahead}
    for reason, count in reasons.items():
        rows = "1 row of the file was" if count == 1 else f"{count:,} rows of the file were"
        notes += [f"{rows} left out: {reason}."] if count else []
    if twice:
        notes.append(f"{counted(twice, 'post')} came more than once.")
    if kept < whole:
        notes.append(f"Only the newest {kept:,} of {whole:,} posts are used.")
    return tuple(notes)


def _nothing(name: str, columns: list[str], ahead: int) -> ToolError:
    there = f" Its columns are: {', '.join(columns[:20])}." if columns else ""
    if ahead:
        there = f" {ahead:,} {'row has a time' if ahead == 1 else 'rows have times'} in the future."
    return ToolError(f"No posts can be read from {name}.{there}", WANTED)


def _source(row: object) -> Mapping[str, object]:
    source = record(row)
    source = record(source.get("tweet")) or source
    parts = (source, record(source.get("public_metrics")))
    return {key: part[key] for part in parts for key in islice(part, COLUMNS_MAX)}


def _post(source: Mapping[str, object], handle: str, day_first: bool) -> Post | None:
    """Of whatever time, also one in the future."""
    values = _values(source)
    created_at = clean.time_of(values.get("created_at"), day_first=day_first)
    written = clean.text(values.get("text"))
    id_ = clean.identifier(values.get("id"))
    spoken = values.get("language")
    address = f"https://x.com/{handle}/status/{id_}" if handle and id_.isdigit() else ""
    names = ("user_mentions", "screen_name"), ("mentions", "username")
    if not written and not values.get("id"):
        return None
    return clean.post(
        id_ or f"{created_at} {written} -",
        written,
        created_at,
        url=clean.web_url(values.get("url")) or address,
        counts=map(values.get, MEASURES),
        spoken=spoken[0] if isinstance(spoken, list) else spoken,
        links=clean.links(written, _each(source, ("urls", "expanded_url"))),
        mentions=clean.mentions(written, _each(source, *names)),
        is_repost=written.startswith("RT @"),
    )


def _values(source: Mapping[str, object]) -> dict[str, object]:
    """By our names; of several columns that mean the same the likeliest that has a value."""
    best: dict[str, tuple[int, object]] = {}
    for key, value in source.items():
        field, rank = _meant(key[:KEY_CHARS])
        if not field or value in (None, "", []) or isinstance(value, dict):
            continue
        if field not in best or rank < best[field][0]:
            best[field] = (rank, value)
    return {field: value for field, (_, value) in best.items()}


@lru_cache(1_000)
def _meant(key: str) -> tuple[str, int]:
    """The field of ours, empty for none, and how unlikely it is that just this column has it."""
    name = re.sub(r"[^a-z]", "", key.lower())
    return _FIELD.get(name, ""), _RANK.get(name, 0)


def _each(source: Mapping[str, object], *names: tuple[str, str]) -> Iterable[object]:
    for kind, key in names:
        for one in records(source, "entities", kind):
            yield one.get(key)


SOURCE = SourceKind(
    name="file",
    title="File",
    place="a file",
    hint="How to call it (the file's name unless you say)",
    fetch=fetch,
    handle=called,
    mark="",
    aliases=("upload",),
    posts=5_000,
)
