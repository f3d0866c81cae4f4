"""A walk through the pages of Parley, in one tab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import expect

from store import folders, marks, sessions
from store.folders import NewFolder
from store.types import utc_now
from store.values import SessionKey, User
from tests.browser.house import House, Visitor
from tests.scripted_model import ScriptedModel
from tests.store.samples import answered_again, end, exchange, make

LONG = "Donaudampfschifffahrtsgesellschaft" * 5
PAGES = {
    "Bookmarks": "Garden",
    "Usage": "Times are medians",
    "Manage sessions": "4 chats",
    "Admin": "Everybody's API tokens",
    "Settings": "Shared chats",
}


@dataclass
class Tour:
    """Somebody on all pages; each step of a walk stops in a state and says which."""

    house: House
    model: ScriptedModel
    tab: Visitor
    user: User

    def brief(self) -> Iterator[str]:
        """Each page once, and the dialogs with most in them."""
        tab, whole = self.tab, self.fill()
        tab.row(whole.session_id).click()
        tab.act_on(whole.session_id, "Details")
        expect(tab.dialog.get_by_role("textbox", name="Metadata")).to_be_visible()
        yield "Details"
        self.close()
        tab.act_on(whole.session_id, "Share")
        expect(tab.key("share-create")).to_be_visible()
        yield "Share"
        self.close()
        for page, text in PAGES.items():
            self.to(page)
            self.shows(text)
            yield page
        tab.page.get_by_role("main").get_by_role("link", name="Import chats").click()
        expect(tab.page.get_by_label("File of chats")).to_be_visible()
        yield "import"
        box = tab.key("search-chats").get_by_role("searchbox")
        box.fill("roses")
        box.press("Enter")
        self.shows("places found.")
        yield "search"

    def to(self, page: str) -> None:
        """Another page, by its link."""
        self.tab.sidebar.get_by_role("link", name=page).click()
        expect(self.tab.page.get_by_role("heading", name=page, exact=True)).to_be_visible()
        expect(self.tab.page).to_have_title(re.compile(f"^(● )?{page} · Parley$"))

    def shows(self, text: str) -> None:
        """Wait for a text."""
        expect(self.tab.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def close(self) -> None:
        """The dialog that is open."""
        self.tab.page.keyboard.press("Escape")
        expect(self.tab.dialog).to_have_count(0)

    def fill(self) -> SessionKey:
        """Chats of each kind, in folders and with tags; one has a bit of everything."""
        with self.house.database.transaction() as db:
            for name, parent in (("Work", None), ("Inner", "Work"), (LONG[:64], None)):
                new = NewFolder(name, parent, "red", "Be brief." if parent else "")
                folders.create(db, user_id=self.user.id, new=new, folder_id=name[:20])
            whole = make(
                db, self.user.id, title="Garden", folder="Inner", tags=["spring", LONG[:40]]
            )
            exchange(db, whole, "Which roses?", "| Rose | Height |\n|---|---|\n| Ann | 1 m |")
            exchange(db, whole, "And **tulips**?", "`Tulips` bloom in [May](https://a.invalid).")
            end(db, whole, answered_again(db, whole, message_id=4).id, "Tulips bloom in April.")
            marks.mark(db, whole, message_id=2, bookmarked=True)
            sessions.change(db, whole, description="Soon", metadata={"ticket": 7}, pinned=True)
            for title in (LONG, "שלום עולם " * 12, "🎉" * 80):
                place = make(db, self.user.id, title=title)
                exchange(db, place, f"About {title} roses", "word " * 30)
            sessions.change(db, place, expires_at=utc_now() + timedelta(3), is_active=False)
            sessions.trash(db, make(db, self.user.id, title="In the trash"))
        self.tab.page.keyboard.press("Control+j")
        expect(self.tab.titles()).to_have_count(4)
        return whole
