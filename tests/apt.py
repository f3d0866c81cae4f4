"""Packages of Debian that tests need."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


def install(*packages: str) -> None:
    """Where that can be done at all, as root on Debian; what is missing then, its user says."""
    if not packages or not _can():
        return
    print(f"Installing {', '.join(packages)} …")
    with _nothing_starts():
        _run("update")
        _run("install", "--yes", *packages)


def take_out(package: str, file: str, to: Path) -> None:
    """One file of a package, without installing it; where that can be done at all."""
    if not _can():
        return
    print(f"Fetching {package} …")
    with TemporaryDirectory() as folder:
        _run("update")
        # Else apt says that its own user may not write there.
        _run("-o", "APT::Sandbox::User=root", "download", package, within=folder)
        for found in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg-deb", "--extract", found, f"{folder}/all"], check=True)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(folder, "all", file), to)


def _can() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _run(*command: str, within: str | None = None) -> None:
    subprocess.run(
        ["apt-get", "-qq", *command],
        cwd=within,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def _nothing_starts() -> Iterator[None]:
    """Debian starts the servers that it installs, unless this says no."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    try:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        yield
    finally:
        policy.unlink(missing_ok=True)
