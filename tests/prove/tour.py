"""A walk through all pages and dialogs of Parley, in each of their states."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from playwright.sync_api import expect

from chat.people.hashing import hashed, password_hash
from store import shares
from store.share_values import NewShare
from store.types import utc_now
from store.values import SessionKey
from tests.browser.chat_tab import gated, words
from tests.browser.tour import Tour

TABLE = "conversation_id,role,content\nc,user,Hello\nc,assistant,Hi\nc,nobody,Ho\n"
MENU = ("Rename", "Move", "Tags", "Export", "Details", "Clear", "Delete")
ABOUT_MESSAGES = {
    "Details": "What was sent",
    "Ask again with…": "The answer becomes another version",
    "Compare versions": "Version 2 of 2",
}


class WholeTour(Tour):
    """Everything that there is to see; each step stops in a state and says which."""

    def __iter__(self) -> Iterator[str]:
        yield from self.empty_pages()
        whole = self.fill()
        yield from self.the_list()
        yield from self.dialogs(whole)
        yield from self.messages(whole)
        yield from self.answers()
        yield from self.searching()
        yield from self.tables()
        yield from self.importing()
        yield from self.own_pages()
        yield from self.shared(whole)

    def empty_pages(self) -> Iterator[str]:
        """Of somebody who has nothing yet."""
        tab = self.tab
        self.shows("What would you like to talk about?")
        yield "new chat"
        tab.click("new-chat-options")
        expect(tab.dialog.get_by_label("Display name")).to_be_visible()
        yield "new chat options"
        self.close()
        for page, text in (
            ("Bookmarks", "No bookmarks yet."),
            ("Usage", "Nothing was used"),
            ("Manage sessions", "No chats yet."),
        ):
            self.to(page)
            self.shows(text)
            yield f"{page}, empty"

    def the_list(self) -> Iterator[str]:
        """The sidebar, with what opens in it."""
        tab = self.tab
        tab.page.locator("summary", has_text="Folders").click()
        expect(tab.key("folder-Inner")).to_be_visible()
        yield "folders"
        tab.page.locator("summary", has_text="Folders").click()
        tab.click("filters")
        expect(tab.page.get_by_role("combobox", name="Tag")).to_be_visible()
        yield "filters of the list"
        tab.page.keyboard.press("Escape")

    def dialogs(self, whole: SessionKey) -> Iterator[str]:
        """What a chat's menu opens."""
        tab = self.tab
        tab.row(whole.session_id).click()
        tab.reads("Tulips bloom in April.")
        for name in MENU:
            tab.act_on(whole.session_id, name)
            expect(tab.dialog.get_by_role("button").nth(1)).to_be_visible()
            if name == "Move":
                tab.dialog.get_by_role("combobox").click()
                tab.page.get_by_role("option", name="New folder…").click()
                expect(tab.dialog.get_by_label("Name of the new folder")).to_be_visible()
            yield name
            self.close()
        tab.act_on(whole.session_id, "Share")
        tab.click("share-create")
        expect(tab.key("share-link").locator("code")).to_contain_text("/share/")
        yield "Share"
        self.close()
        tab.page.locator("summary", has_text="Folders").click()
        tab.page.get_by_role("button", name="Edit folder Inner").click()
        expect(tab.dialog.get_by_label("System prompt")).to_be_visible()
        yield "Folder"
        tab.dialog.get_by_role("button", name="Delete folder…").click()
        expect(tab.dialog).to_contain_text("What is in it is kept")
        yield "Delete folder"
        self.close()
        tab.page.locator("summary", has_text="Folders").click()

    def messages(self, whole: SessionKey) -> Iterator[str]:
        """What can be done with messages, and what is known of them."""
        tab = self.tab
        tab.answers.last.get_by_role("button", name="Message actions").click()
        expect(tab.page.get_by_role("menu")).to_be_visible()
        yield "message actions"
        tab.page.keyboard.press("Escape")
        for name, text in ABOUT_MESSAGES.items():
            tab.act(tab.answers.last, name)
            expect(tab.dialog).to_contain_text(text)
            yield name
            self.close()
        tab.act(tab.questions.last, "Edit")
        expect(tab.questions.last.get_by_role("textbox")).to_be_visible()
        yield "editing"
        tab.press("Cancel")
        tab.click("chat-settings")
        expect(tab.page.get_by_role("combobox", name="Model")).to_be_visible()
        yield "chat settings"
        tab.page.keyboard.press("Escape")
        tab.act(tab.questions.last, "Delete")
        self.shows("messages deleted.")
        yield "undo"
        tab.click("undo")
        assert whole.session_id in tab.page.url

    def answers(self) -> Iterator[str]:
        """One that is being written, its details, one that failed, and a temporary chat."""
        tab = self.tab
        tab.page.keyboard.press("Control+j")
        tab.page.get_by_text("Temporary chat", exact=True).click()
        script, gates = gated(3, 3)
        self.model.queue(script)
        tab.send("Count")
        tab.reads(words(3))
        yield "answering, in a temporary chat"
        gates[0].opened.set()
        tab.reads(words(6))
        tab.ended()
        tab.act(tab.answers.last, "Details")
        tab.dialog.get_by_text("What was sent", exact=True).click()
        expect(tab.dialog.get_by_role("button", name="Download what was sent")).to_be_visible()
        yield "what was sent"
        self.close()
        tab.send("[[status=500]]")
        expect(tab.errors.last).to_be_visible()
        yield "a failed answer"
        tab.composer.blur()
        tab.page.keyboard.press("?")
        expect(tab.dialog).to_contain_text("F2")
        yield "keys"
        self.close()

    def searching(self) -> Iterator[str]:
        """The search page, from the box above the list, and bookmarks."""
        tab = self.tab
        box = tab.key("search-chats").get_by_role("searchbox")
        box.fill("roses")
        expect(tab.sidebar.get_by_text("In messages")).to_be_visible()
        yield "search in the list"
        box.press("Enter")
        self.shows("places found.")
        yield "search, hits"
        tab.page.get_by_role("main").get_by_role("button", name="Filters").click()
        expect(tab.page.get_by_role("combobox", name="What")).to_be_visible()
        yield "search, filters"
        tab.page.keyboard.press("Escape")
        field = tab.key("search-text").get_by_role("searchbox")
        for text, said in (
            ("absent", "Nothing was found."),
            ("-x", "This says only"),
            ("", "Words in"),
        ):
            field.fill(text)
            field.press("Enter")
            self.shows(said)
            yield f"search, {text or 'nothing asked'}"
        box.fill("")
        expect(tab.page.get_by_role("button", name="Search messages")).to_have_count(0)
        self.to("Bookmarks")
        self.shows("Garden")
        yield "bookmarks"
        tab.keys("remove-bookmark-").get_by_role("button").click()
        self.shows("The bookmark is removed.")
        yield "bookmarks, undo"

    def tables(self) -> Iterator[str]:
        """Usage, and many chats at once."""
        tab = self.tab
        self.to("Usage")
        self.shows("Times are medians")
        yield "usage by day"
        tab.page.get_by_role("radio", name="Model").click()
        expect(tab.page.get_by_role("radio", name="Model")).to_be_checked()
        yield "usage by model"
        self.to("Manage sessions")
        table = tab.page.get_by_test_id("stDataFrame")
        box = table.bounding_box()
        assert box
        for row in (1, 2):
            tab.page.mouse.click(box["x"] + 18, box["y"] + 35 * row + 17)
        main = tab.page.get_by_role("main")
        expect(main.get_by_role("button", name="Delete (2)")).to_be_enabled()
        yield "many chosen"
        for name in ("Move (2)", "Tags (2)", "Export (2)"):
            main.get_by_role("button", name=name).click()
            expect(tab.dialog.get_by_role("button").nth(1)).to_be_visible()
            yield name
            self.close()
        main.get_by_role("button", name="Clear all").click()
        expect(tab.dialog.get_by_label("Type DELETE")).to_be_visible()
        yield "clear all"
        self.close()
        main.get_by_role("radio", name="Trash").click()
        expect(main.get_by_role("button", name="Empty trash")).to_be_visible()
        yield "trash"
        main.get_by_role("radio", name="Archived").click()
        self.shows("Nothing is archived.")
        yield "archived, empty"

    def importing(self) -> Iterator[str]:
        """From the choice of a file to what came of it."""
        tab = self.tab
        tab.page.get_by_role("main").get_by_role("link", name="Import chats").click()
        field = tab.page.get_by_label("File of chats")
        expect(field).to_be_visible()
        yield "import"
        field.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
        self.shows("nothing that Parley can read")
        yield "import, refused"
        file = {"name": "a.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
        field.set_input_files(file)  # type: ignore[arg-type]
        self.shows("2 messages")
        tab.page.get_by_text("will be skipped").click()
        yield "import, counted"
        tab.click("import-start")
        self.shows("The import is done")
        yield "import, done"

    def own_pages(self) -> Iterator[str]:
        """Settings and Admin."""
        tab = self.tab
        self.to("Settings")
        expect(tab.key("shares")).to_contain_text("Garden: snapshot")
        yield "settings"
        for key, label in (("new-persona", "Greeting"), ("new-token", "Name")):
            tab.click(key)
            expect(tab.dialog.get_by_label(label, exact=True)).to_be_visible()
            yield key
            self.close()
        self.to("Admin")
        yield "admin"

    def shared(self, whole: SessionKey) -> Iterator[str]:
        """What leads to a chat of somebody's, and what leads nowhere."""
        tab, soon = self.tab, utc_now() + timedelta(days=1)
        with self.house.database.transaction() as db:
            for token, secret in (("tour-open", None), ("tour-closed", password_hash("x", 4))):
                new = NewShare(mode="live", expires_at=soon, password_hash=secret)
                shares.create(db, whole, new=new, token_hash=hashed(token))
        for token, said in (
            ("tour-open", "Continue in my own chat"),
            ("tour-closed", "Password of the link"),
            ("tour-none", "This link leads nowhere"),
        ):
            tab.go(f"share/{token}")
            self.shows(said)
            yield f"shared, {said}"
