"""Files are sent by whoever a tab belongs to, as many as are allowed, and go when it is gone."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.doors.people import People
from tests.doors.test_pages import STRANGERS
from tests.doors.uploading import open_tab, upload
from tests.processes import Server

FILE = 20 * 1024 * 1024 - 1_000


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_send_no_file(server: Server, people: People, name: str) -> None:
    """Also not to the login page that they see, nor to a tab of somebody else."""
    cookies = people.strangers[name].cookies
    with (
        open_tab(server, cookies) as theirs,
        open_tab(server, people.known["owner by cookie"].cookies) as hers,
    ):
        for tab_id in (theirs, hers, "nowhere"):
            for method in ("PUT", "DELETE"):
                assert upload(server, tab_id, cookies, method=method) == 401
            assert upload(server, tab_id, cookies, FILE, head_only=True) == 401


def test_everybody_sends_to_tabs_of_their_own(server: Server, people: People) -> None:
    owner, other = (
        people.known[name].cookies for name in ("owner by cookie", "another user by cookie")
    )
    admin = people.known["admin by cookie"].cookies
    with open_tab(server, owner) as hers, open_tab(server, other) as theirs:
        assert upload(server, hers, owner) == upload(server, theirs, other) == 204
        assert upload(server, hers, owner, method="DELETE") == 204
        for tab_id, cookies in ((hers, other), (theirs, owner), (hers, admin), ("nowhere", owner)):
            for method in ("PUT", "DELETE"):
                assert upload(server, tab_id, cookies, method=method) == 404
    assert upload(server, hers, owner) == 404  # closed by now


def test_guests_too(guest_server: Server, people: People) -> None:
    guest, other = people.guest.cookies, people.guest.cookies
    with open_tab(guest_server, guest) as tab_id, open_tab(guest_server, {}) as nobodys:
        assert upload(guest_server, tab_id, guest) == 204
        assert upload(guest_server, tab_id, other) == 404
        assert upload(guest_server, tab_id, {}) == upload(guest_server, nobodys, {}) == 401


def test_no_more_than_is_allowed(server: Server, people: People) -> None:
    """Two files of the greatest size to a tab, three of one person; more when some are gone."""
    cookies = people.known["another user by cookie"].cookies
    with ExitStack() as tabs:
        first, second = (tabs.enter_context(open_tab(server, cookies)) for _ in range(2))
        assert upload(server, first, cookies, FILE + 2_000_000) == 413
        assert upload(server, first, cookies, FILE) == 204
        assert upload(server, first, cookies, FILE) == 204
        assert upload(server, first, cookies, FILE) == 413
        assert upload(server, second, cookies, FILE) == 204
        assert upload(server, second, cookies, FILE) == 413
        others = people.known["admin by cookie"].cookies
        assert upload(server, tabs.enter_context(open_tab(server, others)), others, FILE) == 204


def test_without_login_there_is_one_who_sends(tmp_path: Path) -> None:
    with Server(tmp_path) as alone, open_tab(alone, {}) as tab_id:
        assert upload(alone, tab_id, {}) == 204
        assert upload(alone, tab_id, {}, method="DELETE") == 204
        assert upload(alone, "nowhere", {}) == 404
