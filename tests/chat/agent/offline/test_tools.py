from __future__ import annotations

import json
from typing import Any

import pytest

from chat.agent.offline.tools import pick, report
from chat.tools import builtin

ALL = {
    *builtin(),
    "calculate",
    "search_repair_guides",
    "search_chats",
    "analyze_profile",
    "time__now",
}


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        (
            "Analyze @a and @b, who mentions more AI tools?",
            [("analyze_profile", {"handle": "a"}), ("analyze_profile", {"handle": "b"})],
        ),
        (
            "analyze @user@mastodon.social",
            [("analyze_profile", {"handle": "user@mastodon.social"})],
        ),
        ("Analyze @a.bsky.social.", [("analyze_profile", {"handle": "a.bsky.social"})]),
        ("Fetch @a again", [("analyze_profile", {"handle": "a", "again": True})]),
        ("Write to me@example.com", []),
        (
            "How do I replace a phone battery?",
            [("search_repair_guides", {"query": "replace phone battery"})],
        ),
        (
            "My laptop does not charge any more",
            [("search_repair_guides", {"query": "laptop charge"})],
        ),
        ("What time is it?", [("current_time", {})]),
        ("What time is it in Tokyo?", [("current_time", {"timezone": "Asia/Tokyo"})]),
        ("what is the time in New York", [("current_time", {"timezone": "America/New_York"})]),
        ("What is 12 * (3 + 4)?", [("calculate", {"expression": "12 * (3 + 4)"})]),
        ("1,000 × 2^3", [("calculate", {"expression": "1000 * 2**3"})]),
        ("12", []),
        ("Search my chats for lighthouse", [("search_chats", {"query": "lighthouse"})]),
        ('Did we talk about "blue ink"?', [("search_chats", {"query": "blue ink"})]),
        ('use time__now {"zone": "UTC"}', [("time__now", {"zone": "UTC"})]),
        ("use time__now {oops", []),
        (f'use time__now {{"zone": {"[" * 1_900}}}', []),
        ("use something_else", []),
        ("Hello", []),
        ("", []),
    ],
)
def test_what_is_picked(text: str, calls: list[tuple[str, Any]]) -> None:
    assert pick(text, ALL) == calls


def test_only_tools_that_are_there() -> None:
    assert pick("Analyze @a", {"calculate"}) == []


def asked(*results: tuple[str, str]) -> list[dict[str, Any]]:
    calls = [{"id": f"c{n}", "function": {"name": name}} for n, (name, _) in enumerate(results)]
    return [
        {"role": "user", "content": "Do it"},
        {"role": "assistant", "content": "", "tool_calls": calls},
        *(
            {"role": "tool", "tool_call_id": f"c{n}", "content": content}
            for n, (_, content) in enumerate(results)
        ),
    ]


def test_it_says_what_it_is_and_links_what_was_found() -> None:
    found = [{"title": "Battery [1]", "url": "https://example.com/a b)", "summary": "Easy"}]
    text = report(asked(("search_repair_guides", json.dumps({"guides": found}))))
    assert "built-in offline model: I chose `search_repair_guides` by a simple rule" in text
    assert "- [Battery &#91;1&#93;](https://example.com/a%20b%29): Easy" in text


def test_a_failure_is_told() -> None:
    text = report(asked(("search_repair_guides", "Error: iFixit cannot be reached.")))
    assert "could not do it. iFixit cannot be reached." in text


@pytest.mark.parametrize(
    "content", ["", "null", "[]", "{}", '"text"', "[[1, {}]]", "{", "x" * 5000, '{"a": {"b": [1]}}']
)
def test_any_result_can_be_told(content: str) -> None:
    assert "what came" in report(asked(("odd", content)))


def test_text_from_outside_is_quoted_without_its_markdown() -> None:
    text = report(asked(("odd", "![x](https://evil.example/p.png)")))
    assert "![x]" not in text


def test_without_results_there_is_nothing_to_tell() -> None:
    assert report([{"role": "user", "content": "Hi"}]) == ""
    earlier = asked(("odd", "1"))
    assert report([*earlier, {"role": "user", "content": "And?"}]) == ""


def test_a_sum_without_an_end() -> None:
    """What it cost once grew with the fourth power of its length."""
    assert pick("1 " * 20_000, ALL) == []
