"""Which Chromium the tests drive; as a script (`make test`) it installs one, and curl, if need be.

First ``PARLEY_CHROMIUM``, then what is on the PATH, then the one that Playwright brings. The one
without windows takes a fifth less of the processor, which is what the tests have too little of.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests import apt

# Tabs of one profile share a process, and with it what the page's scripts were compiled to: half of
# the processor time of a page load.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--process-per-site",
)
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@functools.cache
def find() -> str | None:
    """The browser's executable, or None for Playwright's own."""
    chosen = os.environ.get("PARLEY_CHROMIUM")
    if chosen and not _works(chosen):
        raise SystemExit("PARLEY_CHROMIUM must be the path of a Chromium or Chrome that runs.")
    return chosen or next(
        (name for name in map(shutil.which, NAMES) if name and _works(name)), None
    )


def _works(executable: str) -> bool:
    """Ubuntu has a `chromium-browser` that only says where to get one."""
    try:
        return subprocess.run([executable, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def _found() -> bool:
    find.cache_clear()
    with sync_playwright() as playwright:
        return bool(find()) or Path(playwright.chromium.executable_path).exists()


if __name__ == "__main__":
    if not shutil.which("curl"):
        apt.install("curl")
    if not shutil.which(SHELL):
        apt.install(SHELL)
    if not _found():
        apt.install("chromium")
    if not _found():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
