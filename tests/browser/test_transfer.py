"""A file goes to the server as it is read, and what comes in is in the list; and out again."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.chat_tab import ChatTab
from tests.chat.transfer import exports
from tests.chat.transfer.exports import dumped, zipped


def test_a_file_comes_in_and_goes_out(chat: ChatTab, tmp_path: Path) -> None:
    file = tmp_path / "export.zip"
    whole = dumped([exports.chatgpt("in-browser", "Came in")])
    file.write_bytes(zipped({"conversations.json": whole}))
    chat.page.goto(f"{chat.url}/import")
    field = chat.page.locator(".st-key-import-file input[type=file]")
    expect(chat.page.get_by_label("File of chats")).to_be_visible()
    to, gone = "**/me/import**", {"status": 404, "body": "Nothing here"}
    chat.page.route(to, lambda route: route.fulfill(**gone))  # type: ignore[arg-type]
    field.set_input_files(file)
    expect(chat.page.get_by_text("Choose the file once more.")).to_be_visible()
    expect(chat.key("import-file")).to_contain_text("20MB per file")
    chat.page.unroute(to)
    chat.page.reload()
    expect(chat.page.get_by_label("File of chats")).to_be_visible()
    field.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
    expect(chat.page.get_by_text("nothing that Parley can read")).to_be_visible()
    expect(field).to_be_enabled()
    field.set_input_files(file)
    expect(chat.page.get_by_text("6 messages")).to_be_visible()
    chat.click("import-start")
    expect(chat.page.get_by_text("The import is done")).to_be_visible()
    expect(chat.rows.filter(has_text="Came in")).to_be_visible()
    chat.page.goto(f"{chat.url}/manage")
    chat.click("export")
    with chat.page.expect_download() as download:
        chat.page.get_by_role("dialog").get_by_role("button", name="Download").click()
    found = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert "Came in" in [one["title"] for one in found["sessions"]]
