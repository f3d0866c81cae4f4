"""One text for all who watch an answer: made ready once, seen whole by each of them."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import pytest

from chat.event_log import EventLog
from chat.events import Event, Status, Token
from chat.ui.chat import live_text
from chat.ui.chat.live_text import APART, LiveText, text_of
from chat.ui.markdown.safe import DRAWN_CHARS, safe

PARAGRAPHS = [f"Paragraph {n} with a -> sign and **bold** words.\n\n" for n in range(40)]


class Watcher:
    """Reads a log at its own pace, and draws what it is given."""

    def __init__(self, log: EventLog, prefix: str = "") -> None:
        self.text = text_of(log, prefix)
        self.log, self.number, self.count = log, 0, 0
        self.elements: list[str] = []
        self.tail = ""

    def look(self) -> None:
        events = self.log.after(self.number)
        self.number += len(events)
        self.text.take(events, self.number)
        self.text.make(1, at_once=True)
        new, self.tail, self.count, _ = self.text.after(self.count)
        self.elements += new

    @property
    def words(self) -> str:
        return "".join("".join([*self.elements, self.tail]).split())


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was made fit to be drawn."""
    seen: list[str] = []

    def noted(text: str) -> str:
        seen.append(text)
        return safe(text)

    monkeypatch.setattr(live_text, "safe", noted)
    return seen


def tokens(text: str) -> list[Event]:
    return [Token(text[at : at + 7]) for at in range(0, len(text), 7)]


def drawn(text: str) -> str:
    return "".join(safe(text).split())


def test_for_many_viewers_no_more_is_made_ready_than_for_one(made: list[str]) -> None:
    counts = []
    for viewers in (1, 10):
        made.clear()
        log = EventLog()
        watchers = [Watcher(log) for _ in range(viewers)]
        for event in tokens("".join(PARAGRAPHS)):
            log.append(event)
            for watcher in watchers:
                watcher.look()
        counts.append(len(made))
        assert {watcher.words for watcher in watchers} == {drawn("".join(PARAGRAPHS))}
    assert counts[0] == counts[1]


def test_each_sees_all_of_it_whenever_it_looks() -> None:
    log, text = EventLog(), "".join(PARAGRAPHS)
    watchers = [Watcher(log, "Begun: ") for _ in range(4)]
    for at, event in enumerate(tokens(text)):
        log.append(event)
        if at % 5 == 0:
            log.append(Status("Thinking…"))
        for pace, watcher in enumerate(watchers, 1):
            if at % (pace * pace) == 0:
                watcher.look()
        if at == len(text) // 14:
            watchers.append(Watcher(log, "Begun: "))
    for watcher in watchers:
        watcher.look()
    assert {watcher.words for watcher in watchers} == {drawn("Begun: " + text)}


def test_who_comes_late_gets_what_there_is_in_one_element() -> None:
    log = EventLog()
    first = Watcher(log)
    for event in map(Token, PARAGRAPHS):
        log.append(event)
        first.look()
    second = Watcher(log)
    second.look()
    assert len(first.elements) > APART
    assert len(second.elements) == 1
    assert second.words == first.words


def test_it_is_let_go_with_the_last_who_watches() -> None:
    log = EventLog()
    first, second = Watcher(log), Watcher(log)
    assert first.text is second.text
    number = id(first.text)
    del first
    assert id(text_of(log, "")) == number
    del second
    gc.collect()
    assert log not in live_text._texts
    assert text_of(None, "") is not text_of(None, "")


def test_at_its_pace_nothing_is_made_twice(
    made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_text, "time", SimpleNamespace(monotonic=lambda: 100.0))
    text = LiveText("")
    text.take([Token("One. ")], 1)
    assert text.make(1, at_once=False) == 0
    text.take([Token("Two. ")], 2)
    assert 0 < text.make(1, at_once=False) < 1
    assert text.make(1, at_once=True) == 0
    assert text.make(1, at_once=True) == 0
    assert made == ["One. ", "One. Two. "]


def test_of_a_very_long_answer_the_rest_is_not_drawn() -> None:
    text = LiveText("")
    text.take([Token("a" * DRAWN_CHARS)], 1)
    assert text.is_cut
    text.take([Token("b")], 2)
    text.make(1, at_once=True)
    elements, tail, _, _ = text.after(0)
    assert "b" not in "".join(elements) + tail
