"""`make container`: the Dockerfile's steps in fresh roots, then what comes of them.

Prints how large the image is (the sum of its files, as engines count) and how long it takes to be
healthy, beside a checkout on this machine, in turns. Exits 1 when a bound is missed, or the server
is not healthy, is root, or loses a chat when its container is replaced and the volume stays.
"""

from __future__ import annotations

import io
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pyarrow
import pyarrow.parquet
from PIL import Image

from chat.modes import MODES
from tests import attached
from tests.bench import machine
from tests.bench.figures import Figure
from tests.container.dockerfile import Stage, read
from tests.container.roots import build, container, entered, install
from tests.processes import ROOT, Server, free_port
from tests.waiting import until

LARGEST_MB, RATIO, STARTS = 700, 1.2, 5
PROVIDER = """[auth]
redirect_uri = "https://chat.example.org/oauth2callback"
cookie_secret = "at least 32 random characters, as these"
client_id = "parley"
client_secret = "secret"
server_metadata_url = "https://login.example.org/.well-known/openid-configuration"
"""
"""Asked when somebody logs in, and not before."""


class Running:
    """A container of the image, with this volume, once it is healthy."""

    def __init__(self, stage: Stage, root: Path, volume: Path, **environment: str) -> None:
        port = str(free_port())
        known = {**stage.environment(), "STREAMLIT_SERVER_PORT": port, **environment}
        [user] = stage.of("USER")
        [place] = stage.of("WORKDIR")
        self.stage, self.url, self.environment = stage, f"http://127.0.0.1:{port}", known
        command = entered(root, stage.command(), user=user, volume=volume, place=place)
        self.log = (volume.parent / "container.log").open("ab")
        began = time.perf_counter()
        self.process = subprocess.Popen(command, env=known, stdout=self.log, stderr=self.log)
        try:
            until(self._is_up, 60)
        except BaseException:
            self.process.kill()  # and with it all that it has started
            self.process.wait()
            self.log.close()
            raise
        self.seconds = time.perf_counter() - began

    def _is_up(self) -> bool:
        assert self.process.poll() is None, Path(self.log.name).read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/api/health") as answer:
                return answer.status == 200
        except OSError:
            return False

    def users(self) -> set[int]:
        """Who runs what is in there."""
        return {each.uids().real for each in self._first().children(recursive=True)} | {
            self._first().uids().real
        }

    def is_healthy(self) -> bool:
        """What its own check says."""
        pid = self._first().pid
        command = ["nsenter", "--all", "--root", "--target", str(pid), *self.stage.health()]
        return subprocess.run(command, env=self.environment).returncode == 0

    def end(self) -> None:
        """As an engine does it."""
        self._first().terminate()
        self.process.wait(30)
        self.log.close()

    def _first(self) -> psutil.Process:
        [first] = psutil.Process(self.process.pid).children()
        return first


class Guest:
    """Somebody's browser."""

    def __init__(self) -> None:
        self.cookies = urllib.request.HTTPCookieProcessor()
        self.opened = urllib.request.build_opener(self.cookies)

    def asks(self, url: str, said: object = None) -> Any:
        """GET, or POST of bytes, or of this as JSON; what is answered."""
        raw = isinstance(said, bytes)
        kind = "application/octet-stream" if raw else "application/json"
        headers = {"X-Requested-With": "container", "Content-Type": kind}
        data = said if said is None or raw else json.dumps(said).encode()
        with self.opened.open(urllib.request.Request(url, data, headers), timeout=60) as answer:
            text = answer.read().decode()
            return json.loads(text) if "json" in answer.headers["Content-Type"] else text


@contextmanager
def running(
    stage: Stage, image: Path, volume: Path, secrets: str = "", **environment: str
) -> Iterator[Running]:
    """A new container on this volume, with what is written into its ``secrets.toml``."""
    with container(image) as root:
        (root / "parley/.streamlit/secrets.toml").write_text(secrets)
        found = Running(stage, root, volume, **environment)
        try:
            yield found
        finally:
            found.end()


def fresh_volume(image: Path, folder: Path) -> Path:
    """As an engine makes it, when it is there for the first time."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["cp", "-a", image / "data", folder], check=True)
    return folder


def in_each_mode(stage: Stage, image: Path, volume: Path) -> Iterator[str]:
    """What is wrong with it."""
    for mode in MODES:
        fresh, secrets = fresh_volume(image, volume), PROVIDER if MODES[mode].provider else ""
        with running(stage, image, fresh, secrets, PARLEY_AUTH=mode) as found:
            if 0 in found.users():
                yield f"{mode}: a process is root"
            if not found.is_healthy():
                yield f"{mode}: its own check says that it is not healthy"


def files() -> dict[str, bytes]:
    """One of each kind that is read by a library."""
    table, picture = io.BytesIO(), io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), table)
    Image.new("RGB", (9, 9)).save(picture, "WEBP")
    return {
        "sales.csv": b"city,price\nGraz,1\nGraz,2\nWien,4\n",
        "parquet": table.getvalue(),
        "webp": picture.getvalue(),
        "xlsx": attached.xlsx({"One": [["a"], [1]]}),
        "docx": attached.docx(attached.paragraph("Words")),
        "pdf": attached.pdf([["Words"]]),
    }


def over_a_restart(stage: Stage, image: Path, volume: Path) -> Iterator[str]:
    """What is lost when a container is replaced and its volume stays."""
    guest, kinds, volume = Guest(), files(), fresh_volume(image, volume)
    place = f"api/users/me/sessions/{uuid4().hex}/messages"
    with running(stage, image, volume, PARLEY_AUTH="guest") as first:
        guest.asks(first.url)
        sent = [
            guest.asks(f"{first.url}/api/users/me/files?name={name}", data)
            for name, data in kinds.items()
        ]
        question = {
            "content": "What is the average price by city?",
            "file_ids": [one["file_id"] for one in sent],
            "new_session": {"persona": "analyst"},
        }
        answered = guest.asks(f"{first.url}/{place}", question)["assistant"]
        if [one["kind"] for one in answered["results"]] != ["table"]:
            yield f"the attached table was not asked: {answered['content']}"
    with running(stage, image, volume, PARLEY_AUTH="guest") as second:
        if guest.asks(f"{second.url}/{place}")[1] != answered:
            yield "a chat is another one after a restart"
        for one, data in zip(sent, kinds.values(), strict=True):
            path = f"{second.url}/api/users/me/files/{one['file_id']}"
            if guest.opened.open(path, timeout=60).read() != data:
                yield f"{one['name']} is another file after a restart"


def starts(stage: Stage, image: Path, folder: Path) -> Figure:
    """How long it takes to be healthy, by how long that takes in a checkout."""
    here, there = [], []
    for number in range(STARTS + 1):
        with running(stage, image, fresh_volume(image, folder / "data"), PARLEY_AUTH="off") as one:
            there.append(one.seconds)
        (own := folder / f"checkout{number}").mkdir()
        began = time.perf_counter()
        with Server(own):
            here.append(time.perf_counter() - began)
    pairs = list(zip(there[1:], here[1:], strict=True))
    note = f"{statistics.median(there[1:]):.2f} to {statistics.median(here[1:]):.2f} s"
    ratios = [each / other for each, other in pairs]
    return Figure("start to healthy, by a checkout's", ratios, "×", RATIO, note=note)


def main() -> None:
    """See the module."""
    install()
    stages = read((ROOT / "Dockerfile").read_text())
    with tempfile.TemporaryDirectory(prefix="parley-image-") as name:
        began, folder = time.perf_counter(), Path(name)
        image = build(stages, folder)
        built = time.perf_counter() - began
        files = [one.lstat() for one in image.rglob("*") if one.is_file() and not one.is_symlink()]
        figures = [
            Figure("built", [built], "s"),
            Figure("image", [sum(one.st_size for one in files) / 1e6], "MB", LARGEST_MB),
            starts(stages[-1], image, folder),
        ]
        volume = folder / "volume"
        wrong = [
            *in_each_mode(stages[-1], image, volume),
            *over_a_restart(stages[-1], image, volume),
        ]
    print(f"{machine.machine()}, load {machine.load():.1f}")
    for figure in figures:
        print(" | ".join(figure.cells()))
    print("\n".join(wrong) or "Healthy in each mode, without rights, and nothing was lost.")
    sys.exit(1 if wrong or any((one.ratio or 0) > 1 for one in figures) else 0)


if __name__ == "__main__":
    main()
