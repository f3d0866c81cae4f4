"""What a chat does not need is not loaded: half of a second, and memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

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
    environment = {
        "PARLEY_DATABASE_URL": f"sqlite:///{tmp_path / 'parley.db'}",
        "PARLEY_FIND_LOCAL_SERVERS": "false",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr
