"""Claude's export: conversations with ``chat_messages``, one after the other, or with parents."""

from collections.abc import Iterator

from chat.transfer.trees import (
    DAY_ONE,
    ForeignJson,
    Node,
    chat,
    list_of,
    object_of,
    summary,
    text_of,
    time_of,
)
from store.carried import CarriedPiece, CarriedSession

SOURCE = "claude"
NO_PARENT = "00000000-0000-4000-8000-000000000000"
_ROLES = {"human": "user", "user": "user", "assistant": "assistant", "system": "system"}


def knows(item: ForeignJson) -> bool:
    """Whether it is one of its conversations."""
    return isinstance(item.get("chat_messages"), list)


def read(item: ForeignJson, where: str) -> Iterator[CarriedPiece]:
    """One conversation."""
    made = time_of(item.get("created_at"), item.get("updated_at")) or DAY_ONE
    title, name = text_of(item.get("name")), text_of(item.get("uuid"))
    said = CarriedSession(
        session_id=name[:200],
        title=title,
        title_source="model",
        description=text_of(item.get("summary"))[:10_000],
        model=text_of(item.get("model"))[:200],
        created_at=made,
        last_activity_at=made,
        source=SOURCE,
    )
    found = [object_of(one) for one in list_of(item.get("chat_messages"))]
    has_parents = any("parent_message_uuid" in one for one in found)
    nodes: list[Node] = []
    for at, one in enumerate(found):
        parent = nodes[-1].id if nodes else None
        if has_parents:
            above = text_of(one.get("parent_message_uuid"))
            parent = above if above and above != NO_PARENT else None
        nodes.append(_node(one, text_of(one.get("uuid")) or f"message-{at}", parent))
    yield from chat(said, nodes, text_of(item.get("current_leaf_message_uuid")), where)


def _node(found: ForeignJson, id_: str, parent: str | None) -> Node:
    node = Node(id=id_, parent=parent, created_at=time_of(found.get("created_at")))
    sender = text_of(found.get("sender"))
    if sender not in _ROLES:
        node.left_out = f"A message of the sender {sender[:40]!r} was left out."
        return node
    node.role = _ROLES[sender]
    texts = []
    for part in map(object_of, list_of(found.get("content"))):
        kind = text_of(part.get("type"))
        if kind == "text":
            texts.append(text_of(part.get("text")))
        elif kind == "thinking" and text_of(part.get("thinking")):
            node.metadata["reasoning"] = text_of(part.get("thinking"))
        elif kind == "tool_use":
            about = {"name": text_of(part.get("name"))[:64] or "tool", "arguments": {}}
            node.tool = {**about, "summary": summary(text_of(part.get("message")))}
            node.tool["outcome"] = "done"
    text = "\n\n".join(one for one in texts if one) or text_of(found.get("text"))
    for one in map(object_of, list_of(found.get("attachments"))):
        if inside := text_of(one.get("extracted_content")):
            fence = "`" * max(3, _longest_run(inside) + 1)
            text += f"\n\n{fence}\n{inside}\n{fence}"
    files = list_of(found.get("files")) or list_of(found.get("files_v2"))
    if files:
        text += f"\n\n*[{len(files)} files left out]*"
        node.left_out = f"{len(files)} files left out: only texts are imported."
    node.content = text.strip("\n")
    return node


def _longest_run(text: str) -> int:
    longest = 0
    while "`" * (longest + 1) in text and longest < 100:
        longest += 1
    return longest
