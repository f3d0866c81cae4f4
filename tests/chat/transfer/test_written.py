"""Chats as files for people: nothing in them is run, and nothing gets out of its place."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from chat.config import Settings
from chat.limits.spending import Limits
from chat.personas.book import PersonaBook
from chat.transfer import exports, written
from chat.transfer.exports import Exports, file_name
from chat.transfer.written import Told
from store import messages, sessions
from store.values import SessionKey
from tests.chat.conftest import PERSONAS
from tests.store.samples import ANN, chain, exchange, make, make_folder, opened

HOSTILE = [
    "<script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "![a](https://tracker.example/x.png)",
    "![a](data:image/svg+xml;base64,x)",
    "<img src=x onerror=alert(1)>",
    '</pre></article><iframe src="x">',
    "```html\n</code></pre><script>x</script>\n```",
    '[x]: https://a.example/"onmouseover="x\n\n[x]',
    "&lt;script&gt;",
    "> " * 500 + "deep",
    "\u202e\u2028\x0b",
]


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


@pytest.fixture
def told(sqlite_url: str) -> Told:
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            key = make(db, ANN, title="</title><script>x</script>")
            for text in HOSTILE:
                exchange(db, key, text, text)
        with database.reading() as db:
            found = sessions.get(db, SessionKey(ANN, key.session_id))
            shown = messages.window(db, key, leaf_id=found.active_leaf_id, limit=100)
    return Told(found, shown, 'Be "kind".\n"""', "gpt-5")


def test_a_page_runs_and_fetches_nothing(told: Told) -> None:
    text = "".join(written.page(told))
    seen = Seen()
    seen.feed(text)
    assert not seen.tags & {"script", "iframe", "img", "link", "object", "form"}
    assert not [name for name in seen.attributes if name.startswith("on")]
    assert not [at for at in seen.addresses if not at.startswith("https://")]
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_a_chat_of_any_length_is_written_whole(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No query names more messages than a database takes at once."""
    monkeypatch.setattr(exports, "AT_ONCE", 3)
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            make_folder(db, "shelf", system_prompt="Be brief.")
            key = make(db, ANN, title="Long", folder="shelf")
            chain(db, key, 10)
        book = PersonaBook(PERSONAS, database, Limits(Settings(), database), set())
        made = Exports(database, book, lambda: "")
        text, notebook = (
            b"".join(made.make(ANN, kind, [key.session_id]).pieces).decode()
            for kind in ("markdown", "ipynb")
        )
    assert "Be brief." in notebook
    assert [line for line in text.splitlines() if line.startswith("text")] == [
        f"text {at}" for at in range(1, 11)
    ]


def test_tables_and_code_are_drawn_and_long_texts_shown_as_they_are() -> None:
    assert "<td>1</td>" in written.drawn("|a|\n|-|\n|1|")
    assert '<code class="language-python">' in written.drawn("```python\nx\n```")
    assert written.drawn("<" * (written.DRAWN_MAX + 1)).startswith('<pre class="long">&lt;&lt;')


def test_a_notebook_is_one_that_runs(told: Told) -> None:
    found: dict[str, Any] = json.loads("".join(written.notebook(told)))
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in found["cells"]}) == len(found["cells"])
    code = "\n".join(cell["source"] for cell in found["cells"] if cell["cell_type"] == "code")
    tree = ast.parse(code)
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    asked = [call for call in called if ast.unparse(call.func).endswith("completions.create")]
    assert len(asked) == len(HOSTILE)
    kept = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert set(HOSTILE) <= kept
    assert {'Be "kind".\n"""', "gpt-5"} <= kept


def test_markdown_has_the_texts_as_they_are(told: Told) -> None:
    text = "".join(written.markdown(told))
    assert text.count("## You") == len(HOSTILE)
    assert all(one.rstrip() in text for one in HOSTILE)
    cut = replace(told, messages=[replace(told.messages[-1], status="stopped")])
    assert "*Stopped.*" in "".join(written.markdown(cut))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc passwd"),
        ('a"b\r\nSet-Cookie: x', "a b Set-Cookie x"),
        ("...", "chat"),
        ("", "chat"),
        ("日本語 ü", "日本語 ü"),
        ("x" * 500, "x" * 80),
        ("CON<>:|?*", "CON"),
    ],
)
def test_names_of_files_are_names(title: str, name: str) -> None:
    assert file_name(title) == name
