"""Nothing is written that no trial carries out, and each setting stands in the README."""

from __future__ import annotations

import re
import subprocess
from collections import Counter

import pytest

from chat.config import VARIABLES, load
from tests.docs import test_api, test_hosts, test_modules, test_set_up
from tests.docs.written import CLAIMED, pages, spans, written
from tests.processes import ROOT

TRIALS = (test_api, test_hosts, test_modules, test_set_up)
ELSEWHERE = {
    ("README.md", "nginx"): "tests/browser/hosted/proxies.py",
    ("README.md", "caddyfile"): "tests/browser/hosted/proxies.py",
    ("docs/operate.md", "yaml"): "tests/docs/test_alerts.py",
}
DRAWINGS = {"docs/format.md": ""}
"""An outline with gaps, in no language: nobody is to type it."""
SETTING = re.compile(r"`((?:PARLEY|OPENAI)_[A-Z_]+)`")
LIMIT = re.compile(r"`([A-Z_]+(?:_PER_HOUR|_PER_DAY|_AT_ONCE))`")


def test_all_of_it_is_carried_out_once() -> None:
    assert all(module.__file__ for module in TRIALS)
    elsewhere = [
        one
        for one in written()
        if (one.page, one.language) in ELSEWHERE or DRAWINGS.get(one.page) == one.language
    ]
    wanted = Counter(one for one in written() if one not in elsewhere)
    assert wanted - CLAIMED == Counter(), "no trial carries these out"
    assert CLAIMED - wanted == Counter(), "these are carried out twice"


def test_what_is_carried_out_elsewhere_is_read_from_the_page() -> None:
    there = {(one.page, one.language) for one in written()}
    for (page, language), path in ELSEWHERE.items():
        assert (page, language) in there
        text = (ROOT / path).read_text()
        assert page.rpartition("/")[2] in text
        assert re.search(rf'written\("{language}"\)|```{language}', text)


@pytest.mark.process
def test_targets_in_the_text_are_there() -> None:
    found = sorted({one for one in spans() if one.startswith("make ")})
    assert len(found) > 5
    for one in found:
        subprocess.run([*one.split(), "-n"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def test_settings_with_values_in_the_text_are_accepted() -> None:
    said = [one.partition("=") for one in spans() if re.match(r"PARLEY_[A-Z_]+=\w", one)]
    assert len(said) > 3
    for name, _, value in said:
        load(environment={name: value}, secrets=ROOT / "none")


def test_each_setting_stands_in_the_readme_and_no_other() -> None:
    """By its whole name, or as one of the beginnings with one of the ends of its table."""
    page = pages()["README.md"]
    said = set(SETTING.findall(page))
    beginnings = {one for one in said if one.endswith("_")}
    composed = {first + last for first in beginnings for last in LIMIT.findall(page)}
    assert (said - beginnings) | composed == VARIABLES.keys()
