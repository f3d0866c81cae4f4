"""Links to chats: who may make and open them, until when, and how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chat.config import Settings
from chat.errors import Forbidden, InvalidInput, TooMany
from chat.limits.payers import PeerAddress
from chat.sharing.sharing import Wanted
from store import cleanup, clearing, sessions, shares, users
from store.database import Database, Session
from store.errors import Conflict, SessionNotFound, ShareNotFound
from store.values import SessionKey
from tests.chat.clock import NOON
from tests.chat.sharing.conftest import HERE, THERE, Scene, nowhere
from tests.store.samples import ANN, BOB

PASSWORD = "sesame, open"


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
    """Whatever ends its link; and a view limit does not."""
    scene.exchange("One", "Two")

    def write(work: Callable[[Session], object]) -> Callable[[], object]:
        def act() -> object:
            with scene.database.transaction() as db:
                return work(db)

        return act

    def ends(act: Callable[[], object]) -> None:
        found = scene.opens(scene.share(view_limit=1))
        assert scene.sharing.again(found, limit=10).title == "Chains"
        act()
        for look in (scene.sharing.look, lambda one: scene.sharing.copy(BOB, one, HERE)):
            with nowhere():
                look(found)

    key = scene.key
    for end, back in (
        (lambda: scene.sharing.revoke_those_of(key), lambda: None),
        (lambda: scene.clock.later(days=7), lambda: None),
        (write(lambda db: clearing.clear(db, key)), write(lambda db: clearing.restore(db, key))),
        (
            write(lambda db: sessions.change(db, key, temporary=True)),
            write(lambda db: sessions.change(db, key, temporary=False)),
        ),
        (write(lambda db: sessions.trash(db, key)), write(lambda db: sessions.restore(db, key))),
        (
            write(lambda db: users.set_disabled(db, user_id=ANN, disabled=True)),
            write(lambda db: users.set_disabled(db, user_id=ANN, disabled=False)),
        ),
        (write(lambda db: cleanup.purge(db, key)), lambda: None),
    ):
        ends(end)
        back()


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


def test_a_password_where_none_is_needed_costs_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, compared = scene.share(), []
    monkeypatch.setattr("chat.people.hashing.fits", lambda *about: compared.append(about))
    assert scene.opens(token, "x" * 200)
    assert compared == []


def test_a_temporary_chat_is_not_shared(scene: Scene) -> None:
    with scene.database.transaction() as db:
        sessions.change(db, scene.key, temporary=True)
    for act in (scene.share, scene.preview):
        with pytest.raises(Conflict, match="temporary"):
            act()


def test_guessing_tokens_slows_down(scene: Scene) -> None:
    token = scene.share()
    assert until_too_many(lambda at: scene.opens(f"{at}" * 22, "x" if at < 2 else "")) < 9
    assert scene.opens(token, address=THERE)
    scene.time += 1000
    for wrong in ("", "x" * 100_000, "\0", "\ud800", token.swapcase() + "é"):
        with nowhere():
            scene.opens(wrong)
        scene.time += 1000


def test_many_may_open_one_at_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    token, at_once, look = scene.share(), threading.Barrier(8, timeout=20), shares.by_token

    def looked(*given: Any, **named: Any) -> Any:
        at_once.wait()
        return look(*given, **named)

    monkeypatch.setattr(shares, "by_token", looked)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(scene.opens, [token] * 8))


def test_only_ones_own_chat_can_be_shared(scene: Scene) -> None:
    foreign = SessionKey(BOB, scene.key.session_id)
    with pytest.raises(SessionNotFound):
        scene.sharing.create(scene.ann, foreign, Wanted())
    token = scene.share()
    with pytest.raises(SessionNotFound):
        scene.sharing.revoke(foreign, scene.opens(token).share_id)
    assert scene.sharing.revoke_all(BOB) == 0
    assert scene.sharing.revoke_those_of(scene.key) == 1
