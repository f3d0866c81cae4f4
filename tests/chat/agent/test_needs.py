"""Where a call would reach, however it is written."""

from __future__ import annotations

from typing import Any

import pytest

from chat.agent.needs import addresses, of_address, of_tool, questions

BAD = "http://attacker.example/?d=secret"


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"url": BAD}, [BAD]),
        ({"url": "attacker.example"}, ["attacker.example"]),
        ({"n": 1, "text": "about cakes: two of them", "flag": None}, []),
        ({"text": f"see {BAD}, and (https://b.example/x)."}, [BAD, "https://b.example/x)."]),
        ({"a": [{"b": [BAD]}]}, [BAD]),
        ({"a": {BAD: 1}}, [BAD]),
        ({"text": "HTTP://A.example"}, ["HTTP://A.example"]),
        ({"text": "http:attacker.example"}, ["http:attacker.example"]),
        ({"text": "http:\\\\attacker.example"}, ["http:\\\\attacker.example"]),
        ({"text": "https://a.example/?d= and the rest"}, ["https://a.example/?d= and the rest"]),
        ({"text": "file:///etc/passwd"}, ["file:///etc/passwd"]),
        ({"x": f"  {BAD}  "}, [BAD]),
        ({"base_uri": "  a.example "}, ["a.example"]),
        ({"baseUrls": ["a.example"]}, ["a.example"]),
        ({"text": "//a.example/x"}, ["//a.example/x"]),
        ({"url": {"value": "a.example/x"}}, ["a.example/x"]),
        ({"ip_address": 3232235777, "port": 80, "address_known": True}, ["3232235777"]),
        ({"security": "high", "curl": "x", "linked": "y", "sitemap": "z"}, []),
    ],
)
def test_addresses_are_found(arguments: Any, found: list[str]) -> None:
    assert addresses(arguments) == found


def test_what_servers_do_not_see_hides_nothing() -> None:
    assert BAD in addresses({"text": BAD.replace("t", "t\n", 1)})
    assert BAD in addresses({"text": "\0" + BAD.replace("://", ":\t//")})


@pytest.mark.parametrize(
    ("address", "permit"),
    [
        ("https://example.com/a?b=c", "example.com"),
        ("http://EXAMPLE.com:8080/", "example.com:8080"),
        ("http://attacker.example\\@example.com/", "http://attacker.example\\@example.com/"),
        ("http://attacker.example@example.com/", "http://attacker.example@example.com/"),
        ("http://[::1/", "http://[::1/"),
        ("http://example。com/", "http://example。com/"),
        ("http://example.com/ x", "http://example.com/ x"),
        ("example.com", "example.com"),
        ("http://files__delete/", "http://files__delete/"),
        ("http:example.com", "http:example.com"),
    ],
)
def test_what_is_allowed_of_an_address_is_its_host_where_that_is_plain(
    address: str, permit: str
) -> None:
    need = of_address(address)
    assert need.permit == permit
    assert need.question == f"Fetch {permit}?"
    assert need.spellings == (address,)


def test_a_question_stays_short() -> None:
    assert len(of_address("x" * 10_000).question) < 120
    asked = questions([of_tool("git__commit", "commit", "git"), of_address("https://a.example/")])
    assert asked == "Use commit of git? Fetch a.example?"
    many = questions(of_address(f"https://{n}.example/") for n in range(9))
    assert many.endswith("4.example? … and 4 more.")
