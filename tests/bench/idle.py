"""What a tab costs in which nothing happens: processor time of the server."""

from __future__ import annotations

from contextlib import ExitStack

import psutil
from playwright.sync_api import Page

from tests.bench.figures import Figure
from tests.bench.stage import Stage, open_page

TABS = 10
SECONDS = 60
SETTLE_SECONDS = 6
# A browser without a window has no tab that nobody sees.
HIDE = """
const say = (name, value) => Object.defineProperty(document, name, { get: () => value });
say("hidden", true);
say("visibilityState", "hidden");
document.dispatchEvent(new Event("visibilitychange"));
"""


def spent(process: psutil.Process, page: Page) -> float:
    """In so many seconds, in % of one core."""
    page.wait_for_timeout(SETTLE_SECONDS * 1000)
    before = process.cpu_times()
    page.wait_for_timeout(SECONDS * 1000)
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / SECONDS * 100


def run(stage: Stage) -> list[Figure]:
    """Ten tabs, each in a browser of its own, less what the server needs without any."""
    with (
        stage.server("idle", 1_000, size=20) as server,
        stage.context() as elsewhere,
        ExitStack() as ended,
    ):
        process, clock = psutil.Process(server.pid), elsewhere.new_page()
        alone = spent(process, clock)
        pages = [ended.enter_context(stage.context()).new_page() for _ in range(TABS)]
        for number, page in enumerate(pages):
            open_page(page, server, number)
        visible = spent(process, clock)
        for page in pages:
            page.evaluate(HIDE)
        hidden = spent(process, clock)
        ended.close()
        alone = (alone + spent(process, clock)) / 2
    what, note = (
        "processor time of the server for an idle tab",
        f"server without tabs {alone:.2f} %",
    )
    return [
        Figure(f"{what} in view", [(visible - alone) / TABS], "% of a core", 0.05, note=note),
        Figure(f"{what} that is hidden", [max(0.0, hidden - alone) / TABS], "% of a core", 0.01),
    ]
