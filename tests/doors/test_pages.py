"""Every page, for everybody: what the server sends to a tab that opens it."""

from __future__ import annotations

import re

import pytest

from tests.doors.people import ANN, BOB, SECRET_TITLE, People
from tests.page_reader import read_page
from tests.processes import ROOT, Server

OWN, ADMINS = "shows what is one's own", "is for administrators"
BY_LINK = "is for whoever has a link, see test_shares.py"
RULES = {"chat": OWN, "manage": OWN, "bookmarks": OWN, "settings": OWN, "admin": ADMINS}
RULES |= {"usage": OWN, "search": OWN, "import": OWN, "share": BY_LINK}
ALL = sorted(path.stem.removesuffix("_page") for path in ROOT.glob("pages/*_page.py"))
PAGES = [page for page in ALL if RULES.get(page) != BY_LINK]
STRANGERS = [
    "nobody",
    "disabled user's cookie",
    "removed user's cookie",
    "expired cookie",
    "cookie of another key",
    "cookie without a signature",
    "cookie that logged out",
    "cookie from before logging out everywhere",
    "cookie that is no token",
    "cookie of somebody who was never there",
    "guest cookie",
]
SHELL = ("New chat", "Search chats", "Log out")


def test_each_page_has_a_rule() -> None:
    assert set(RULES) == set(ALL)
    main = (ROOT / "pages" / "main.py").read_text()
    assert set(re.findall(r'url_path="(\w+)"', main)) == set(ALL)


def test_all_who_bring_a_cookie_come(people: People) -> None:
    by_cookie = {name for name, who in people.strangers.items() if who.cookies or name == "nobody"}
    assert by_cookie == set(STRANGERS)


@pytest.mark.parametrize("page", ["", *ALL, "nowhere"])
@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_get_the_login_only(
    server: Server, people: People, hers: str, name: str, page: str
) -> None:
    read = read_page(server.url, page, people.strangers[name].cookies)
    assert read.has("Username")
    assert read.has("Password")
    assert not [text for text in (*SHELL, SECRET_TITLE, hers) if read.has(text)]
    assert not {"parley-composer", "parley-sessions", "page_link"} & set(read.elements)


@pytest.mark.parametrize("page", PAGES)
def test_the_known_get_their_own(server: Server, people: People, hers: str, page: str) -> None:
    names = {"owner by cookie", "another user by cookie", "admin by cookie"}
    for name in names:
        read = read_page(server.url, page, people.known[name].cookies)
        assert read.has("Log out"), name
        assert not read.has("Password") or page == "settings", name
        is_hers = name.startswith("owner")
        assert read.has(SECRET_TITLE) == is_hers, name
        assert read.has(hers) == is_hers, name
        if RULES[page] == ADMINS:
            own = {"owner": ANN, "another user": BOB}.get(name.removesuffix(" by cookie"))
            for one in (ANN, BOB):
                assert read.has(people.users[one].id) == (own in {one, None}), name


def test_a_link_to_somebody_elses_chat(server: Server, people: People, hers: str) -> None:
    foreign = read_page(
        server.url, "chat", people.known["another user by cookie"].cookies, session=hers
    )
    missing = read_page(
        server.url, "chat", people.known["another user by cookie"].cookies, session="nosuchsession"
    )
    assert not foreign.has(SECRET_TITLE)
    assert foreign.elements == missing.elements


@pytest.mark.parametrize("page", PAGES)
def test_guests_get_their_own(guest_server: Server, people: People, hers: str, page: str) -> None:
    guest = people.guest
    read = read_page(guest_server.url, page, guest.cookies)
    assert read.has("Guest")
    assert not read.has(SECRET_TITLE)
    assert not read.has(people.users[ANN].id)
    owner = read_page(guest_server.url, page, people.known["owner by cookie"].cookies)
    assert not owner.has(SECRET_TITLE)
