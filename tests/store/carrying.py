"""Chats that tests take out and put in, and generated ones of any shape."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from store import own_format
from store.arrivals import Arriving
from store.database import Database
from store.folders import COLOURS
from store.intake import IntakeTerms, Tally
from store.own_files import OpenBytes, no_bytes
from store.provenance_record import Provenance, fingerprint
from store.put_in import _opening
from store.takeout import written
from tests.store.carrying_files import NUMBERS, OBJECTS, SENT, TEXTS, TIMES, computed

ALL = IntakeTerms()


def taken_out(
    database: Database, user_id: str, *chosen: str, opened: OpenBytes = no_bytes
) -> dict[str, Any]:
    whole = b"".join(written(database.reading, opened, user_id=user_id, chosen=chosen))
    found: dict[str, Any] = json.loads(whole)
    return found


def put_in(database: Database, user_id: str, whole: object, terms: IntakeTerms = ALL) -> Tally:
    data = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
    arriving = Arriving(user_id, lambda: _opening(database), terms)
    for piece in own_format.read(io.BytesIO(data)):
        arriving.take(piece)
    arriving.finish()
    return arriving.count


@st.composite
def messages(draw: st.DrawFn, most: int = 8) -> list[dict[str, Any]]:
    """A tree in any shape, with gaps between its ids."""
    found: list[dict[str, Any]] = []
    number = 0
    for at in range(draw(st.integers(0, most))):
        number += draw(st.integers(1, 3))
        above = [None, *(one["id"] for one in found)]
        found.append(
            {
                "id": number,
                "parent_id": draw(st.sampled_from(above)),
                "role": draw(st.sampled_from(["user", "assistant", "system"])),
                "content": draw(TEXTS),
                "status": draw(st.sampled_from(["complete", "stopped", "interrupted", "error"])),
                "error_code": draw(st.none() | st.just("overloaded")),
                "error_message": draw(st.none() | TEXTS),
                "model": draw(st.sampled_from(["", "gpt-5"])),
                "tools_used": draw(st.lists(OBJECTS, max_size=2)),
                "processing_time_ms": draw(NUMBERS),
                "first_token_ms": draw(NUMBERS),
                "prompt_tokens": draw(st.none() | st.integers(0, 10**6)),
                "completion_tokens": draw(st.none() | st.integers(0, 10**6)),
                "cached_tokens": draw(NUMBERS),
                "cost": draw(st.none() | st.floats(0, 100)),
                "feedback": draw(st.sampled_from([None, "good", "bad"])),
                "bookmarked": draw(st.booleans()),
                "idempotency_key": draw(st.none() | st.just(f"key-{at}")),
                "metadata": draw(OBJECTS),
                "created_at": draw(TIMES),
            }
        )
    _say_what_was_sent(draw, found)
    return found


def _say_what_was_sent(draw: st.DrawFn, found: list[dict[str, Any]]) -> None:
    """Of some answers; a text stands where it is named first."""
    told: set[str] = set()
    for one in found:
        if one["role"] != "assistant" or draw(st.booleans()):
            continue
        texts = draw(st.dictionaries(st.sampled_from(SENT), st.none(), max_size=3))
        named = {fingerprint(text): text for text in texts}
        new = {name: text for name, text in named.items() if name not in told}
        kept = Provenance(draw(OBJECTS), new, tuple(sorted(set(named) - set(new))))
        told |= set(named)
        one["provenance"] = kept.as_json()


@st.composite
def shared(draw: st.DrawFn) -> dict[str, Any]:
    """What all chats share: folders, some of them in others, and preferences."""
    found: list[dict[str, Any]] = []
    for at in range(draw(st.integers(0, 4))):
        outer = [None, *(one["folder_id"] for one in found if one["parent_id"] is None)]
        found.append(
            {
                "folder_id": f"folder-{at}",
                "name": draw(st.sampled_from(["Wörk", "b"])) + f" {at}",
                "parent_id": draw(st.sampled_from(outer)),
                "colour": draw(st.sampled_from(COLOURS)),
                "system_prompt": draw(TEXTS),
                "created_at": draw(TIMES),
            }
        )
    preferences = draw(st.sampled_from([{}, {"open_last_chat": True}, {"open_last_chat": False}]))
    return {"folders": found, "preferences": preferences}


@st.composite
def chats(
    draw: st.DrawFn, session_id: str, folder_ids: Sequence[str], file_ids: Sequence[str]
) -> dict[str, Any]:
    """A chat with all that it can have."""
    found = draw(messages())
    for one in found:
        if file_ids and (named := draw(st.lists(st.sampled_from(file_ids), unique=True))):
            one["files"] = named
    moments = st.none() | TIMES
    return {
        "session_id": session_id,
        "title": draw(TEXTS.map(lambda text: " ".join(text.split()))),
        "title_source": draw(st.sampled_from(["auto", "user", "model"])),
        "description": draw(TEXTS),
        "persona": draw(st.sampled_from(["default", "own-1"])),
        "model": draw(st.sampled_from(["", "gpt-5"])),
        "parameters": draw(st.sampled_from([{}, {"temperature": 0.5, "system_prompt": "Be."}])),
        "context": draw(OBJECTS),
        "metadata": draw(OBJECTS),
        "active_leaf_id": draw(st.sampled_from([one["id"] for one in found])) if found else None,
        "prompt_tokens": draw(st.integers(0, 2**31 - 1)),
        "completion_tokens": draw(st.integers(0, 2**31 - 1)),
        "cost": draw(st.floats(0, 1000)),
        "is_active": draw(st.booleans()),
        "pinned": draw(st.booleans()),
        "folder": draw(st.sampled_from([None, *folder_ids])),
        "tags": sorted(draw(st.sets(st.sampled_from(["a", "ü b", "日本"])))),
        "archived_at": draw(moments),
        "deleted_at": draw(moments),
        "expires_at": draw(moments),
        "created_at": draw(TIMES),
        "last_activity_at": draw(TIMES),
        "answered_at": draw(moments),
        "seen_at": draw(moments),
        "messages": found,
        "results": draw(computed([one["id"] for one in found])),
        "profiles": draw(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "source": st.sampled_from(["x", "bluesky"]),
                        "handle": st.sampled_from(["a", "b"]),
                        "result": OBJECTS,
                        "created_at": TIMES,
                    }
                ),
                max_size=3,
                unique_by=lambda one: (one["source"], one["handle"]),
            )
        ),
    }
