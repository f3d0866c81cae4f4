"""Whether something changed: told from any thread, and forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from chat.turns.changes import KEEP_SECONDS, Changes


def test_no_change_is_lost_between_threads() -> None:
    changes = Changes()

    def note(user: int) -> bool:
        seen = [changes.of(f"u{user}")]
        for _ in range(2_000):
            changes.note(f"u{user}")
            changes.note("all")
            seen.append(changes.of(f"u{user}"))
        return seen == sorted(set(seen))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(note, range(8)))
    assert 2_000 * 8 * 2 - 8 * 2 < changes.of("all") <= 2_000 * 8 * 2


def test_whoever_is_only_asked_about_is_not_kept() -> None:
    changes = Changes()
    assert [changes.of(f"guest{n}") for n in range(100)] == [0] * 100
    changes.note("ann")
    assert (changes.of("ann"), changes.of("guest1")) == (1, 0)


def test_what_changed_long_ago_is_forgotten() -> None:
    seconds = 0.0
    changes = Changes(clock=lambda: seconds)
    for user in range(100):
        changes.note(f"u{user}")
    seconds = KEEP_SECONDS
    changes.note("u0")
    assert (changes.of("u0"), changes.of("u1"), changes.of("u99")) == (101, 2, 100)
    seconds += 1
    changes.note("ann")
    assert (changes.of("u0"), changes.of("u1"), changes.of("u99")) == (101, 0, 0)
