"""What whoever runs a server sees of it: metrics, and a log that gives nothing away."""

from __future__ import annotations

import re

from tests.doors.conftest import METRICS_TOKEN
from tests.doors.people import ANN, People, Person
from tests.doors.test_api import ask
from tests.processes import Server
from tests.waiting import until

WORDS = "words-that-must-not-be-logged"


def test_metrics_are_for_who_has_the_token(guest_server: Server, people: People) -> None:
    for person in (Person(), people.guest, Person(token="wrong"), people.known["admin"]):
        assert ask(guest_server, "GET", "/metrics", person, None)[0] == 401
    good = Person(token=METRICS_TOKEN)
    guest = people.guest
    status, _ = ask(guest_server, "POST", "/chat/stream", guest, {"message": "Hi"})
    assert status == 200
    status, text = ask(guest_server, "GET", "/metrics", good, None)
    assert status == 200
    assert 'parley_turns_total{status="complete"}' in text
    assert 'parley_viewers{door="sse"} 0.0' in text
    assert re.search(r"parley_database_seconds_count [1-9]", text)


def test_a_line_for_each_request_and_turn_without_secrets(
    guest_server: Server, people: People
) -> None:
    guest = people.guest
    before = len(guest_server.log)
    ask(guest_server, "POST", f"/chat/stream?q={WORDS}", guest, {"message": WORDS})
    ask(guest_server, "GET", f"/users/me/sessions?q={WORDS}", people.known["owner by token"], None)
    lines = ("path=/api/chat/stream status=200", "path=/api/users/me/sessions", "status=complete")
    until(lambda: all(line in guest_server.log[before:] for line in lines))
    log = guest_server.log[before:]
    assert re.search(r"request=\w{12} method=POST path=/api/chat/stream status=200 ms=\d+", log)
    assert f"user={people.users[ANN].id}" in log
    secrets = [WORDS, *guest.cookies.values(), people.known["owner by token"].token]
    assert [secret for secret in secrets if secret in guest_server.log] == []
