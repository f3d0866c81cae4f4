"""What other programs' chats have in common: a tree of nodes, of which some are no messages.

A node that is none (a tool's call, a hidden text) is passed through: what hangs on it hangs on the
message above it, and the tools that were called in between are noted with the answer.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from store.carried import CarriedMessage, CarriedPiece, CarriedSession, Skipped
from store.carried_fields import moment
from store.errors import Refused
from store.texts import TITLE_CUT, TITLE_MAX, cut, made_id, repaired

DAY_ONE = datetime(1970, 1, 1, tzinfo=UTC)
SUMMARY = 200
TITLE_FROM = 1_000
NODES_MAX = 200_000
ForeignJson = Mapping[str, object]


@dataclass(slots=True, kw_only=True)
class Node:
    """A place in the tree; no ``role``: passed through. ``left_out`` is what of it does not come.

    ``tool`` is a call, or what came of one, to be noted with the answer below.
    """

    id: str
    parent: str | None
    role: str = ""
    content: str = ""
    created_at: datetime | None = None
    model: str = ""
    status: str = "complete"
    feedback: str | None = None
    metadata: dict[str, object] = field(default_factory=dict)
    tool: dict[str, object] | None = None
    left_out: str = ""


def chat(
    said: CarriedSession, nodes: Sequence[Node], leaf: str, where: str
) -> Iterator[CarriedPiece]:
    """The pieces of one chat; ``leaf`` is the node on screen, else the last one.

    ``where`` is what people call it that has neither an id nor a title.
    """
    if not said.session_id:
        yield Skipped(_where(said) if said.title else where, "It has no id.")
        return
    if len(nodes) > NODES_MAX:
        yield Skipped(_where(said), f"It has more than {NODES_MAX:,} messages.")
        return
    by_id = {node.id: node for node in nodes}
    order = list(_in_order(by_id))
    messages: list[CarriedMessage] = []
    above: dict[str, tuple[int | None, list[object]]] = {}
    skipped: list[Skipped] = []
    last = said.created_at
    for node in order:
        parent, tools = above.get(node.parent or "", (None, []))
        if node.left_out:
            skipped.append(Skipped(_where(said), node.left_out))
        if node.tool is not None:
            tools = [*tools, node.tool][-50:]
        if not node.role:
            above[node.id] = parent, tools
            continue
        last = node.created_at or last
        messages.append(_message(said, node, len(messages) + 1, parent, last, tools))
        above[node.id] = len(messages), [] if node.role == "assistant" else tools
    shown = above[leaf][0] if leaf and leaf in above else None
    title = said.title or cut(
        next((one.content for one in messages if one.role == "user"), "")[:TITLE_FROM], TITLE_CUT
    )
    latest = max((one.created_at for one in messages), default=said.created_at)
    yield replace(
        said,
        title=cut(repaired(title), TITLE_MAX),
        active_leaf_id=shown or len(messages) or None,
        last_activity_at=max(latest, said.created_at),
    )
    yield from skipped
    yield from messages
    if len(order) < len(by_id):
        yield Skipped(_where(said), f"{len(by_id) - len(order)} messages hang on nothing.")


def text_of(value: object) -> str:
    """A text, empty for anything else."""
    return repaired(value) if isinstance(value, str) else ""


def object_of(value: object) -> ForeignJson:
    """An object, empty for anything else."""
    return value if isinstance(value, Mapping) else {}


def list_of(value: object) -> list[object]:
    """A list, empty for anything else."""
    return value if isinstance(value, list) else []


def time_of(*values: object) -> datetime | None:
    """The first of these that is a time."""
    for value in values:
        if value not in (None, "", 0):
            try:
                return moment(value)
            except Refused:
                continue
    return None


def summary(text: str) -> str:
    """The beginning of what a tool gave."""
    return cut(text[: 20 * SUMMARY], SUMMARY)


def _in_order(by_id: Mapping[str, Node]) -> Iterator[Node]:
    """By their times, and none before its parent; what is in a circle is never reached."""
    children: dict[str | None, list[tuple[datetime, int, Node]]] = {}
    for at, node in enumerate(by_id.values()):
        parent = node.parent if node.parent in by_id and node.parent != node.id else None
        children.setdefault(parent, []).append((node.created_at or DAY_ONE, at, node))
    ready = children.get(None, [])
    heapq.heapify(ready)
    while ready:
        time, _, node = heapq.heappop(ready)
        yield node
        for child_time, at, child in children.get(node.id, ()):
            heapq.heappush(ready, (max(child_time, time), at, child))


def _message(
    said: CarriedSession,
    node: Node,
    number: int,
    parent: int | None,
    created_at: datetime,
    tools: list[object],
) -> CarriedMessage:
    is_answer = node.role == "assistant"
    named = f"{said.source} {said.session_id} {node.id}"
    return CarriedMessage(
        id=number,
        parent_id=parent,
        role=node.role,
        content=repaired(node.content),
        status=node.status,
        model=cut(repaired(node.model)[:500], 200) if is_answer else "",
        tools_used=tools if is_answer else [],
        feedback=node.feedback if is_answer else None,
        idempotency_key=made_id(named),
        metadata=node.metadata,
        created_at=node.created_at or created_at,
    )


def _where(said: CarriedSession) -> str:
    return f"“{said.title[:60] or said.session_id[:60]}”"
