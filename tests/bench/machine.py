"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

from playwright.sync_api import Browser


def machine() -> str:
    """The processor and how many of its cores."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if _linux() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def versions(browser: Browser) -> str:
    """Everything that makes a difference."""
    return (
        f"Python {platform.python_version()}, Streamlit {version('streamlit')}, "
        f"Chromium {browser.version}, SQLite {sqlite3.sqlite_version}"
    )


def load() -> float:
    """Processes that ran or wanted to, over the last minute."""
    return os.getloadavg()[0]


def _linux() -> bool:
    return Path("/proc/cpuinfo").exists()
