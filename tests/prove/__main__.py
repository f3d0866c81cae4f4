"""`make prove`: 500 messages with impatient hands, and 200 that are cut off after Enter.

Prints what was sent and what became of it, beside two busy processes; exits 1 when anything is
lost, doubled, or in another chat than was meant.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.processes import Server
from tests.prove import cut_off, impatient
from tests.prove.account import Account
from tests.scripted_model import ScriptedModel


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--busy", type=int, default=2, help="processes that keep it busy")
    given = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="parley-prove-") as folder, ScriptedModel() as model:
        environment = {"OPENAI_BASE_URL": model.base_url}
        with (
            Server(Path(folder), environment) as server,
            sync_playwright() as playwright,
            _busy(given.busy),
        ):
            browser = playwright.chromium.launch(
                executable_path=chromium.find(), args=list(chromium.ARGUMENTS)
            )
            account = Account(Path(folder) / "data" / "parley.db")
            for proof, count in ((impatient, given.messages), (cut_off, given.cuts)):
                found = proof.run(browser, server, account, count)
                print(found, flush=True)
                wrong += not found.holds
            browser.close()
    sys.exit(1 if wrong else 0)


@contextmanager
def _busy(count: int) -> Iterator[None]:
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
