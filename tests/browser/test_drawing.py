"""Hostile and ordinary texts, as Chromium draws them: nothing is loaded, nothing is replaced."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.other_hosts import OtherHosts

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("drawing_script.py")
FRAGMENTS = ["`", "``", "```", "~~~", "$", "$$", "\\(", "\\[", "\\]", "\\", "<", ">", "</a>"]
FRAGMENTS += ["<!--", '<a t="', '"', "](", ")", "[x]", "[r]", "|", ":", ":::", "-", "+", "1."]
FRAGMENTS += ["#", "{"]
HOSTILE = {
    "inline": "![a](REMOTE/1) text ![](REMOTE/2) \\\\![b](REMOTE/3)",
    "reference": "![a][r] ![r] ![R][]\n\n[r]: REMOTE/4",
    "nested": "[![a](REMOTE/5)](REMOTE/6) ![![b](REMOTE/7)](REMOTE/8)",
    "html": "<b>bold</b> <img src='REMOTE/9'> <script>document.title = 'hit'</script>",
    "html-block": "<div>\n<img src='REMOTE/10'>\n![a](REMOTE/11)\n</div>",
    "table": "| a | b |\n|---|---|\n| `x | ![a](REMOTE/12)` |",
    "lazy": "- ```\n![a](REMOTE/13)\n```",
    "target": "[x](`b) ![a](REMOTE/14) `",
    "address": "https://a.invalid/`x ![a](REMOTE/15) `",
    "attribute": '<a title="`">![a](REMOTE/16) `',
    "formula": "$a`b$ ![a](REMOTE/17) `",
    "escaped": "[y](\\![a](REMOTE/23)",
    "katex": "$\\includegraphics{REMOTE/18} \\href{javascript:1}{x}$",
    "indented": "    ![a](REMOTE/19)",
    "links": "[x](javascript:1) [y](JaVaScript:1) [z](&#106;avascript:1) <javascript:1>",
    "image-shape": '```mermaid\nflowchart TD\nA@{ img: "REMOTE/20", label: "x", h: 60 }\n```',
    "style": "```mermaid\ngraph TD\nA-->B\nstyle A fill:url(REMOTE/21)\n```",
    "label": "```mermaid\ngraph TD\nA[\"<img src='REMOTE/22'>\"]-->B\n```",
    "click": '```mermaid\ngraph TD\nA-->B\nclick A href "javascript:1"\n```',
}
ORDINARY = {
    "signs": "a -> b <-> c -- d >= e <= f ~= g",
    "names": ":tada: \\:+1: :red[x] :small y:help :streamlit: :material/home: ::a[b] 12:30[c]",
    "boxes": ":::box\ninside\n:::",
    "prices": "$5 and $10 and $x^2$ and \\(y\\)",
    "display": "\\[\nz\n\\]",
    "code": "```python\nx -> y :tada: ![a](b) $c$\n```\n\n`:red[x] -> $`",
    "diagram": "```mermaid\ngraph TD\nA-->B\n```",
    "cells": "| a | b |\n|:-:|---|\n| 1 | 2 |",
    "items": "1. one\n2. two\n   - three",
    "rtl": "שלום 🎉 <b>",
}


class Remote(ThreadingHTTPServer):
    """The host that nothing may be asked of; it keeps what was."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Remote

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


def random_texts(remote: str) -> Iterator[str]:
    """Images between marks that open and close code; seeded, so that a failure comes again."""
    dice = random.Random(7)
    pieces = [*FRAGMENTS, *["\n"] * 6, "\n\n", "\n  ", "\n    ", "a", " ", f"![a]({remote}/r)"]
    for _ in range(400):
        chosen = [dice.choice(pieces) for _ in range(dice.randint(4, 14))]
        place = dice.randrange(len(chosen))
        yield "x" + dice.choice(["", " "]).join([*chosen[:place], pieces[-1], *chosen[place:]])


@pytest.fixture(scope="module")
def remote() -> Iterator[Remote]:
    server = Remote()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def address(remote: Remote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    texts = {key: text.replace("REMOTE", remote.url) for key, text in HOSTILE.items()} | ORDINARY
    texts |= {f"random-{at}": text for at, text in enumerate(random_texts(remote.url))}
    path = tmp_path_factory.mktemp("drawing") / "texts.json"
    path.write_text(json.dumps(texts), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.headless=true", "--server.fileWatcherType=none"]
    options += ["--browser.gatherUsageStats=false", "--server.address=127.0.0.1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(SCRIPT), f"--server.port={port}", *options],
        env={**os.environ, "PYTHONPATH": str(ROOT), "DRAWING_TEXTS": str(path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    for _ in range(600):
        assert process.poll() is None, "streamlit ended"
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except URLError:
            pause.wait(0.05)
        else:
            return
    raise AssertionError("streamlit did not start")


@pytest.fixture(scope="module")
def drawn(browser: Browser, address: str) -> Iterator[Page]:
    """The page, with everything on it drawn."""
    page = browser.new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(address)
    expect(page.get_by_text("The end")).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=30_000)
    expect(page.get_by_label("Loading mermaid diagram")).to_have_count(0, timeout=30_000)
    yield page
    page.close()


def text_of(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key}").get_by_test_id("stMarkdownContainer")


def test_nothing_is_asked_of_another_host(drawn: Page, remote: Remote) -> None:
    drawn.wait_for_load_state("networkidle")
    assert drawn.locator(f"img[src^='{remote.url}']").count() == 0
    assert remote.asked == []
    assert drawn.title() != "hit"


def test_the_other_host_would_have_been_asked(browser: Browser, remote: Remote) -> None:
    page = browser.new_page()
    page.set_content(f"<img src='{remote.url}/control'>")
    page.wait_for_load_state("networkidle")
    page.close()
    assert remote.asked.pop() == "/control"


def test_another_computer_would_have_been_noticed(
    browser: Browser, other_hosts: OtherHosts
) -> None:
    """In each test that has a page of its own."""
    page = browser.new_page()
    page.set_content("<img src='http://picture.invalid/x'><img src='https://203.0.113.7/x'>")
    page.close()
    assert sorted(other_hosts.asked) == [
        "CONNECT 203.0.113.7:443 HTTP/1.1",
        "GET http://picture.invalid/x HTTP/1.1",
    ]


def test_html_is_text(drawn: Page) -> None:
    expect(text_of(drawn, "html")).to_contain_text("<b>bold</b>")
    expect(text_of(drawn, "html")).to_contain_text("<script>document.title = 'hit'</script>")
    expect(text_of(drawn, "html-block")).to_contain_text("</div>")


def test_images_are_links(drawn: Page, remote: Remote) -> None:
    expect(text_of(drawn, "inline").locator("a").first).to_have_attribute("href", f"{remote.url}/1")


def test_no_link_runs_anything(drawn: Page) -> None:
    assert drawn.locator("a[href^='javascript' i]").count() == 0


def test_diagrams_that_fetch_are_shown_as_code(drawn: Page) -> None:
    for key in ("image-shape", "style"):
        expect(drawn.locator(f".st-key-{key}").get_by_test_id("stCode")).to_be_visible()


@pytest.mark.parametrize("key", ["diagram", "label", "click"])
def test_other_diagrams_are_pictures_only(drawn: Page, key: str) -> None:
    picture = drawn.locator(f".st-key-{key}").get_by_test_id("stMermaidChart").locator("img")
    expect(picture).to_have_attribute("src", r := picture.get_attribute("src") or "")
    assert r.startswith("blob:")


@pytest.mark.parametrize("key", ["signs", "names", "rtl"])
def test_text_stays_as_written(drawn: Page, key: str) -> None:
    expect(text_of(drawn, key)).to_have_text(ORDINARY[key].replace("\\", ""))


def test_boxes_are_text(drawn: Page) -> None:
    expect(text_of(drawn, "boxes")).to_have_text(":::box inside :::")


def test_prices_and_formulas(drawn: Page) -> None:
    expect(text_of(drawn, "prices")).to_contain_text("$5 and $10 and ")
    expect(text_of(drawn, "prices").locator(".katex")).to_have_count(2)
    expect(text_of(drawn, "display").locator(".katex-display")).to_have_count(1)


def test_code_stays_as_written(drawn: Page) -> None:
    code = text_of(drawn, "code")
    expect(code.locator("pre")).to_have_text("x -> y :tada: ![a](b) $c$")
    expect(code.locator("p code")).to_have_text(":red[x] -> $")
    expect(text_of(drawn, "indented").locator("pre")).to_contain_text("![a](")


def test_tables_and_lists(drawn: Page) -> None:
    expect(text_of(drawn, "cells").locator("td")).to_have_text(["1", "2"])
    expect(text_of(drawn, "items").locator("li")).to_have_count(3)


@pytest.mark.parametrize("name", ["My [odd] *title*", "$x$ :red[y] `z`"])
def test_icon_buttons_are_called_by_their_name(drawn: Page, name: str) -> None:
    expect(drawn.get_by_role("button", name=f"Actions for {name}", exact=True)).to_have_count(1)


@pytest.mark.parametrize("native", [True, False])
def test_copying(drawn: Page, native: bool) -> None:
    drawn.evaluate("navigator.clipboard.writeText('')")
    drawn.evaluate("window.clip = navigator.clipboard")
    if not native:
        drawn.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    button = drawn.get_by_role("button", name="Copy answer")
    button.click()
    expect(button).to_have_class("copied")
    assert drawn.evaluate("window.clip.readText()") == "hällo **x** `y`\n</script>"
    assert 28 <= (button.bounding_box() or {"height": 0})["height"] <= 32
    expect(button).not_to_have_class("copied")
    expect(drawn.get_by_text("Run 1", exact=True)).to_be_visible()
