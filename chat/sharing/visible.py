"""What of a chat is visible by a link: one place, for preview, page, API and copy.

Never a system prompt, another branch, what the model thought, which one it was, what it cost, what
an error says of the inside, ratings or bookmarks; of analysis results what their cards show, of
files their names, how much is in them and how they begin, of pictures the cleaned ones.
"""

import json
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from chat.profiles import results
from chat.profiles.card import on_card
from chat.profiles.results import KeptResult
from store import messages, shares, tree
from store import results as computed
from store.database import Session
from store.errors import NotFound
from store.file_values import StoredFile
from store.metadata import MessageMetadata, PersonaMark
from store.result_rows import first
from store.share_copies import ROLES
from store.share_values import Included, OpenShare
from store.values import Message, SessionKey, StoredProfile

STEP_CHARS = 200
TAIL = 30
RESULTS_MAX = 20
ROWS_MAX = 50
FirstRows = Sequence[Sequence[object]]
BEGINNING_LINES, BEGINNING_CHARS, SAMPLE_ROWS = 20, 2_000, 5
ResultPlace = tuple[str, str, datetime]
"""Which analysis result: source, handle, and when it was stored."""
Seen = tuple[str, int | None, frozenset[ResultPlace]]
"""What somebody has before their eyes: title, last message, and which analysis results."""


@dataclass(frozen=True, slots=True)
class SharedChat:
    """What is shown: the newest messages up to a place, oldest first.

    ``first`` is the place of the first of them on its branch, also of one that is not visible;
    ``leaf_id`` is the message up to which they were read. ``rows`` are the first of what was
    computed, by the messages' places and the results' ids, where somebody asked for them.
    """

    title: str
    name: str
    messages: Sequence[Message]
    first: int
    leaf_id: int | None
    results: Sequence[KeptResult]
    rows: Mapping[tuple[int, str], FirstRows] = field(default_factory=dict, compare=False)

    @property
    def seen(self) -> Seen:
        """What of it tells whether it is the same still."""
        return self.title, self.leaf_id, frozenset(map(_place, self.results))

    def rows_of(self, which: Container[ResultPlace] | None = None) -> list[StoredProfile]:
        """The analysis results as they are stored; only those that are named, if any are."""
        found = (one for one in self.results if which is None or _place(one) in which)
        return [
            StoredProfile(*_place(one)[:2], one.result.as_json(), one.created_at) for one in found
        ]


def shown(db: Session, share: OpenShare, *, limit: int, before: int | None = None) -> SharedChat:
    """Up to so many messages, those before a place on the branch, or the last ones."""
    leaf_id = share.leaf_id
    if before is not None and leaf_id is not None:
        leaf_id = tree.at_depth(db, share.key, leaf_id=leaf_id, depth=before - 1)
    found = messages.window(db, share.key, leaf_id=leaf_id, limit=limit)
    return SharedChat(
        title=share.title,
        name=share.name if share.include.names else "",
        messages=[one for message in found if (one := visible(message, share.include))],
        first=found[0].depth if found else 1,
        leaf_id=leaf_id,
        results=_results(db, share) if share.include.profiles else (),
    )


def with_rows(db: Session, share: OpenShare, chat: SharedChat) -> SharedChat:
    """With the first rows of the newest computed results that are shown."""
    found = [(one.id, each) for one in chat.messages for each in one.results][-RESULTS_MAX:]
    rows: dict[tuple[int, str], FirstRows] = {}
    for at, one in found:
        with suppress(NotFound):
            place, name = one.message_id, one.result_id
            shown = computed.shown(db, share.key, message_id=place, result_id=name)
            rows[at, name] = first(shown, ROWS_MAX)
    return replace(chat, rows=rows)


def visible(message: Message, include: Included) -> Message | None:
    """The message without all that is not to be seen; None for one that is not to be seen."""
    if message.role not in ROLES or (message.status == "queued" and message.role == "assistant"):
        return None
    mark = message.metadata.persona
    if mark is not None:
        mark = PersonaMark("", mark.name if include.names else "", mark.icon)
    return Message(
        session_id="",
        id=message.depth,
        parent_id=None,
        depth=message.depth,
        role=message.role,
        content=message.content,
        status="complete" if message.status == "queued" else message.status,
        tools_used=list(map(_step, message.tools_used)) if include.tools else [],
        files=tuple(map(_file, message.files)) if include.files else (),
        results=message.results if include.tools else (),
        metadata=MessageMetadata(persona=mark),
        created_at=message.created_at,
    )


def settled_leaf(db: Session, key: SessionKey, leaf_id: int | None) -> int | None:
    """The last message of a branch above all that is still being written or waits."""
    while leaf_id is not None:
        tail = messages.window(db, key, leaf_id=leaf_id, limit=TAIL)
        first_open = next((message for message in tail if message.is_open), None)
        if first_open is None:
            return leaf_id
        leaf_id = first_open.parent_id
    return None


def _step(use: Mapping[str, object]) -> dict[str, object]:
    """A tool's call as its line shows it; never what came."""
    given = use.get("arguments")
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    said = {name: str(use.get(name) or "") for name in ("name", "summary", "outcome")}
    return {**said, "arguments": text[:STEP_CHARS]}


def _file(file: StoredFile) -> StoredFile:
    """As it is seen; whether it is one that was removed shows, too."""
    known = file.details
    lines = known.beginning[:BEGINNING_CHARS].splitlines()[:BEGINNING_LINES]
    tables = tuple(replace(one, sample=one.sample[:SAMPLE_ROWS]) for one in known.tables)
    return replace(
        file, details=replace(known, beginning="\n".join(lines), tables=tables, notes=())
    )


def _place(kept: KeptResult) -> ResultPlace:
    return kept.result.source, kept.result.handle, kept.created_at


def _results(db: Session, share: OpenShare) -> list[KeptResult]:
    """Those that a snapshot kept; before it is made, those that it will keep."""
    if share.mode == "snapshot" and share.share_id:
        rows = shares.results(db, share, limit=RESULTS_MAX)
        found = [KeptResult(results.result_of(row), row.created_at) for row in rows]
    else:
        found = results.kept(db, share.key, limit=RESULTS_MAX)
    return [KeptResult(on_card(one.result), one.created_at) for one in found]
