"""What runs say of a part of the page, in whichever order the browser hands it over."""

from __future__ import annotations

import json

from playwright.sync_api import Browser

from chat.ui.components.page import handing_over

HANDED = """async ([code, said]) => {
  const seen = []
  const file = new Blob([code], { type: "text/javascript" })
  const { default: call } = await import(URL.createObjectURL(file))
  const calls = said.map((one) => call({ data: new TextEncoder().encode(one) }))
  await new Promise((done) => setTimeout(done))
  window.parleyParts = { composer: (about) => seen.push(about) }
  window.parleyHere?.()
  await Promise.all(calls)
  return seen
}"""


def _seen(browser: Browser, *said: list[object]) -> object:
    page = browser.new_page()
    page.set_content("<h1 id='parley'>Parley</h1>")  # as the login, which may be on screen still
    try:
        texts = [json.dumps(one) for one in said]
        return page.evaluate(HANDED, [handing_over("composer"), texts])
    finally:
        page.close()


def test_what_an_earlier_run_said_does_not_come_back(browser: Browser) -> None:
    answering, ended = ["a", 1, {"answering": 7}], ["a", 2, {"answering": None}]
    assert _seen(browser, ended, answering) == [{"answering": None}]
    assert _seen(browser, answering, ended) == [{"answering": 7}, {"answering": None}]


def test_the_same_may_be_said_again_and_a_new_server_counts_anew(browser: Browser) -> None:
    assert _seen(browser, ["a", 2, "x"], ["a", 2, "x"], ["b", 1, "y"]) == ["x", "x", "y"]
