"""Which commit a process was started from, where its folder is a checkout; git is not asked."""

from contextlib import suppress
from pathlib import Path

from chat.setting_kinds import ROOT

DIGITS = 12


def commit(folder: Path = ROOT) -> str:
    """The first digits of its name; empty where that is not known."""
    git = folder / ".git"
    with suppress(OSError, ValueError):
        if git.is_file():  # of a further work tree
            git = folder / git.read_text("utf-8").partition("gitdir: ")[2].strip()
        head = (git / "HEAD").read_text("utf-8").strip()
        _, is_name, name = head.partition("ref: ")
        return (_named(git, name) if is_name else head)[:DIGITS]
    return ""


def _named(git: Path, name: str) -> str:
    """What a branch is at."""
    common = git
    with suppress(FileNotFoundError):
        common = git / (git / "commondir").read_text("utf-8").strip()
    with suppress(FileNotFoundError):
        return (common / name).read_text("utf-8").strip()
    packed = (common / "packed-refs").read_text("utf-8").splitlines()
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
