"""The real server against its own description: whatever is asked, the answer was announced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.chat.api.client import Client
from tests.processes import Server

pytestmark = pytest.mark.process

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 6
KNOWN = {"user_id": "me", "session_id": "known", "message_id": 2, "folder_id": "known"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    nowhere = dict.fromkeys(
        ("PARLEY_BLUESKY_URL", "PARLEY_MASTODON_URL", "PARLEY_X_URL"), "http://127.0.0.1:9"
    )
    fast = {"PARLEY_OFFLINE_TOKENS_PER_SECOND": "100000", **nowhere}
    with Server(tmp_path_factory.mktemp("schemathesis"), fast) as running:
        yield running


def ask(operation: Any, known: dict[str, Any]) -> set[int]:
    """Whatever the operation takes, with these path parameters; the statuses that came."""
    seen = set()

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        there = set(case.path_parameters or {}) & set(known)
        case.path_parameters |= {name: known[name] for name in there}
        case.headers.pop("Authorization", None)  # made-up tokens would be throttled
        answer = case.call(timeout=20)
        seen.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    check()
    return seen


def test_every_answer_was_announced(server: Server) -> None:
    client = Client(server.url)
    described = schemathesis.openapi.from_url(f"{server.url}/api/openapi.json")
    described = described.exclude(path="/users/me/news")  # which never ends
    statuses: dict[str, set[int]] = {}
    only_read = False
    for found in described.get_all_operations():
        operation = found.ok()
        if not only_read:
            client.post("/users/me/folders", {"folder_id": "known", "name": "Known"})
            client.post("/users/me/sessions", {"session_id": "known"})
            client.post("/users/me/sessions/known/restore")
            client.post("/users/me/sessions/known/messages", {"content": "hi"})
        of_known = ask(operation, KNOWN)
        of_made_up = ask(operation, {"user_id": "me"}) if "session_id" in operation.path else set()
        statuses[operation.label] = of_known | of_made_up
        only_read = operation.method.upper() == "GET"
    assert len(statuses) == 59
    well = [label for label, seen in statuses.items() if seen & {200, 201}]
    assert len(well) >= 20, "not only errors are compared"
    assert {404, 422} <= set().union(*statuses.values())
