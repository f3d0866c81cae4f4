"""Who cannot see, point or turn on the light: what is wrong for them with what is on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
COLOURS = "color-contrast"
EXCUSED: Mapping[str, str] = {
    # A date without a day, as Streamlit draws it.
    "aria-required-attr": "[role='spinbutton']",
    # What Streamlit makes scroll: browsers let the keyboard to it.
    "scrollable-region-focusable": ".stCode pre, .stVerticalBlock[height]",
    # Streamlit's colours of code, and its one colour for buttons and for what is chosen.
    COLOURS: ".token, [data-testid='stButtonGroup'] [kind$='Active'], [aria-checked='true'],"
    " [aria-hidden='true'], [disabled], [data-testid='stHeader']",
}
"""Rules that elements of Streamlit break, and which elements these are."""
FIND = """async ([tags, excused, only, without]) => {
  const place = [...document.querySelectorAll('[role="dialog"], [role="menu"]')].pop() ?? document
  const rules = Object.fromEntries(without.map((id) => [id, { enabled: false }]))
  const runOnly = only ? { type: "rule", values: [only] } : { type: "tag", values: tags }
  const options = { runOnly, resultTypes: ["violations"], elementRef: true }
  const { violations } = await axe.run(place, only ? options : { ...options, rules })
  return violations.flatMap(({ id, nodes }) => nodes
    .filter(({ element }) => !excused[id] || !element?.closest(excused[id]))
    .map(({ target, html }) => `${id}: ${target.flat().join(" ")} ${html.slice(0, 200)}`))
}"""
TOO_WIDE = """async () => {
  const places = '[data-testid="stMain"], [role="dialog"]'
  for (let look = 0; ; look++) {  // tables and charts take the room they have a moment later
    const wide = [document.documentElement, ...document.querySelectorAll(places)]
      .filter((it) => it.scrollWidth - it.clientWidth > 1)
    if (!wide.length || look > 50) return wide.map((it) => `too wide: ${it.className}`)
    await new Promise((done) => setTimeout(done, 50))
  }
}"""


def unnamed(page: Page) -> list[str]:
    """What axe finds in the dialog or menu that is open, else on the page; not of its colours."""
    return _found(page, "", [COLOURS])


def illegible(page: Page) -> list[str]:
    """What has not enough contrast there."""
    return _found(page, COLOURS, [])


def too_wide(page: Page) -> list[str]:
    """What the screen has no room for."""
    wide: list[str] = page.evaluate(TOO_WIDE)
    return wide


def _found(page: Page, only: str, without: list[str]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    wrong: list[str] = page.evaluate(FIND, [TAGS, EXCUSED, only, without])
    return wrong
