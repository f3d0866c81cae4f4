"""The commit of a folder, whatever git has made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.commit import commit

SHA = "0123456789abcdef0123456789abcdef01234567"
FIRST = SHA[:12]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "files",
    [
        {".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": f"{SHA}\n"},
        {".git/HEAD": f"{SHA}\n"},
        {".git/HEAD": "ref: refs/heads/a/b\n", ".git/packed-refs": f"# x\n{SHA} refs/heads/a/b\n"},
        {
            ".git": "gitdir: main/.git/worktrees/here\n",
            "main/.git/worktrees/here/HEAD": "ref: refs/heads/here\n",
            "main/.git/worktrees/here/commondir": "../..\n",
            "main/.git/refs/heads/here": SHA,
        },
    ],
    ids=["branch", "detached", "packed", "work tree"],
)
def test_it_is_found(files: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, files)
    assert commit(tmp_path) == FIRST


@pytest.mark.parametrize(
    "files",
    [
        {},
        {".git/HEAD": "ref: refs/heads/none\n"},
        {".git/HEAD": "ref: refs/heads/none\n", ".git/packed-refs": f"{SHA} refs/heads/main\n"},
        {".git": "what is this"},
    ],
)
def test_where_there_is_none_nothing_is_said(files: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, files)
    assert commit(tmp_path) == ""
