"""What runs inside the page: it notes when something was done and when a text can be seen."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page

from tests.bench.seed import session_id

TIMEOUT_MS = 60_000
# The second of each is what an earlier checkout has.
COMPOSER = 'textarea[aria-label="Message"], [data-testid="stChatInput"] textarea'
ROW = "[role=option].st-key-open-{0}, .st-key-open-{0} button:visible"

# Date.now() for comparing with other processes' clocks, performance.now() for spans in the page.
SCRIPT = """
window.bench = { click: 0, enter: 0, seen: {} };
addEventListener("click", event => { bench.click = event.timeStamp }, true);
addEventListener("keydown", event => {
  if (event.key === "Enter") { bench.enter = event.timeStamp; bench.enterAt = Date.now() }
}, true);

// 0: not there, 1: drawn, but outside what can be seen, 2: in view.
bench.state = text => {
  const all = document.querySelectorAll('[data-testid="stChatMessage"]');
  for (let at = all.length - 1; at >= Math.max(0, all.length - 3); at--) {
    if (!all[at].textContent.includes(text)) continue;
    const walker = document.createTreeWalker(all[at], NodeFilter.SHOW_TEXT);
    let node, found;
    while ((node = walker.nextNode())) if (node.data.includes(text)) found = node;
    if (!found) return 0;
    const range = document.createRange();
    const start = found.data.lastIndexOf(text);
    range.setStart(found, start);
    range.setEnd(found, start + text.length);
    const box = range.getBoundingClientRect();
    if (!box.width) return 0;
    if (box.top < 0 || box.bottom > innerHeight) return 1;
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return top && all[at].contains(top) ? 2 : 1;
  }
  return 0;
};

bench.watch = text => {
  const noted = { };
  delete bench.seen[text];
  const look = () => {
    const state = bench.state(text);
    if (state) noted.drawn ??= performance.now();
    if (state) noted.drawnAt ??= Date.now();
    if (state < 2) return requestAnimationFrame(look);
    bench.seen[text] = { ...noted, now: performance.now(), at: Date.now() };
  };
  requestAnimationFrame(look);
};

// Also in what the page's own parts draw, each below a root of its own.
bench.all = selector => {
  const hosts = document.querySelectorAll('[data-testid="stBidiComponentIsolated"]');
  const roots = [document, ...[...hosts].map(host => host.shadowRoot).filter(Boolean)];
  return roots.flatMap(root => [...root.querySelectorAll(selector)]);
};

bench.rows = () => bench.all('[class*="st-key-open-"]').length;

bench.composer = () => {
  const [box] = bench.all('COMPOSER');
  return !!box && !box.disabled && box.getBoundingClientRect().height > 0;
};

// Nothing came for half a second; the stream of news never ends, so the network is never idle.
bench.still = () => {
  const came = performance.getEntriesByType("resource").map(one => one.responseEnd);
  const runs = !document.querySelector('[data-test-script-state="notRunning"]');
  return !runs && performance.now() - Math.max(0, ...came) > 500;
};

bench.load = () => {
  if (bench.composer() && bench.rows()) bench.usable = performance.now();
  else requestAnimationFrame(bench.load);
};
requestAnimationFrame(bench.load);
""".replace("COMPOSER", COMPOSER)


def watch(page: Page, *texts: str) -> None:
    """From now on look for them in the newest messages, at every frame."""
    for text in texts:
        page.evaluate("text => bench.watch(text)", text)


def watched(page: Page, text: str) -> None:
    """The same from the beginning of each page that is loaded from now on."""
    page.add_init_script(f"bench.watch({json.dumps(text)})")


def seen(page: Page, text: str, timeout: float = TIMEOUT_MS) -> dict[str, float]:
    """When a watched text was first in view: ``now`` and ``at`` in ms, page and wall clock.

    ``drawn`` and ``drawnAt`` are when it was first on the page, be it outside the view.
    """
    page.wait_for_function("text => bench.seen[text]", arg=text, timeout=timeout, polling=100)
    value: dict[str, float] = page.evaluate("text => bench.seen[text]", text)
    return value


def noted(page: Page, name: str) -> float:
    """The time in ms of the last ``click`` or ``enter`` (page clock) or ``enterAt`` (wall)."""
    value: float = page.evaluate("name => bench[name]", name)
    return value


def click_session(page: Page, number: int, text: str) -> float:
    """A real click on a session of the list until the text is in view, in ms."""
    watch(page, text)
    page.locator(ROW.format(session_id(number))).click()
    return seen(page, text)["now"] - noted(page, "click")


def send(page: Page, message: str) -> None:
    """Type at once, then a real Enter."""
    box = page.locator(COMPOSER)
    box.fill(message)
    box.press("Enter")


def settled(page: Page) -> None:
    """Wait until no script runs and the page is still."""
    idle: Any = "() => document.querySelector('[data-test-script-state=\"notRunning\"]')"
    page.wait_for_function(idle, timeout=TIMEOUT_MS)


def usable_after(page: Page) -> float:
    """From the beginning of the navigation until composer and list are there, in ms."""
    page.wait_for_function("() => bench.usable", timeout=TIMEOUT_MS, polling=100)
    value: float = page.evaluate("bench.usable")
    return value
