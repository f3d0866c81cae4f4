"""Prometheus' own checker of configurations; as a script (`make test`) it fetches it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests import apt
from tests.processes import ROOT

FETCHED = ROOT / ".venv" / "debian" / "promtool"


def promtool() -> Path:
    """Where it is."""
    if installed := shutil.which("promtool"):
        return Path(installed)
    assert FETCHED.exists(), "Install Prometheus, or run `make test` as root on Debian."
    return FETCHED


if __name__ == "__main__" and not FETCHED.exists() and not shutil.which("promtool"):
    apt.take_out("prometheus", "usr/bin/promtool", FETCHED)
