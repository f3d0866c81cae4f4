"""What a chat does not need is not loaded: half of a second, and memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import printed

pytestmark = pytest.mark.process

PROGRAM = """
import sys
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("pages/main.py", default_timeout=30).run()
page.chat_input[0].set_value("hello").run()
assert len(page.chat_message) == 2 and not page.exception
print(sorted({"pandas", "pyarrow", "numpy"} & set(sys.modules)))
"""


def test_the_chat_page_does_without_pandas(tmp_path: Path) -> None:
    assert printed(PROGRAM, tmp_path, {}).strip() == "[]"
