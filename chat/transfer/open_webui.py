"""Open WebUI's export: chats whose ``history.messages`` are a tree."""

from collections.abc import Iterator

from chat.transfer.trees import (
    DAY_ONE,
    ForeignJson,
    Node,
    chat,
    list_of,
    object_of,
    text_of,
    time_of,
)
from store.carried import CarriedPiece, CarriedSession

SOURCE = "open-webui"


def knows(item: ForeignJson) -> bool:
    """Whether it is one of its chats."""
    return isinstance(object_of(item.get("chat")).get("history"), dict)


def read(item: ForeignJson, where: str) -> Iterator[CarriedPiece]:
    """One chat."""
    inside = object_of(item.get("chat"))
    made = time_of(item.get("created_at"), inside.get("timestamp")) or DAY_ONE
    title = text_of(item.get("title")) or text_of(inside.get("title"))
    name = text_of(item.get("id")) or text_of(inside.get("id"))
    prompt = text_of(object_of(inside.get("params")).get("system"))
    said = CarriedSession(
        session_id=name[:200],
        title=title,
        title_source="model",
        parameters={"system_prompt": prompt[:20_000]} if prompt else {},
        pinned=item.get("pinned") is True,
        archived_at=made if item.get("archived") is True else None,
        created_at=made,
        last_activity_at=made,
        source=SOURCE,
    )
    history = object_of(inside.get("history"))
    found = object_of(history.get("messages"))
    nodes = [_node(str(id_), object_of(one)) for id_, one in found.items()]
    yield from chat(said, nodes, text_of(history.get("currentId")), where)


def _node(id_: str, found: ForeignJson) -> Node:
    parent = found.get("parentId")
    node = Node(id=id_, parent=parent if isinstance(parent, str) else None)
    role = text_of(found.get("role"))
    node.created_at = time_of(found.get("timestamp"))
    if role not in ("user", "assistant", "system"):
        node.left_out = f"A message of the role {role[:40]!r} was left out."
        return node
    node.role, node.content = role, text_of(found.get("content"))
    node.model = text_of(found.get("model"))
    if found.get("done") is False and role == "assistant":
        node.status = "interrupted"
    if found.get("error"):
        node.status = "error" if role == "assistant" else "complete"
    rating = object_of(found.get("annotation")).get("rating")
    node.feedback = {1: "good", -1: "bad"}.get(rating) if isinstance(rating, int) else None
    if files := list_of(found.get("files")):
        names = [text_of(object_of(one).get("name")) or "a file" for one in files[:20]]
        node.content = "\n\n".join([node.content, *(f"*[{_said(one)} left out]*" for one in names)])
        node.left_out = f"{len(files)} files left out: only texts are imported."
    return node


def _said(name: str) -> str:
    return " ".join(name.split())[:80].replace("*", "").replace("[", "(").replace("]", ")")
