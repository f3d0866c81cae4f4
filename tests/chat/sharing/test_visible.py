"""What a link shows: what its preview showed, and nothing else."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from chat.profiles.result import AnalysisResult, Excerpt, Figures, ModelReading, Product, TopPost
from chat.profiles.results import result_of
from store import messages, profiles, sessions
from store.endings import Ending, Received, checkpoint, finish
from store.errors import MessageNotFound
from store.share_values import Included, ShareMode
from store.values import SessionKey
from tests.chat.sharing.conftest import EVERYTHING, HERE, SECRETS, Scene, full_of_secrets, texts
from tests.store.samples import BOB, answered_again, asked, chain


@pytest.mark.parametrize("mode", ["snapshot", "live"])
@pytest.mark.parametrize("include", [Included(), EVERYTHING])
def test_what_is_seen_is_what_the_preview_showed(
    scene: Scene, mode: ShareMode, include: Included
) -> None:
    full_of_secrets(scene)
    before = scene.preview(mode, include)
    seen = scene.sees(scene.share(mode=mode, include=include))
    assert seen == before
    assert texts(seen) == ["Why?", "Because."]
    assert not [secret for secret in SECRETS if secret in str(asdict(seen))]
    [tool] = seen.messages[1].tools_used or [{}]
    mark = seen.messages[1].metadata.persona
    assert mark
    if include.tools:
        assert tool["name"] == "fetch"
        assert len(str(tool["arguments"])) == 200
        assert (seen.name, mark.name) == ("ann", "Nick Name")
    else:
        assert (tool, seen.name, mark.name) == ({}, "", "")


def test_a_snapshot_does_not_follow_and_a_live_one_does(scene: Scene) -> None:
    scene.exchange("One", "Two")
    snapshot, live = scene.share(), scene.share(mode="live")
    first = scene.opens(live)
    look = scene.sharing.look(first)
    scene.exchange("Three", "Four")
    with scene.database.transaction() as db:
        sessions.change(db, scene.key, title="Renamed")
        pair = asked(db, scene.key, "Five")
        checkpoint(db, [Received(scene.key, pair.answer.id, "Si")])
    assert texts(scene.sees(snapshot)) == ["One", "Two"]
    assert scene.sees(snapshot).title == "Chains"
    assert texts(scene.sees(live)) == ["One", "Two", "Three", "Four", "Five", "Si"]
    assert scene.sees(live).title == "Renamed"
    second = scene.sharing.look(first)
    with scene.database.transaction() as db:
        checkpoint(db, [Received(scene.key, pair.answer.id, "x", start=2)])
    assert len({look, second, scene.sharing.look(first)}) == 3
    assert texts(scene.sharing.again(first, limit=1)) == ["Six"]


def test_a_snapshot_ends_above_what_is_being_written(scene: Scene) -> None:
    scene.exchange("One", "Two")
    with scene.database.transaction() as db:
        asked(db, scene.key, "Three")
        asked(db, scene.key, "Queued")
    token = scene.share()
    assert texts(scene.preview()) == texts(scene.sees(token)) == ["One", "Two", "Three"]
    assert texts(scene.preview("live")) == ["One", "Two", "Three", "", "Queued"]
    with scene.database.transaction() as db:
        finish(db, scene.key, message_id=4, ending=Ending("complete", "Four"))
    assert texts(scene.sees(token)) == ["One", "Two", "Three"]


def test_a_snapshot_is_what_was_seen_when_it_was_asked_for(scene: Scene) -> None:
    scene.exchange("One", "Two")
    seen = scene.preview()
    scene.exchange("Three", "Said between the preview and the click")
    with scene.database.transaction() as db:
        sessions.change(db, scene.key, title="Renamed")
    assert scene.sees(scene.share(seen=seen.seen)) == seen
    with scene.database.transaction() as db:
        messages.delete(db, scene.key, message_id=2)
    with pytest.raises(MessageNotFound):
        scene.share(seen=seen.seen)


def test_results_of_a_snapshot_are_those_of_then(scene: Scene) -> None:
    def save(handle: str) -> None:
        with scene.database.transaction() as db:
            profiles.save(db, scene.key, source="x", handle=handle, result={}, now=scene.clock())

    def handles(token: str) -> list[str]:
        return [kept.result.handle for kept in scene.sees(token).results]

    save("old")
    hidden = scene.share()
    snapshot = scene.share(include=Included(profiles=True))
    live = scene.share(mode="live", include=Included(profiles=True))
    seen = scene.preview(include=Included(profiles=True))
    before = scene.sees(snapshot)
    assert before == seen
    scene.clock.later(hours=1)
    save("new")
    save("old")
    assert [handles(one) for one in (hidden, snapshot, live)] == [[], ["old"], ["new", "old"]]
    assert scene.sees(snapshot) == before, "also of what was fetched again"
    late = scene.share(include=Included(profiles=True), seen=seen.seen)
    assert handles(late) == [], "nothing that its preview did not show"


def test_of_results_only_their_cards_are_shown_and_copied(scene: Scene) -> None:
    posts = [TopPost(id="p1", url="https://x.example/1", text="Top", engagement=3)] * 9
    counts = tuple((f"name-{at}", 1) for at in range(9))
    full = AnalysisResult(
        *("a", "x", "Ann", "https://secret.example", "secret", 1, "2024-05-01T12:00:00Z", 9),
        computed=Figures("UTC", (1, 2), top_posts=tuple(posts), hashtags=counts, links=counts),
        asked=ModelReading("complete", model="gpt-9", products=(Product("Saw", "", ("p1",)),)),
        posts=(Excerpt(id="p1", text="secret"),),
    )
    with scene.database.transaction() as db:
        stored = {**full.as_json(), "of another version": "secret"}
        profiles.save(db, scene.key, source="x", handle="a", result=stored, now=scene.clock())
    for mode in ("snapshot", "live"):
        include = Included(profiles=True)
        token = scene.share(mode=mode, include=include)
        chat = scene.sees(token)
        assert chat == scene.preview(mode, include)  # type: ignore[arg-type]
        [kept] = chat.results
        copy = scene.sharing.copy(BOB, scene.opens(token), HERE)
        with scene.database.reading() as db:
            [copied] = profiles.listed(db, SessionKey(BOB, copy.session_id))
            assert (copied.source, copied.handle, copied.created_at) == ("x", "a", scene.clock())
        for shown in (kept.result, result_of(copied)):
            assert not [secret for secret in SECRETS if secret in str(shown.as_json())]
            assert (shown.name, shown.post_count, shown.times) == ("Ann", 9, (1, 2))
            assert shown.is_readable
            assert shown.computed
            assert (len(shown.computed.top_posts), len(shown.computed.links)) == (3, 4)
            assert [len(one.post_ids) for one in shown.asked.products] == [1]


def test_it_is_read_in_pages_and_no_page_leads_elsewhere(scene: Scene) -> None:
    with scene.database.transaction() as db:
        chain(db, scene.key, 10)
        answered_again(db, scene.key, message_id=4)
        finish(db, scene.key, message_id=11, ending=Ending("complete", "Other branch"))
        messages.select_version(db, scene.key, message_id=4)
    token = scene.share()
    last = scene.sees(token, limit=4)
    assert (texts(last)[0], last.first) == ("text 7", 7)
    assert texts(scene.sees(token, limit=4, before=7)) == [f"text {n}" for n in range(3, 7)]
    assert texts(scene.sees(token, limit=4, before=3)) == ["text 1", "text 2"]
    for before in (1, 0, -1, 12, 2**31, 2**70):
        assert texts(scene.sees(token, before=before)) == []


@pytest.mark.parametrize("include", [Included(), EVERYTHING])
def test_it_goes_on_in_a_chat_of_somebody_else(scene: Scene, include: Included) -> None:
    full_of_secrets(scene)
    found = scene.opens(scene.share(include=include))
    made = scene.sharing.copy(BOB, found, HERE)
    assert (made.title, made.message_count) == ("Chains", 2)
    assert ("ann" in made.description) == include.names
    assert "Chains" in made.description
    with scene.database.reading() as db:
        key = SessionKey(BOB, made.session_id)
        copied = messages.window(db, key, leaf_id=made.active_leaf_id)
    assert [one.content for one in copied] == ["Why?", "Because."]
    assert "secret" not in str([asdict(made), copied])
