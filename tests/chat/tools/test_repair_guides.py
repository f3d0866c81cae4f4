from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from pydantic import ValidationError

from chat.errors import ToolError
from chat.tools import builtin
from tests.chat.tools.conftest import Use
from tests.ifixit_server import BATTERY, IFixit
from tests.processes import free_port

LINK = "https://www.ifixit.com/Guide/iPhone+13+Battery+Replacement/149210"
Asked = Callable[..., Any]


@pytest.fixture
def ifixit() -> Iterator[IFixit]:
    with IFixit() as running:
        yield running


@pytest.fixture
def ask(use: Use, ifixit: IFixit) -> Asked:
    """Calls a tool of the guides against the local server."""

    def asking(name: str, **arguments: Any) -> Any:
        return use(name, changes={"ifixit_url": ifixit.url}, **arguments)

    return asking


def test_a_search_gives_titles_and_links(ask: Asked, ifixit: IFixit, memory: Any) -> None:
    found = ask("search_repair_guides", query="iphone battery/screen?")
    assert found["guides"] == [
        {
            "id": 149210,
            "title": "iPhone 13 Battery Replacement",
            "url": LINK,
            "summary": "Replace a worn-out battery.",
            "device": "iPhone 13",
            "difficulty": "Moderate",
        }
    ]
    assert ifixit.asked == ["/api/2.0/search/iphone%20battery%2Fscreen%3F?filter=guide&limit=5"]
    assert memory["repair_guides"] == [
        {"id": 149210, "title": "iPhone 13 Battery Replacement", "url": LINK}
    ]
    json.dumps(found)


def test_a_search_without_hits_says_so_and_forgets_nothing(ask: Asked, memory: Any) -> None:
    memory["repair_guides"] = [{"id": 1, "title": "Old", "url": "https://www.ifixit.com/1"}]
    found = ask("search_repair_guides", query="toaster")
    assert found["guides"] == []
    assert "no guide" in found["note"]
    assert [guide["id"] for guide in memory["repair_guides"]] == [1]


def test_a_guide_is_read_as_plain_text_without_images(ask: Asked, memory: Any) -> None:
    guide = ask("read_repair_guide", guide_id=149210)
    assert (guide["title"], guide["url"]) == ("iPhone 13 Battery Replacement", LINK)
    assert guide["introduction"] == "Use this guide to replace a dead battery."
    assert guide["tools"] == ["P2 Pentalobe Screwdriver", "Suction Handle"]
    assert guide["parts"] == ["iPhone 13 Battery"]
    assert (guide["difficulty"], guide["time"]) == ("Moderate", "60 to 120 minutes")
    assert guide["steps"] == [
        {
            "title": "Pentalobe screws",
            "lines": ["Power off your iPhone.", "Caution: Discharge the battery below 25 %. Why?"],
        },
        {"lines": ["Remove the two 6.7 mm screws."]},
    ]
    assert guide["conclusion"].startswith("To reassemble")
    assert "evil" not in json.dumps(guide)
    assert memory["repair_guides"][0]["id"] == 149210


def test_the_last_ten_guides_are_remembered_once(use: Use, memory: Any) -> None:
    memory["repair_guides"] = "nonsense of an older version"
    guides = [{**BATTERY, "guideid": n, "title": f"Battery {n}"} for n in range(1, 13)]
    with IFixit(*guides) as ifixit:
        changes = {"ifixit_url": ifixit.url}
        use("search_repair_guides", changes=changes, query="battery", limit=12)
        use("read_repair_guide", changes=changes, guide_id=5)
    assert [guide["id"] for guide in memory["repair_guides"]] == [3, 4, 6, 7, 8, 9, 10, 11, 12, 5]


def test_no_more_guides_than_asked_for(use: Use) -> None:
    guides = [{**BATTERY, "guideid": n} for n in range(1, 9)]
    with IFixit(*guides) as ifixit:
        body = {"results": guides}
        ifixit.answers["/search/battery"] = json.dumps(body).encode()
        found = use(
            "search_repair_guides", changes={"ifixit_url": ifixit.url}, query="battery", limit=3
        )
    assert [guide["id"] for guide in found["guides"]] == [1, 2, 3]


def test_a_guide_that_is_not_there(ask: Asked) -> None:
    with pytest.raises(ToolError, match="no guide 7") as caught:
        ask("read_repair_guide", guide_id=7)
    assert "Search" in caught.value.fix


@pytest.mark.parametrize("name", ["search_repair_guides", "read_repair_guide"])
def test_a_service_that_is_down_is_named(ask: Asked, ifixit: IFixit, name: str) -> None:
    ifixit.status = 503
    arguments = {"query": "battery"} if name == "search_repair_guides" else {"guide_id": 149210}
    with pytest.raises(ToolError, match=r"iFixit's repair guides cannot be reached.*503") as caught:
        ask(name, **arguments)
    assert "make up no steps" in caught.value.fix
    assert len(ifixit.asked) == 3


def test_a_service_that_nobody_runs(use: Use) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ToolError, match="nothing answers there"):
        use("search_repair_guides", changes={"ifixit_url": url}, query="battery")


def test_a_service_in_a_private_network_needs_the_setting(use: Use, ifixit: IFixit) -> None:
    changes = {"ifixit_url": ifixit.url, "private_addresses": False}
    with pytest.raises(ToolError, match="private network"):
        use("search_repair_guides", changes=changes, query="battery")
    assert ifixit.asked == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'"x"', b"[" * 100_000, b"\xff"])
def test_answers_that_are_no_objects(ask: Asked, ifixit: IFixit, body: bytes) -> None:
    ifixit.answers = {"/search/battery": body, "/guides/1": body}
    with pytest.raises(ToolError, match="cannot be read"):
        ask("search_repair_guides", query="battery")
    with pytest.raises(ToolError, match="cannot be read"):
        ask("read_repair_guide", guide_id=1)


ODD = [None, 3, -1, "text", [], {}, [None], [[]], [{}], [3], {"a": 1}, True, 1e999, 0.5]


@pytest.mark.parametrize("field", [name for name in BATTERY if name != "guideid"])
def test_fields_may_be_anything(ask: Asked, ifixit: IFixit, field: str) -> None:
    for odd in ODD:
        guide = {**BATTERY, field: odd}
        ifixit.answers["/search/battery"] = json.dumps({"results": [guide, BATTERY]}).encode()
        ifixit.answers["/guides/149210"] = json.dumps(guide).encode()
        found = ask("search_repair_guides", query="battery")["guides"]
        assert found[-1]["url"] == LINK
        needed = field == "steps" or (field == "title" and odd != "text")
        with suppress(ToolError) if needed else nullcontext():
            json.dumps(ask("read_repair_guide", guide_id=149210))


@pytest.mark.parametrize("results", [*ODD, [{"guideid": odd, "title": "x"} for odd in ODD]])
def test_results_may_be_anything(ask: Asked, ifixit: IFixit, results: object) -> None:
    ifixit.answers["/search/battery"] = json.dumps({"results": results}).encode()
    found = ask("search_repair_guides", query="battery")["guides"]
    assert [guide["id"] for guide in found] in ([], [3])


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("/Guide/A+B/5", "https://www.ifixit.com/Guide/A+B/5"),
        ("Guide/A+B/5", "https://www.ifixit.com/Guide/A+B/5"),
        ("https://de.ifixit.com/Anleitung/A/5", "https://de.ifixit.com/Anleitung/A/5"),
        ("http://www.ifixit.com/Guide/A/5", "https://www.ifixit.com/Guide/A/5"),
        ("/Guide/A_(2012)/5 x", "https://www.ifixit.com/Guide/A_%282012%29/5%20x"),
        ("https://evil.example/Guide", "https://www.ifixit.com/Guide/View/149210"),
        ("https://evilifixit.com/Guide", "https://www.ifixit.com/Guide/View/149210"),
        ("https://www.ifixit.com@evil.example/", "https://www.ifixit.com/Guide/View/149210"),
        ("javascript:alert(1)", "https://www.ifixit.com/Guide/View/149210"),
        ("https://[", "https://www.ifixit.com/Guide/View/149210"),
    ],
)
def test_links_are_whole_and_only_to_ifixit(
    ask: Asked, ifixit: IFixit, url: str, link: str
) -> None:
    guide = {**BATTERY, "url": url}
    ifixit.guides = [guide]
    assert ask("search_repair_guides", query="battery")["guides"][0]["url"] == link


def test_only_guides_are_guides(ask: Asked, ifixit: IFixit) -> None:
    ifixit.guides = [{**BATTERY, "dataType": "wiki"}, BATTERY]
    assert len(ask("search_repair_guides", query="battery")["guides"]) == 1


def test_arguments_that_do_not_fit_are_not_sent(ask: Asked, ifixit: IFixit) -> None:
    for arguments in ({"query": ""}, {"query": "x" * 201}, {"query": "x", "limit": 21}):
        with pytest.raises(ValidationError):
            ask("search_repair_guides", **arguments)
    for guide_id in (0, -1, "x", "../users"):
        with pytest.raises(ValidationError):
            ask("read_repair_guide", guide_id=guide_id)
    assert ifixit.asked == []


def test_the_status_lines() -> None:
    tools = builtin()
    assert tools["search_repair_guides"].status({"query": "x"}) == "Searching repair guides…"
    assert tools["read_repair_guide"].status({"guide_id": 7}) == "Reading repair guide 7…"
