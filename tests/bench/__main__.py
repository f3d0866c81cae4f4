"""Run the benches named, or all, and print one table."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from tests.bench.figures import Figure, table
from tests.bench.machine import load, machine, versions
from tests.bench.stage import Stage, stage

NAMES = ["starts", "loads", "switches", "script_run", "sends", "answers", "traffic"]
NAMES += ["losses", "crowd", "memory", "idle", "api", "logins", "profiles", "files", "weight"]
NAMES += ["texts", "strangers", "long_answers", "guests", "shares", "search", "imports"]
NAMES += ["attachments", "queries", "attached_chat", "backups"]
ONLY_NAMED = ["traffic_slow"]
HEAD = ["what", "measured", "to reach", "ratio", "ok?", "load"]


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    known = [*NAMES, *ONLY_NAMED]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--base", metavar="PATH", type=Path, help="a checkout to compare with")
    given = parser.parse_args()
    base = given.base and given.base.resolve()
    names = given.names or NAMES
    if unknown := set(names) - set(known):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    before = load()
    loads: list[float] = []
    figures: list[Figure] = []
    temporary = tempfile.TemporaryDirectory(prefix="parley-bench-")
    with temporary as folder, stage(Path(folder), base) as on:
        about = versions(on.browser)
        for name in names:
            figures += _measured(name, import_module(f"tests.bench.{name}").run, on)
            loads.append(load())
    print(f"{machine()}; load {before:.1f} before, {min(loads):.1f} to {max(loads):.1f} during")
    print(f"{about}\n")
    print(table([HEAD, *(figure.cells() for figure in figures)]))


def _measured(name: str, run: Callable[[Stage], list[Figure]], on: Stage) -> list[Figure]:
    began = time.monotonic()
    figures = [replace(figure, loads=[load()]) for figure in run(on)]
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    for figure in figures:
        print("  " + "; ".join(figure.cells()), file=sys.stderr, flush=True)
    return figures


if __name__ == "__main__":
    main()
