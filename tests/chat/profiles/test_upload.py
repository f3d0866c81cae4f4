"""Files that people have: their formats, encodings and mistakes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.errors import ToolError
from chat.profiles import clean
from chat.profiles.downloads import as_csv, as_json
from chat.profiles.result import read_result
from chat.profiles.rows import decoded
from chat.profiles.source import Account
from chat.profiles.sources.file import BYTES_MAX, read
from tests.chat.profiles.conftest import LATER, Fetch
from tests.work import counted

TWEET = {
    "tweet": {
        "id_str": "1050118621198921728",
        "id": "1050118621198921728",
        "full_text": "To make room, see https://t.co/x with @TwitterDev",
        "created_at": "Wed Oct 10 20:19:24 +0000 2018",
        "favorite_count": "12",
        "retweet_count": "3",
        "lang": "en",
        "entities": {
            "user_mentions": [{"screen_name": "TwitterDev", "id_str": "2"}],
            "urls": [{"url": "https://t.co/x", "expanded_url": "https://example.com/long"}],
        },
    }
}
RETWEET = {"tweet": {**TWEET["tweet"], "id_str": "9", "full_text": "RT @b: theirs"}}


def reading(name: str, text: str, encoding: str = "utf-8", limit: int = 5_000) -> Account:
    return read(name, text.encode(encoding), "me", limit, LATER)


@pytest.mark.parametrize("part", ["tweets.part0", "tweet.part12"])
def test_the_archive_of_x(part: str) -> None:
    account = reading("tweets.js", f"window.YTD.{part} = {json.dumps([TWEET, RETWEET])};\n")
    own, theirs = sorted(account.posts, key=lambda post: post.is_repost)
    assert own.created_at.isoformat() == "2018-10-10T20:19:24+00:00"
    assert (own.likes, own.reposts, own.replies, own.views) == (12, 3, None, None)
    assert own.url == "https://x.com/me/status/1050118621198921728"
    assert own.mentions == ("@twitterdev",)
    assert own.links[0] == "https://example.com/long"
    assert theirs.is_repost
    assert (account.source, account.handle, account.notes) == ("file", "me", ())


@pytest.mark.parametrize(
    "header",
    [
        "id,text,created_at,likes,reposts,replies,views,lang",
        "Tweet ID,Full Text,Date,Like Count,Retweets,Comments,Impressions,Language",
        "post_id,Content,Timestamp,favorite_count,shares,reply_count,View Count,langs",
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_of_a_table(header: str, separator: str) -> None:
    rows = f'{header}\n7,"Hi, ""you""; a\tb",2024-04-01 12:30,"1,234",5,0,,en\n'
    text = "\n".join(
        line.replace(",", separator) if not line.startswith("7") else line
        for line in rows.splitlines()
    )
    if separator != ",":
        text = text.replace('7,"Hi', f'7{separator}"Hi').replace(
            ',2024-04-01 12:30,"1,234",5,0,,en',
            separator.join(["", "2024-04-01 12:30", '"1,234"', "5", "0", "", "en"]),
        )
    (post,) = reading("a.csv", text).posts
    assert (post.id, post.text) == ("7", 'Hi, "you"; a\tb')
    assert (post.likes, post.reposts, post.replies, post.views) == (1234, 5, 0, None)
    assert (post.language, post.created_at.isoformat()) == ("en", "2024-04-01T12:30:00+00:00")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_encodings(encoding: str) -> None:
    (post,) = reading("a.csv", "text,date\nGrüße,2024-04-01\n", encoding).posts
    assert post.text == "Grüße"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Die Straßenbahn fährt heute nicht – „schöne Grüße“"),
        ("cp1252", "Ça va très bien l'été à la plage où il fait beau"),
        ("cp1252", "Vi åkte till Malmö i går och åt räksmörgås"),
        ("cp1250", "Zażółć gęślą jaźń. Wczoraj poszliśmy na spacer nad rzekę i było ładnie"),
        ("cp1251", "Вчера мы ходили гулять по набережной и видели красивый закат"),
        ("koi8-r", "Вчера мы ходили гулять по набережной и видели красивый закат"),
        ("cp932", "今日は天気がいいですね。いろはにほへと"),
        ("gb18030", "今天天气很好我们去公园散步吧"),
        ("euc-kr", "오늘은 날씨가 좋아서 산책을 갑니다"),
        ("utf-16-be", "今日は天気がいいですね"),
    ],
)
def test_encodings_that_nothing_names(encoding: str, text: str) -> None:
    """Seen only far behind the part that is looked at first."""
    plain = "".join(f"plain {number},2024-04-01\n" for number in range(2_000))
    account = reading("a.csv", f"text,date\n{plain}{f'{text},2024-04-02{chr(10)}' * 9}", encoding)
    assert account.posts[0].text == text
    assert len(account.posts) == 2_001


def test_only_a_part_is_looked_at_for_the_encoding() -> None:
    line = "Schöne Grüße,2024-04-01\n".encode("cp1252")
    decoded(line * 5_000)  # what is made only once
    with counted() as much:
        decoded(line * 5_000)
    with counted() as more:
        decoded(line * 50_000)
    assert more.calls == much.calls


ROW: dict[str, Any] = {"text": "Hi", "created_at": 1711929600, "likes": 3}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([ROW]),
        json.dumps({"posts": [ROW]}),
        json.dumps({"tweets": [ROW]}),
        json.dumps({"data": [{**ROW, "likes": None, "public_metrics": {"like_count": 3}}]}),
        json.dumps({"data": {"statuses": [ROW]}}),
        json.dumps(ROW),
        json.dumps(ROW) + "\n\n" + json.dumps({**ROW, "likes": 3}),
    ],
)
def test_json_and_lines_of_json(text: str) -> None:
    (post,) = reading("a.json", text).posts
    assert (post.text, post.likes, post.created_at.isoformat()) == (
        "Hi",
        3,
        "2024-04-01T00:00:00+00:00",
    )


@pytest.mark.parametrize(
    "when",
    [
        "2024-04-01T00:00:00Z",
        "2024-04-01",
        "2024/04/01 00:00",
        "Mon, 01 Apr 2024 02:00:00 +0200",
        "Mon Apr 01 00:00:00 +0000 2024",
        1711929600,
        1711929600000,
        "1711929600",
        1711929600.5,
        "Mon, 01 Apr 2024 00:00:00 GMT",
        "Sun, 31 Mar 2024 19:00:00 EST",
        "Mon Apr 01 2024 02:00:00 GMT+0200 (Central European Summer Time)",
        "2024-04-01 02:00 UTC+2",
        "2024-04-01T00:00:00.123456789Z",
        "April 1, 2024",
        "1 Apr 2024 12:00 am",
        "4/1/2024 12:00 AM",
        "01.04.2024",
        "2024.4.1",
    ],
)
def test_times(when: Any) -> None:
    (post,) = reading("a.json", json.dumps([{**ROW, "created_at": when}])).posts
    assert post.created_at.isoformat().startswith("2024-04-01T00:00:00")


@pytest.mark.parametrize(
    "when",
    [
        *("10", "May", "May 10", "May 2024", "2024", "10:30", "10 10 10", "1.2.3", "12/25", "T"),
        *("soon", "Chapter 2024", "2024-02-30", "2024-04-01 25:00", "2024-04-01 12:00 CEST"),
        *("2024 10:3017119296001711929600171192960017", "2024-04-01 +99:99", "inf 2024", "1" * 64),
        *("May " * 999, "1:" * 999 + "2024", "0001-01-01", "1 January 1989", "²/4/2024"),
    ],
)
def test_what_is_no_date_is_not_guessed(when: str) -> None:
    account = reading("a.json", json.dumps([ROW, {**ROW, "created_at": when}]))
    assert account.notes[0].startswith("1 row of the file was left out: no text, or no time")


def test_a_time_is_read_from_its_beginning_only() -> None:
    with counted() as work:
        clean.time_of("1 2024 " * 1_000_000)
    assert work.calls.total() < 5_000


@pytest.mark.parametrize(
    ("others", "day"),
    [
        ((), 4),
        (("31/12/2023",), 1),
        (("12/31/2023",), 4),
        (("31.12.2023",), 1),
        (("1-31-2024",), 4),
    ],
)
def test_one_row_can_tell_whether_days_come_first(others: tuple[str, ...], day: int) -> None:
    rows = [{**ROW, "text": when, "created_at": when} for when in ("1/4/2024", *others)]
    posts = {post.text: post.created_at for post in reading("a.json", json.dumps(rows)).posts}
    assert posts["1/4/2024"].day == day
    assert len(posts) == len(rows)


def test_a_time_in_the_future_is_said_to_be_one() -> None:
    late = [{**ROW, "id": number, "created_at": f"2999-01-0{number}"} for number in (1, 2)]
    assert reading("a.json", json.dumps([ROW, *late, {}])).notes == (
        "1 row of the file was left out: no text, or no time that can be read.",
        "2 rows of the file were left out: the time is in the future.",
    )
    with pytest.raises(ToolError, match=r"from a\.json\. 2 rows have times in the future\."):
        reading("a.json", json.dumps(late))


def test_rows_that_do_not_fit_are_counted_and_said() -> None:
    bad = [None, 1, [], {}, {"text": "no time"}, {**ROW, "created_at": "soon"}]
    bad += [{**ROW, "created_at": 10**400}, {**ROW, "created_at": True}]
    account = reading("a.json", json.dumps([*bad, ROW, ROW]))
    assert len(account.posts) == 1
    assert account.notes[0].startswith("8 rows of the file were left out")
    assert account.notes[1] == "1 post came more than once."
    lines = "\n".join(["{broken", json.dumps(ROW), "[" * 100_000])
    assert reading("a.ndjson", lines).notes[0].startswith("2 rows")


def test_only_the_newest_are_used_and_it_is_said() -> None:
    rows = [{**ROW, "text": f"{n}", "created_at": 1711929600 + n} for n in range(12)]
    account = reading("a.json", json.dumps(rows), limit=5)
    assert [post.text for post in account.posts] == ["11", "10", "9", "8", "7"]
    assert account.notes == ("Only the newest 5 of 12 posts are used.",)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 1000,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50,
        b"window.YTD.tweets.part0 = [broken",
        b"window.YTD.tweets.part0 = {}",
        b"[" * 200_000,
        b"[]",
        b"3",
        b"name;age\nBob;3\n",
        b"a," * 100_000 + b"\n" + b"1," * 300_000,
        b'text,date\n"' + b"x" * 200_000 + b'",2024',
        "\ud800".encode("utf-16-le", "surrogatepass"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.json", "tweets.js", ""])
def test_nothing_usable_says_what_is_wanted(name: str, data: bytes) -> None:
    with pytest.raises(ToolError, match="No posts can be read") as failed:
        read(name, data, "me", 10, LATER)
    assert "created_at, date or timestamp" in failed.value.fix
    if b"age" in data:
        assert "name, age" in failed.value.message


def test_a_file_that_is_too_large(fetch: Fetch) -> None:
    with pytest.raises(ToolError, match="too large"):
        fetch("file", "me", upload=("a.csv", b" " * (BYTES_MAX + 1)))


def test_a_download_can_be_read_again() -> None:
    posts = [
        {"id": "1", "url": "https://x.example/1", "text": "=1+1", "likes": 2},
        {"id": "2", "url": "", "text": "Grüße, „you“\nthere", "likes": None},
    ]
    rows = [{**post, "created_at": "2024-04-01T00:00:00+00:00"} for post in posts]
    result = read_result({"posts": rows})
    csv = read("a.csv", as_csv(result), "me", 10, LATER).posts
    assert {post.text for post in csv} == {"'=1+1", "Grüße, „you“\nthere"}
    again = read("a.json", as_json(result), "me", 10, LATER).posts
    assert {(post.id, post.text, post.likes) for post in again} == {
        ("1", "=1+1", 2),
        ("2", "Grüße, „you“\nthere", None),
    }
