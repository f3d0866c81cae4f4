"""Fifty answers at once: how far behind their viewers are, and what a switch costs meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.bench.figures import Figure
from tests.bench.seed import last_words
from tests.bench.stage import Stage
from tests.bench.watching import click_session, settled
from tests.processes import ROOT, Server

COUNT, TOKENS, PACE = 50, 500, 20
QUIET = (60, 61)  # two sessions nobody answers in, pinned so that they stay in the list
RAMP_MS = 2_000
CLICKS = 12


def _behind(tokens: list[list[tuple[float, float]]]) -> tuple[list[float], list[float]]:
    """The worst of each viewer, and all: from 2 s after the last began until the first ends."""
    began = max(viewer[0][0] for viewer in tokens) + RAMP_MS
    ended = min(viewer[-1][0] for viewer in tokens)
    each = [[came - sent for sent, came in v if began <= sent <= ended] for v in tokens]
    return [max(lags) for lags in each], [lag for lags in each for lag in lags]


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


def run(stage: Stage) -> list[Figure]:
    """50 tabs without a browser at 20 tokens a second each, one real browser that clicks."""
    with stage.server("crowd", 100, size=20, pinned=QUIET) as server:
        command = [sys.executable, "-m", "tests.bench.crowd_tabs", server.url]
        sizes = ["--count", str(COUNT), "--tokens", str(TOKENS), "--pace", str(PACE)]
        tabs = subprocess.Popen([*command, *sizes], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            switches = _clicks(stage, server, tabs)
            output, _ = tabs.communicate(timeout=120)
        finally:
            tabs.kill()
    tokens = json.loads(output.splitlines()[-1])
    lost = sum(TOKENS - len(viewer) for viewer in tokens)
    worst, all_of_them = _behind(tokens)
    ninety_five = sorted(all_of_them)[int(0.95 * len(all_of_them))]
    note = f"p95 of all tokens {ninety_five:.0f} ms, {lost} tokens not seen"
    what = f"{COUNT} answers at once, {PACE} tokens/s each"
    return [
        Figure(f"{what}: how far a viewer is behind", worst, "ms", 500, of="max", note=note),
        Figure(f"{what}: click on another session", switches, "ms", 400),
    ]
