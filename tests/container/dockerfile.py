"""What is written in a Dockerfile, as far as Parley's uses it; anything else is an error."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

INSTRUCTIONS = {"RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}


@dataclass
class Stage:
    """From one FROM to the next; ``steps`` are instructions with what follows them."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def of(self, instruction: str) -> list[str]:
        """What follows each instruction of that name."""
        return [value for name, value in self.steps if name == instruction]

    def environment(self) -> dict[str, str]:
        """What ENV sets, besides a container's usual PATH."""
        known = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        for value in self.of("ENV"):
            for one in shlex.split(value):
                name, _, text = one.partition("=")
                known[name] = re.sub(r"\$(\w+)", lambda found: known[found[1]], text)
        return known

    def command(self) -> list[str]:
        """What runs."""
        [value] = self.of("CMD")
        return words(value)

    def health(self) -> list[str]:
        """What tells whether it works."""
        [value] = self.of("HEALTHCHECK")
        return words(value.partition("CMD ")[2])


def words(value: str) -> list[str]:
    """Of an instruction in JSON."""
    found: list[str] = json.loads(value)
    return found


def read(text: str) -> list[Stage]:
    """Its stages."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    stages: list[Stage] = []
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if not line.strip():
            continue
        name, _, value = line.strip().partition(" ")
        if name == "FROM":
            base, _, called = value.partition(" AS ")
            stages.append(Stage(base, called))
        else:
            assert name in INSTRUCTIONS, line
            stages[-1].steps.append((name, " ".join(value.split())))
    return stages


def let_in(rules: str, paths: Iterable[str]) -> list[str]:
    """The files that a build gets to see: the last rule of a .dockerignore that fits counts."""
    read = [line.strip() for line in rules.splitlines()]
    asked = [line for line in read if line and not line.startswith("#")]

    def is_in(path: str) -> bool:
        found = True
        whole = PurePosixPath(path)
        above = [str(one) for one in (whole, *whole.parents)]
        for rule in asked:
            wanted = rule.removeprefix("!").removeprefix("**/")
            fits = above if "**/" not in rule else [*above, *whole.parts]
            if any(fnmatch.fnmatchcase(one, wanted) for one in fits if one != "."):
                found = rule.startswith("!")
        return found

    return [path for path in paths if is_in(path)]


def files_of(folder: Path) -> list[str]:
    """Below a folder, but for what no build is ever asked for: versions and environments."""
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = [one for one in folders if one not in (".git", ".venv")]
        found += [str(Path(root, name).relative_to(folder)) for name in names]
    return found
