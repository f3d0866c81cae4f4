"""Many answers at once: how far behind their viewers are, and what a switch costs meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.figures import Figure
from tests.bench.seed import last_words
from tests.bench.stage import Stage
from tests.bench.watching import click_session, settled
from tests.processes import ROOT, Server

PEOPLE, TABS, TOKENS, PACE = 50, 12, 500, 20
QUIET = (60, 61)  # two sessions nobody answers in, pinned so that they stay in the list
RAMP_MS = 2_000
CLICKS = 12
REACH_MS = 500


@contextmanager
def _tabs(server: Server, count: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.bench.crowd_tabs", server.url, "--count", str(count)]
    command += ["--tokens", str(TOKENS), "--pace", str(PACE), *more]
    tabs = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield tabs
    finally:
        tabs.kill()
        tabs.wait()


def _behind(what: str, tabs: subprocess.Popen[str]) -> Figure:
    """The worst of each viewer: from 2 s after the last began until the first ends."""
    output, _ = tabs.communicate(timeout=180)
    tokens: list[list[tuple[float, float]]] = json.loads(output.splitlines()[-1])
    began = max(viewer[0][0] for viewer in tokens) + RAMP_MS
    ended = min(viewer[-1][0] for viewer in tokens)
    each = [[came - sent for sent, came in v if began <= sent <= ended] for v in tokens]
    assert all(each), "the last answer began when the first had ended"
    lags = sorted(lag for lags in each for lag in lags)
    lost = sum(TOKENS - len(viewer) for viewer in tokens)
    note = f"p95 of all tokens {lags[int(0.95 * len(lags))]:.0f} ms, {lost} tokens not seen"
    worst = [max(lags) for lags in each]
    return Figure(f"{what}: the most one is behind", worst, "ms", REACH_MS, of="max", note=note)


def _clicks(stage: Stage, server: Server, tabs: subprocess.Popen[str]) -> list[float]:
    assert tabs.stdout
    with stage.page(server, QUIET[0]) as page:
        click_session(page, QUIET[1], last_words(QUIET[1]))
        for line in tabs.stdout:
            if line.strip() == "asked":
                break
        else:
            raise AssertionError("the tabs ended before they asked")
        page.wait_for_timeout(RAMP_MS)
        measured = []
        for at in range(CLICKS):
            number = QUIET[at % 2]
            measured.append(click_session(page, number, last_words(number)))
            settled(page)
            page.wait_for_timeout(300)
    return measured


def many_people(stage: Stage) -> list[Figure]:
    """A tab each, without a browser; and one real browser that clicks."""
    what = f"{PEOPLE} people, each an answer of {PACE} tokens/s"
    with (
        stage.server("crowd", 100, size=20, pinned=QUIET) as server,
        _tabs(server, PEOPLE, "--alone") as tabs,
    ):
        switches = _clicks(stage, server, tabs)
        behind = _behind(what, tabs)
    return [behind, Figure(f"{what}: click on another session", switches, "ms", 400)]


def many_tabs(stage: Stage) -> list[Figure]:
    """Of one person, all in view, so that each hears of all that happens in the others."""
    with stage.server("tabs", 100, size=20) as server, _tabs(server, TABS) as tabs:
        what = f"{TABS} tabs of one person, in each an answer of {PACE} tokens/s"
        return [_behind(what, tabs)]


def run(stage: Stage) -> list[Figure]:
    """Both, one after the other."""
    return [*many_tabs(stage), *many_people(stage)]
