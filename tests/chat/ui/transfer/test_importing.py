"""What is made of an answer to a sent file that is not the API's."""

from __future__ import annotations

import pytest

from chat.ui.transfer.importing import has_api


@pytest.mark.parametrize(
    ("status", "there"), [(200, False), (404, False), (413, True), (502, True), (504, True)]
)
def test_a_proxy_that_takes_no_such_file_is_no_host_without_the_api(
    status: int, there: bool
) -> None:
    assert has_api(status) == there
