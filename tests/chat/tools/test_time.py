from __future__ import annotations

import pytest
from pydantic import ValidationError

from chat.errors import ToolError
from chat.tools import builtin
from tests.chat.tools.conftest import Use


def test_the_time_is_in_the_zone_that_was_asked_for(use: Use) -> None:
    assert use("current_time") == {
        "time": "2024-05-01T22:30:00+00:00",
        "weekday": "Wednesday",
        "zone": "UTC",
    }
    berlin = use("current_time", timezone="Europe/Berlin")
    assert (berlin["time"], berlin["weekday"]) == ("2024-05-02T00:30:00+02:00", "Thursday")


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../../etc/passwd", "/etc/passwd", "a\0b", "."])
def test_another_zone_is_refused_with_what_to_do(use: Use, zone: str) -> None:
    with pytest.raises(ToolError, match="no time zone") as caught:
        use("current_time", timezone=zone)
    assert "Europe/Berlin" in caught.value.fix


def test_arguments_that_do_not_fit_are_refused(use: Use) -> None:
    for arguments in ({"timezone": "x" * 65}, {"timezone": 3}, {"zone": "UTC"}):
        with pytest.raises(ValidationError):
            use("current_time", **arguments)


def test_the_status_line() -> None:
    assert builtin()["current_time"].status({}) == "Looking at the clock…"
