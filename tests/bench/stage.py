"""What every figure plays on: a folder, the scripted model, real servers, one browser."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.bench.seed import fill, fill_as, session_id
from tests.bench.watching import SCRIPT
from tests.browser import chromium
from tests.processes import ROOT, Server


@dataclass
class Stage:
    """Made once for a run of the bench; ``folder`` is a temporary one.

    ``base`` is another checkout to measure in turns with this one, if there is one.
    """

    folder: Path
    browser: Browser
    model_url: str
    base: Path | None = None

    @contextmanager
    def server(self, name: str, count: int, **more: Any) -> Iterator[Server]:
        """A running server over a database as `seed.fill` makes it; it has served a page."""
        with self.stopped_server(name, count, **more) as server:
            server.start()
            with self.page(server):
                pass
            yield server

    @contextmanager
    def servers(self, name: str, count: int, **more: Any) -> Iterator[list[Server]]:
        """The same of this checkout and, if there is one, of the earlier one."""
        with self.server(name, count, **more) as ours, ExitStack() as ended:
            if not self.base:
                yield [ours]
                return
            base = self.server(f"{name}-base", count, checkout=self.base, **more)
            yield [ours, ended.enter_context(base)]

    @contextmanager
    def stopped_server(
        self,
        name: str,
        count: int = 0,
        environment: dict[str, str] | None = None,
        checkout: Path = ROOT,
        **more: Any,
    ) -> Iterator[Server]:
        """The same, not started; without ``count`` there is no database yet."""
        folder = self.folder / name
        folder.mkdir()
        url = f"sqlite:///{folder / 'parley.db'}"
        if count and checkout == ROOT:
            fill(folder / "parley.db", count, **more)
        elif count:
            fill_as(checkout, folder / "parley.db", count, **more)
        usual = {
            "PARLEY_DATABASE_URL": url,
            "OPENAI_BASE_URL": self.model_url,
            "OPENAI_API_KEY": "bench",
        }
        server = Server(folder, usual | (environment or {}))
        server.checkout = checkout
        try:
            yield server
        finally:
            server.stop()

    @contextmanager
    def context(self) -> Iterator[BrowserContext]:
        """A new profile: an empty cache, no cookies."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
        context.add_init_script(SCRIPT)
        yield context
        context.close()

    @contextmanager
    def page(self, server: Server, number: int | None = None) -> Iterator[Page]:
        """A tab in a new profile on a session, or on a new chat, once it is usable."""
        with self.context() as context:
            page = context.new_page()
            open_page(page, server, number)
            yield page

    def requests(self) -> list[dict[str, Any]]:
        """What the model server was asked, with its times."""
        with urlopen(self.model_url.removesuffix("/v1") + "/_log") as answer:
            records: list[dict[str, Any]] = json.load(answer)
        return records


def open_page(page: Page, server: Server, number: int | None = None, *, rest: bool = True) -> None:
    """Go there and wait for composer and session list, and with ``rest`` until all is still."""
    address = server.url if number is None else f"{server.url}/?session={session_id(number)}"
    page.goto(address)
    page.wait_for_function("() => bench.composer()")
    if rest:
        page.wait_for_function("() => bench.still()", polling=50)


@contextmanager
def stage(folder: Path, base: Path | None) -> Iterator[Stage]:
    """Start the model and the browser; end them."""
    command = [sys.executable, "-m", "tests.scripted_model", "--port", "0"]
    model = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert model.stdout
    address = model.stdout.readline().strip()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium.find(), args=list(chromium.ARGUMENTS)
            )
            yield Stage(folder, browser, address, base)
            browser.close()
    finally:
        model.terminate()
        model.wait()
