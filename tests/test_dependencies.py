"""What is imported is declared, and what is declared is locked: all of it, with hashes."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_layers import APPLICATION, ROOT, TESTS, distributions, imports, parsed

_PIN = re.compile(r"(?P<name>[\w.-]+)(?:\[[\w,-]+\])?==(?P<version>[^\s;]+)(?: ;[^\\]*)? \\\n")
_HASHES = re.compile(r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+")
_HEAD = re.compile(r"(?:#.*\n)+")


def declared() -> tuple[list[str], list[str], list[str]]:
    """Of ``pyproject.toml``: what the application needs, what working on it needs besides, and
    what all that is installed with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    return project["project"]["dependencies"], groups["development"], groups["installer"]


RUNTIME, DEVELOPMENT, INSTALLER = declared()
LOCKS = {
    "requirements.txt": RUNTIME,
    "requirements-dev.txt": [*RUNTIME, *DEVELOPMENT],
    "requirements-pip.txt": INSTALLER,
}


def locked(text: str) -> dict[str, str]:
    """The versions in a compiled file, which has nothing but pins and their hashes."""
    found = {}
    head = _HEAD.match(text)
    place = head.end() if head else 0
    while place < len(text):
        pin = _PIN.match(text, place)
        hashes = pin and _HASHES.match(text, pin.end())
        assert pin, f"no pin: {text[place : place + 80]!r}"
        assert hashes, f"{pin['name']} has no hashes"
        found[canonicalize_name(pin["name"])] = pin["version"]
        place = hashes.end()
    return found


def unlocked(wanted: Iterable[str], pins: Mapping[str, str]) -> Iterator[str]:
    """What a compiled file does not have as it is declared."""
    for requirement in map(Requirement, wanted):
        version = pins.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            yield f"{requirement} is locked as {version}; run make lock"


def undeclared(tree: ast.AST, names: Iterable[str]) -> Iterator[str]:
    """Distributions that a file imports and that are not named directly."""
    known = {canonicalize_name(Requirement(name).name) for name in names}
    for package in {name.partition(".")[0] for name in imports(tree)}:
        found = {canonicalize_name(one) for one in distributions().get(package, ())}
        if found and not found & known:
            yield f"imports {package} of {', '.join(sorted(found))}"


@pytest.mark.parametrize("name", LOCKS)
def test_all_that_is_declared_is_locked(name: str) -> None:
    assert list(unlocked(LOCKS[name], locked((ROOT / name).read_text(encoding="utf-8")))) == []


def test_tests_run_with_what_the_application_runs_with() -> None:
    runtime, development, _ = (locked((ROOT / name).read_text(encoding="utf-8")) for name in LOCKS)
    assert runtime.items() <= development.items()


@pytest.mark.parametrize(
    ("paths", "names"),
    [(APPLICATION, RUNTIME), (TESTS, LOCKS["requirements-dev.txt"])],
    ids=["application", "tests"],
)
def test_all_that_is_imported_is_declared(paths: list[str], names: list[str]) -> None:
    assert [f"{path} {one}" for path in paths for one in undeclared(parsed(path), names)] == []


HASH = f"    --hash=sha256:{'0' * 64}\n"


def test_what_does_not_fit_is_found() -> None:
    pins = locked(f"# head\nA_b[c]==1.2 ; sys_platform == 'x' \\\n{HASH}")
    assert pins == {"a-b": "1.2"}
    assert list(unlocked(["a.b[c]==1.2", "A-B>=1"], pins)) == []
    assert list(unlocked(["a-b==1.3", "c"], pins)) == [
        "a-b==1.3 is locked as 1.2; run make lock",
        "c is locked as None; run make lock",
    ]
    inside = ast.parse("def f():\n    import yaml.nodes")
    assert list(undeclared(inside, ["pytest"])) == ["imports yaml of pyyaml"]
    fine = ast.parse("import os, chat.config\nfrom yaml import x")
    assert list(undeclared(fine, ["PyYAML==6"])) == []


@pytest.mark.parametrize(
    "text",
    [
        "a==1\n",
        "a==1 \\\nb==1 \\\n" + HASH,
        f"a>=1 \\\n{HASH}",
        f"--index-url https://x.example\na==1 \\\n{HASH}",
        f"a @ file:///tmp/a.whl \\\n{HASH}",
    ],
)
def test_a_file_with_anything_but_pins_and_hashes_is_refused(text: str) -> None:
    with pytest.raises(AssertionError, match=r"no pin|no hashes"):
        locked(text)
