"""Fresh roots of Debian, and what happens in them; needs root, debootstrap and unshare."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests import apt
from tests.container.dockerfile import Stage, files_of, let_in
from tests.processes import ROOT

CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")
LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "var/cache/apt")
"""What the slim image of Debian has not; nor do packages put it there."""
WITHOUT = "".join(f"path-exclude=/{folder}/*\n" for folder in LEFT_OUT)
HOST_CONFIGURATION = ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "root/.config/pip/pip.conf")
"""How this machine reaches its package indexes; a build with an engine has that too."""
MOUNTS = 'mount -t proc proc "$1/proc"; [ -z "$2" ] || mount --bind "$2" "$1/data"; shift 2'


def install() -> None:
    """What makes a fresh root, where Debian's packages can be had."""
    if not shutil.which("debootstrap"):
        apt.install("debootstrap")


def debian(folder: Path, name: str) -> None:
    """A root like the image ``debian:<name>-slim``."""
    subprocess.run(
        ["debootstrap", "--variant=minbase", name, folder], check=True, stdout=subprocess.DEVNULL
    )
    for each in LEFT_OUT:
        shutil.rmtree(folder / each, ignore_errors=True)
    shutil.rmtree(folder / "var/lib/apt/lists")
    (folder / "etc/dpkg/dpkg.cfg.d/slim").write_text(WITHOUT)
    shutil.copy("/etc/apt/sources.list.d/debian.sources", folder / "etc/apt/sources.list.d")


def build(stages: Sequence[Stage], folder: Path) -> Path:
    """Carry out all steps; the last stage's root."""
    fresh, made = folder / "fresh", {}
    debian(fresh, stages[0].base.partition(":")[2].removesuffix("-slim"))
    for stage in stages:
        assert stage.base == stages[0].base
        root = made[stage.name] = folder / (stage.name or "image")
        subprocess.run(["cp", "-a", fresh, root], check=True)
        with _configured(root):
            _carry_out(stage, root, made)
    return root


def _carry_out(stage: Stage, root: Path, made: Mapping[str, Path]) -> None:
    place, done = Path("/"), Stage(stage.base, stage.name)
    for name, value in stage.steps:
        done.steps.append((name, value))
        if name == "WORKDIR":
            place = Path(value)
            (root / place.relative_to("/")).mkdir(parents=True, exist_ok=True)
        elif name == "RUN":
            command = f"cd {place} && {value}"
            known = _usual() | done.environment()
            subprocess.run(entered(root, ["sh", "-c", command]), env=known, check=True)
            if (host := Path("/") / CERTIFICATES).exists() and (root / CERTIFICATES).exists():
                shutil.copy(host, root / CERTIFICATES)
        elif name == "COPY":
            _copy(value.split(), root, place, made)


def _copy(words: list[str], root: Path, place: Path, made: Mapping[str, Path]) -> None:
    target = root / (place / words[-1]).relative_to("/")
    if words[0].startswith("--from="):
        origin = made[words[0].partition("=")[2]]
        [source] = words[1:-1]
        subprocess.run(["cp", "-a", origin / source.lstrip("/"), target], check=True)
        return
    visible = let_in((ROOT / ".dockerignore").read_text(), files_of(ROOT))
    [source] = words[:-1]
    wanted = [path for path in visible if source in (".", path)]
    assert wanted, f"COPY {source} copies nothing"
    for path in wanted:
        copied = target / path
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, copied)


def _usual() -> dict[str, str]:
    """What of this machine's environment leads to package indexes."""
    names = ("PIP_", "SSL_", "REQUESTS_", "CURL_", "HTTP", "http", "NO_PROXY", "no_proxy")
    known = {name: value for name, value in os.environ.items() if name.startswith(names)}
    return {"DEBIAN_FRONTEND": "noninteractive", "HOME": "/root", **known}


@contextmanager
def _configured(root: Path) -> Iterator[None]:
    lent = []
    for name in HOST_CONFIGURATION:
        if (source := Path("/") / name).exists() and not (root / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, root / name)
            lent.append(root / name)
    yield
    for each in lent:
        each.unlink()


def entered(
    root: Path,
    command: Sequence[str],
    *,
    user: str = "root",
    volume: Path | None = None,
    place: str = "/",
) -> list[str]:
    """The command that runs another one there; what it starts ends with it."""
    script = f'set -e; {MOUNTS}; exec chroot --userspec="$1" "$2" /usr/bin/env -C "$3" "${{@:4}}"'
    return [
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", script, "bash"),
        *(str(root), str(volume or "")),
        *(user, str(root), place, *command),
    ]


@contextmanager
def container(image: Path) -> Iterator[Path]:
    """A root whose changes are gone at the end."""
    with tempfile.TemporaryDirectory(prefix="parley-container-") as folder:
        upper, work, merged = (Path(folder, name) for name in ("upper", "work", "merged"))
        for each in (upper, work, merged):
            each.mkdir()
        options = f"lowerdir={image},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, merged], check=True)
        try:
            yield merged
        finally:
            subprocess.run(["umount", merged], check=True)
