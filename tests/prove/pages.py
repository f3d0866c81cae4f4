"""That nobody is kept out: all pages and dialogs in all states, dark and light, wide and narrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.house import opened_house
from tests.browser.outsiders import illegible, too_wide, unnamed
from tests.prove.tour import WholeTour
from tests.scripted_model import ScriptedModel

WIDE = {"width": 1280, "height": 800}
NARROW = {"a phone": {"width": 390, "height": 844}, "twice as large": {"width": 640, "height": 400}}
SETTLED_MS = 300


@dataclass(frozen=True)
class Seen:
    """In which states something is wrong, and what."""

    states: int
    wrong: Mapping[str, list[str]]

    @property
    def holds(self) -> bool:
        """Whether nothing is."""
        return not self.wrong

    def __str__(self) -> str:
        lines = (f"\n  {state}: {one}" for state, all_ in self.wrong.items() for one in all_)
        return f"pages: {self.states} states, {len(self.wrong)} wrong{''.join(lines)}"


def run(browser: Browser, folder: Path, model: ScriptedModel) -> Seen:
    """Walk through all of them once, and look at each."""
    folder.mkdir()
    with opened_house(folder, model) as house:
        context = browser.new_context(viewport=WIDE, locale="en-US")  # type: ignore[arg-type]
        user = house.add("vera", role="admin")
        tour = WholeTour(house, model, house.login(context, "vera"), user)
        found = {state: _looked_at(tour.tab.page) for state in tour}
        context.close()
    return Seen(len(found), {state: wrong for state, wrong in found.items() if wrong})


def _looked_at(page: Page) -> list[str]:
    page.mouse.move(0, 0)  # what is pointed at has another colour
    wrong = [*unnamed(page), *illegible(page)]
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(SETTLED_MS)  # colours fade
    wrong += [f"dark: {one}" for one in illegible(page)]
    for name, size in NARROW.items():
        page.set_viewport_size(size)  # type: ignore[arg-type]
        wrong += [f"{name}: {one}" for one in too_wide(page)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.wait_for_timeout(SETTLED_MS)
    return wrong
