"""`make prove`: all pages are looked at, 500 messages sent with impatient hands, and 200 cut off;
then four people follow an answer of three minutes behind proxies.

Prints what is wrong with pages for those who cannot see or have a small screen; then, beside two
busy processes, what was sent and what became of it. Exits 1 when anything is wrong, lost, doubled,
in another chat than was meant, or cut.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.processes import Server
from tests.prove import cut_off, impatient, long_answers, pages
from tests.prove.account import Account
from tests.scripted_model import ScriptedModel


def main() -> None:
    """See the module."""
    parser = ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--busy", type=int, default=2, help="processes that keep it busy")
    parser.add_argument("--only", choices=("long-answers",), help="prove nothing else")
    given = parser.parse_args()
    wrong = 0
    with (
        tempfile.TemporaryDirectory(prefix="parley-prove-") as folder,
        ScriptedModel() as model,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=list(chromium.ARGUMENTS)
        )
        if given.only is None:
            wrong += _messages(browser, Path(folder), model, given)
        model.reset()
        for followed in long_answers.run(browser, Path(folder) / "long", model):
            print(followed, flush=True)
            wrong += not followed.holds
        browser.close()
    sys.exit(1 if wrong else 0)


def _messages(browser: Browser, folder: Path, model: ScriptedModel, given: Namespace) -> int:
    """How much of pages and messages does not hold."""
    wrong = 0
    with Server(folder, {"OPENAI_BASE_URL": model.base_url}) as server:
        seen = pages.run(browser, folder / "pages", model)
        print(seen, flush=True)
        wrong += not seen.holds
        account = Account(folder / "data" / "parley.db")
        with _busy(given.busy):
            for proof, count in ((impatient, given.messages), (cut_off, given.cuts)):
                found = proof.run(browser, server, account, count)
                print(found, flush=True)
                wrong += not found.holds
    return wrong


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
