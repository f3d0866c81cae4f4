"""What a chat does not need is not loaded: half of a second, and memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import printed

pytestmark = pytest.mark.process

PROGRAM = """
import sys
from tests.pages.script_tab import ScriptTab
tab = ScriptTab()
tab.send("hello")
page = tab.app
assert len(page.chat_message) == 2 and not page.exception
print(sorted({"pandas", "pyarrow", "numpy"} & set(sys.modules)))
"""


def test_the_chat_page_does_without_pandas(tmp_path: Path) -> None:
    assert printed(PROGRAM, tmp_path, {}).strip() == "[]"
