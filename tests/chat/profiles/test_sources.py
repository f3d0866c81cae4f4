"""Sources: each is one file and one line, and all else follows from them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chat import runtime
from chat.config import Settings
from chat.errors import ConfigurationError
from chat.profiles import choice
from chat.profiles.sources import SOURCES
from tests.processes import ROOT

NEWS = r"""
from chat.profiles.source import Account
from chat.profiles.handles import normalized
from chat.profiles.source import SourceKind

async def fetch(means, handle, limit):
    return Account("newsgroup", handle)

SOURCE = SourceKind(
    name="newsgroup",
    title="Newsgroup",
    place="a newsgroup",
    hint="alt.name",
    fetch=fetch,
    handle=normalized,
    mark="#",
    aliases=("usenet",),
    pages=(r"https://news\.example/(\w+)",),
    own=r"alt\..*",
    takes_plain=True,
    has_key=lambda settings: settings.model == "news",
)
"""
ASK = """
import asyncio, json
from chat.api.bodies import ProfileBody
from chat.config import Settings
from chat.errors import ConfigurationError
from chat.profiles.analysis import analyze
from chat.profiles.choice import check, choose, shown
from chat.profiles.source import Means
from chat.profiles.summary import summarized
from chat.tools import builtin
from chat.ui.profiles import card, form
from chat.work.pool import Pool

settings = Settings(profile_source="newsgroup")
check(settings)
lines = []
pool = Pool()
means = Means(settings, None, pool, __import__("store.types").types.utc_now)
result = asyncio.run(analyze(
    "newsgroup", "a", means=means, ask=None, model="", offline=True, status=lines.append))
pool.close()
try:
    check(Settings(profile_source="myspace"))
except ConfigurationError as error:
    refused = str(error)
print(json.dumps({
    "refused": refused,
    "chosen": [choose("a", "", settings), choose("b", "", Settings(model="news")),
               choose("https://news.example/c", "", Settings()), choose("d", "Usenet", Settings()),
               choose("alt.e", "", Settings())],
    "shown": shown("a", "newsgroup"),
    "status": lines[0],
    "prompt": summarized(result, 100),
    "card": card.title_of("newsgroup"),
    "form": form.CHOICES["newsgroup"],
    "tool": builtin()["analyze_profile"].parameters["properties"]["source"]["description"],
    "body": ProfileBody(handle="a", source="newsgroup").source,
    "enum": ProfileBody.model_json_schema()["properties"]["source"]["enum"],
}))
"""


@pytest.mark.process
def test_a_new_source_is_one_file_and_one_line(tmp_path: Path) -> None:
    for name in ("chat", "store"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    folder = tmp_path / "chat" / "profiles" / "sources"
    (folder / "newsgroup.py").write_text(NEWS)
    listed = (folder / "__init__.py").read_text()
    (folder / "__init__.py").write_text(listed.replace('"bluesky"', '"newsgroup", "bluesky"'))
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["chosen"] == [["newsgroup", name] for name in ("a", "b", "c", "d", "alt.e")]
    assert found["shown"] == "#a"
    assert found["status"] == "Fetching #a from a newsgroup…"
    assert found["prompt"].startswith("#a on a newsgroup: 0 posts read")
    assert (found["card"], found["form"]) == ("Newsgroup", ["Newsgroup", "alt.name"])
    assert found["tool"].startswith("newsgroup, bluesky, mastodon, x, feed or file;")
    assert found["refused"] == "PARLEY_PROFILE_SOURCE must be newsgroup, bluesky, mastodon or x."
    assert found["body"] == "newsgroup"
    assert found["enum"] == ["", "newsgroup", "bluesky", "mastodon", "x", "feed", "file"]


def test_every_source_can_be_told_from_the_others() -> None:
    names = [name for kind in SOURCES for name in (kind.name, *kind.aliases)]
    assert len(set(names)) == len(names)
    for kind in SOURCES:
        assert choice.named(kind.name.upper()) is kind
        assert len(kind.name) <= 32  # what the store takes
        assert (choice.title_of(kind.name), choice.place_of(kind.name)) == (kind.title, kind.place)
        for pattern in (*kind.pages, kind.own):
            re.compile(pattern)
        assert all(re.compile(page).groups == 1 for page in kind.pages)
    for handle in ("a@b.social", "a.bsky.social", "https://example.com/@a", "a@127.0.0.1:80"):
        assert len([one for one in SOURCES if one.own and re.fullmatch(one.own, handle)]) == 1
    assert choice.PLAIN


def test_a_source_that_is_no_more_is_called_as_it_was_stored() -> None:
    assert choice.place_of("myspace") == choice.title_of("myspace") == "myspace"
    assert choice.shown("tom", "myspace") == "@tom"


@pytest.mark.parametrize("name", ["myspace", "feed", "file", "X", "twitter"])
def test_the_setting_names_a_source_of_plain_handles(new_sqlite_url: str, name: str) -> None:
    settings = Settings(database_url=new_sqlite_url, find_local_servers=False)
    wrong = settings.model_copy(update={"profile_source": name})
    with pytest.raises(ConfigurationError) as refused:
        runtime.start(wrong)
    assert str(refused.value) == "PARLEY_PROFILE_SOURCE must be bluesky, mastodon or x."
    assert not Path(settings.database_url.removeprefix("sqlite:///")).exists()
    for good in ("", "bluesky", "mastodon", "x"):
        choice.check(settings.model_copy(update={"profile_source": good}))
