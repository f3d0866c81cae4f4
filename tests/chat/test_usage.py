"""Who may see what was used, and of which days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from chat.errors import Forbidden, InvalidInput
from chat.modes import MODES
from chat.people.identity import Identity
from chat.usage import period, total
from store.usage import Days, UsageOf, UsageSums
from store.usage_times import NO_TIMES
from tests.chat.conftest import USER, Room

NOW = datetime(2026, 5, 10, 23, tzinfo=UTC)


@pytest.mark.parametrize("role", ["user", "guest"])
def test_what_others_used_is_for_administrators(room: Room, role: str) -> None:
    room.watch(room.send().answer.id)
    who = Identity("somebody", "somebody", "Somebody", role, MODES["password"])
    with pytest.raises(Forbidden):
        room.parts.usage.by(who, "somebody", "user", None, None)
    assert room.parts.usage.by(who, "somebody", "day", None, None) == []
    admin = Identity("root", "root", "Root", "admin", MODES["password"])
    (found,) = room.parts.usage.by(admin, "root", "user", None, None)
    assert (found.key, found.answers) == (USER, 1)


def test_days() -> None:
    assert period(None, None, NOW, UTC) == Days(date(2026, 4, 11), date(2026, 5, 10))
    assert period(date(2026, 5, 9), None, NOW, UTC) == Days(date(2026, 5, 9), date(2026, 5, 10))
    assert period(None, date(2026, 1, 30), NOW, UTC) == Days(date(2026, 1, 1), date(2026, 1, 30))
    assert period(None, None, NOW, ZoneInfo("Asia/Tokyo")).until == date(2026, 5, 11)
    for first, last in ((date(2026, 5, 2), date(2026, 5, 1)), (date(2025, 1, 1), None)):
        with pytest.raises(InvalidInput):
            period(first, last, NOW, UTC)


def test_a_total_knows_what_has_no_price() -> None:
    none, some = (
        UsageSums(answers=1, counted=1),
        UsageSums(answers=2, priced=1, counted=1, cost=0.5),
    )
    first, second = UsageOf("a", none, NO_TIMES), UsageOf("b", some, NO_TIMES)
    assert total([first]).cost is None
    whole = total([first, second])
    assert (whole.cost, whole.without_price, whole.without_tokens) == (0.5, 1, 1)
