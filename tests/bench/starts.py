"""From the start of the process to the first healthy answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.bench.figures import Figure, against
from tests.bench.stage import Stage
from tests.processes import ROOT, Server

REPEATS = 7
RATIO = 1.7
SERVER, API = "/_stcore/health", "/api/health"
BARE = 'import streamlit as st\n\nst.write("hello")\n'


def run(stage: Stage) -> list[Figure]:
    """With the database of the last run, in turns with a bare app and an earlier checkout.

    The server's own health comes first; that of the API when the database is open. A bare app
    has only the former, which both are compared with.
    """
    bare = stage.folder / "bare"
    bare.mkdir()
    (bare / "app.py").write_text(BARE)
    with ExitStack() as stopped:

        def server(name: str, path: str, checkout: Path = ROOT) -> Server:
            count = 1_000 if checkout == ROOT else 0  # an earlier one knows only its own schema
            server = stopped.enter_context(stage.stopped_server(f"start-{name}", count))
            server.health, server.checkout = path, checkout
            return server

        turns = {SERVER: server("server", SERVER), API: server("api", API)}
        turns["bare"] = server("bare", SERVER, bare)
        if stage.base:
            turns["base"] = server("base", SERVER, stage.base)
        found = in_turns(turns)
    empty = []
    for number in range(REPEATS):
        with stage.stopped_server(f"start-{number}") as fresh:
            empty.append(fresh.start())
    return [
        figure
        for path in (SERVER, API)
        for figure in (
            Figure(f"process start → GET {path} 200; existing database", found[path], "s", 1.5),
            *against("the same", found[path], "a bare Streamlit app's", found["bare"], RATIO),
            *against("the same", found[path], "the earlier checkout's", found.get("base", []), 1),
        )
    ] + [Figure(f"process start → GET {API} 200; no database yet", empty, "s", 1.5)]


def in_turns(servers: Mapping[str, Server]) -> dict[str, list[float]]:
    """The seconds each takes to start; the first round, which compiles, is not counted."""
    found: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(REPEATS + 1):
        for name, server in servers.items():
            found[name].append(server.start())
            server.stop()
    return {name: values[1:] for name, values in found.items()}
