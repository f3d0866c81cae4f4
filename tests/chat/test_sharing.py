"""Links to chats as their owners make them and others open them: rules, times, and what is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from chat.config import Settings
from chat.errors import Forbidden, InvalidInput, TooMany
from chat.limits.payers import PeerAddress
from chat.limits.spending import Limits
from chat.news import News
from chat.people.identity import Identity
from chat.people.throttle import Throttle
from chat.personas.book import PersonaBook
from chat.sharing.sharing import Sharing, Wanted
from chat.sharing.visible import SharedChat
from store import messages, profiles, sessions, shares, users
from store.database import Database
from store.endings import Ending, Received, checkpoint, finish
from store.errors import SessionNotFound, ShareNotFound
from store.metadata import MessageMetadata, PersonaMark, Sent
from store.share_values import Included, OpenShare, ShareMode
from store.values import SessionKey
from tests.chat.clock import NOON, Clock
from tests.chat.conftest import PERSONAS
from tests.databases import DIALECTS
from tests.logins import login_of
from tests.store.samples import ANN, BOB, answered_again, asked, chain, exchange, make, opened

HERE, THERE = PeerAddress("192.0.2.1"), PeerAddress("198.51.100.1")
EVERYTHING = Included(True, True, True, True)
SECRETS = ("secret", "gpt-9", "0.5")
PASSWORD = "sesame, open"


class Scene:
    """Ann's, and what she does with it."""

    def __init__(self, database: Database, **changes: Any) -> None:
        settings = Settings(auth="password", database_url="sqlite:///x", **changes)
        self.database, self.clock, self.time = database, Clock(), 0.0
        limits = Limits(settings, database, self.clock)
        personas = PersonaBook(PERSONAS, database, limits, [])
        throttle = Throttle(clock=lambda: self.time)
        about = (settings, database, limits, personas, News(), self.clock, throttle)
        self.sharing = Sharing(*about, rounds=4)
        with database.transaction() as db:
            self.key = make(db, ANN, title="Chains")
            self.ann: Identity = login_of(users.get(db, user_id=ANN))

    def share(self, **wanted: Any) -> str:
        return self.sharing.create(self.ann, self.key, Wanted(**wanted)).token

    def opens(self, token: str, password: str = "", address: PeerAddress = HERE) -> OpenShare:
        return self.sharing.read(token, password, address, limit=200, before=None)[0]

    def sees(self, token: str, **more: Any) -> SharedChat:
        return self.sharing.read(token, "", HERE, **{"limit": 200, "before": None, **more})[1]

    def preview(
        self,
        mode: ShareMode = "snapshot",
        include: Included = Included(),  # noqa: B008
    ) -> SharedChat:
        return self.sharing.preview(self.ann, self.key, mode, include, limit=200)

    def exchange(self, words: str, reply: str) -> None:
        with self.database.transaction() as db:
            exchange(db, self.key, words, reply)


@pytest.fixture(params=DIALECTS)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    with opened(request.getfixturevalue(name)) as database:
        yield database


@pytest.fixture
def scene(database: Database) -> Scene:
    return Scene(database)


@contextmanager
def nowhere() -> Iterator[None]:
    with pytest.raises(ShareNotFound) as refused:
        yield
    assert str(refused.value) == str(ShareNotFound())


def until_too_many(guess: Callable[[int], object]) -> int:
    """How many guesses are looked at before the first that is not."""
    for number in range(100):
        try:
            guess(number)
        except ShareNotFound:
            continue
        except TooMany:
            return number
    return 100


def texts(chat: SharedChat) -> list[str]:
    return [message.content for message in chat.messages]


def full_of_secrets(scene: Scene) -> None:
    """A chat with all that is not to be seen."""
    with scene.database.transaction() as db:
        sessions.change(db, scene.key, parameters={"system_prompt": "secret"})
        sessions.change(db, scene.key, description="secret", metadata={"a": "secret"})
        exchange(db, scene.key, "Why?", "secret, of another branch")
        answered_again(db, scene.key, message_id=2)
        mark = PersonaMark("secret-id", "Nick Name", ":material/star:")
        ending = Ending(
            "error",
            "Because.",
            error_code="secret",
            error_message="secret",
            model="gpt-9",
            tools_used=[
                {
                    "name": "fetch",
                    "arguments": {"url": "x" * 500},
                    "summary": "A page",
                    "outcome": "done",
                    "result": "secret",
                }
            ],
            prompt_tokens=5,
            cost=0.5,
            metadata=MessageMetadata(
                context=Sent(1, 2), persona=mark, reasoning="secret", other={"a": "secret"}
            ),
        )
        assert finish(db, scene.key, message_id=3, ending=ending)
        messages.mark(db, scene.key, message_id=3, feedback="bad", bookmarked=True)


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
    scene.clock.later(hours=1)
    save("new")
    assert [handles(one) for one in (hidden, snapshot, live)] == [[], ["old"], ["new", "old"]]


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


def test_it_ends_in_a_week_unless_told_and_when_the_operator_says(database: Database) -> None:
    scene, strict = Scene(database), Scene(database, share_days=2)
    assert scene.opens(scene.share()).expires_at == NOON + timedelta(days=7)
    token = strict.share()
    assert strict.opens(token).expires_at == NOON + timedelta(days=2)
    for days in (0, -1, 2.1):
        with pytest.raises(InvalidInput, match="within the next 2 days"):
            strict.share(expires_at=NOON + timedelta(days=days))
    with pytest.raises(InvalidInput, match="time zone"):
        strict.share(expires_at=NOON.replace(tzinfo=None))
    strict.clock.later(days=2)
    with nowhere():
        strict.opens(token)


def test_off_is_off_for_old_links_too(database: Database) -> None:
    scene, off = Scene(database), Scene(database, sharing="off")
    token = scene.share()
    found = scene.opens(token)
    with pytest.raises(Forbidden, match="switched off"):
        off.share()
    with nowhere():
        off.opens(token)
    with nowhere():
        off.sharing.look(found)
    with nowhere():
        off.sharing.copy(BOB, found, HERE)
    assert scene.sharing.needs_login
    assert not Scene(database, sharing="public").sharing.needs_login
    assert Settings(auth="off").shared_with == "public"


def test_a_page_that_is_open_ends_too(scene: Scene) -> None:
    found = scene.opens(scene.share(view_limit=1))
    assert scene.sharing.again(found, limit=10).title == "Chains"
    scene.sharing.revoke(scene.key, found.share_id)
    for look in (scene.sharing.look, lambda one: scene.sharing.copy(BOB, one, HERE)):
        with nowhere():
            look(found)


def test_views_are_counted_and_limited(scene: Scene) -> None:
    token = scene.share(view_limit=2)
    for _ in range(2):
        scene.opens(token)
    with nowhere():
        scene.opens(token)
    for wrong in (0, -1, 2**40):
        with pytest.raises(InvalidInput, match="view limit"):
            scene.share(view_limit=wrong)


def test_a_password_is_needed_and_guessing_slows_down(scene: Scene) -> None:
    with pytest.raises(InvalidInput, match="too short"):
        scene.share(password="short")
    token = scene.share(password=PASSWORD)
    for wrong in ("", "sesame", PASSWORD + " "):
        with nowhere():
            scene.opens(token, wrong)
    assert scene.opens(token, PASSWORD)
    with scene.database.reading() as db:
        [kept] = shares.listed(db, user_id=ANN)
    assert (kept.views, kept.protected) == (1, True)
    assert until_too_many(lambda _: scene.opens(token, "wrong")) < 9
    with pytest.raises(TooMany):
        scene.opens(token, PASSWORD)
    assert scene.opens(token, PASSWORD, THERE), "others are not kept out"
    far = (PeerAddress(f"203.0.113.{number}") for number in range(40))
    assert until_too_many(lambda _: scene.opens(token, "wrong", next(far))) < 40
    scene.time += 1000
    assert scene.opens(token, PASSWORD)


def test_guessing_tokens_slows_down(scene: Scene) -> None:
    token = scene.share()
    assert until_too_many(lambda at: scene.opens(f"{at}" * 22, "x" if at < 2 else "")) < 9
    assert scene.opens(token, address=THERE)
    scene.time += 1000
    for wrong in ("", "x" * 100_000, "\0", "\ud800", token.swapcase() + "é"):
        with nowhere():
            scene.opens(wrong)
        scene.time += 1000


def test_only_ones_own_chat_can_be_shared(scene: Scene) -> None:
    foreign = SessionKey(BOB, scene.key.session_id)
    with pytest.raises(SessionNotFound):
        scene.sharing.create(scene.ann, foreign, Wanted())
    token = scene.share()
    with pytest.raises(ShareNotFound):
        scene.sharing.revoke(foreign, scene.opens(token).share_id)
    assert scene.sharing.revoke_all(BOB) == 0
    assert scene.sharing.revoke_those_of(scene.key) == 1


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
