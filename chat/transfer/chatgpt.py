"""ChatGPT's export: conversations with a ``mapping`` of nodes, a tree with all versions."""

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

SOURCE = "chatgpt"
_TEXTS = ("text", "multimodal_text")
_KINDS = {
    "image_asset_pointer": "Image",
    "audio_asset_pointer": "Audio",
    "real_time_user_audio_video_asset_pointer": "Recording",
    "video_container_asset_pointer": "Video",
}


def knows(item: ForeignJson) -> bool:
    """Whether it is one of its conversations."""
    return isinstance(item.get("mapping"), dict)


def read(item: ForeignJson, where: str) -> Iterator[CarriedPiece]:
    """One conversation."""
    made = time_of(item.get("create_time"), item.get("update_time")) or DAY_ONE
    name = text_of(item.get("conversation_id")) or text_of(item.get("id"))
    title = text_of(item.get("title"))
    said = CarriedSession(
        session_id=name[:200],
        title=title,
        title_source="model",
        pinned=item.get("is_starred") is True,
        archived_at=made if item.get("is_archived") is True else None,
        created_at=made,
        last_activity_at=made,
        source=SOURCE,
    )
    mapping = object_of(item.get("mapping"))
    nodes = [_node(str(id_), object_of(one)) for id_, one in mapping.items()]
    yield from chat(said, nodes, text_of(item.get("current_node")), where)


def _node(id_: str, found: ForeignJson) -> Node:
    message = object_of(found.get("message"))
    parent = found.get("parent")
    node = Node(id=id_, parent=parent if isinstance(parent, str) else None)
    if not message:
        return node
    node.created_at = time_of(message.get("create_time"))
    role = text_of(object_of(message.get("author")).get("role"))
    content, about = object_of(message.get("content")), object_of(message.get("metadata"))
    kind = text_of(content.get("content_type"))
    if about.get("is_visually_hidden_from_conversation") is True:
        if _text(content)[0].strip():
            node.left_out = "A hidden message was left out."
    elif role == "tool" or text_of(message.get("recipient")) not in ("", "all"):
        _note_tool(node, role, message, content)
    elif role == "assistant" and kind in ("thoughts", "reasoning_recap"):
        pass
    elif role in ("user", "assistant", "system"):
        node.content, node.left_out = _text(content)
        if node.content.strip() or role == "user":
            node.role = role
            node.model = text_of(about.get("model_slug"))
            node.status = "stopped" if message.get("status") == "in_progress" else "complete"
    elif role:
        node.left_out = f"A message of the role {role[:40]!r} was left out."
    return node


def _note_tool(node: Node, role: str, message: ForeignJson, content: ForeignJson) -> None:
    """A call, or what came of one; both together are one step of the answer below."""
    if role == "tool":
        name = text_of(object_of(message.get("author")).get("name")) or "tool"
        text, node.left_out = _text(content)
        node.tool = {"name": name[:64], "arguments": {}, "summary": summary(text)}
        node.tool["outcome"] = "done"


def _text(content: ForeignJson) -> tuple[str, str]:
    """What it says, with a word in place of each picture; and what was left out."""
    kind = text_of(content.get("content_type"))
    if kind in _TEXTS:
        parts, left_out = [], ""
        for part in list_of(content.get("parts")):
            if isinstance(part, str):
                parts.append(text_of(part))
            elif said := text_of(object_of(part).get("text")):
                parts.append(said)
            elif isinstance(part, dict):
                name = _KINDS.get(text_of(part.get("content_type")), "Part")
                parts.append(f"*[{name} left out]*")
                left_out = f"{name} left out: only texts are imported."
        return "\n\n".join(part for part in parts if part), left_out
    text = text_of(content.get("text")) or text_of(content.get("result"))
    if kind == "code" and text:
        language = text_of(content.get("language"))
        fence = "````" if "```" in text else "```"
        return f"{fence}{language if language.isalnum() else ''}\n{text}\n{fence}", ""
    if kind in ("user_editable_context", "model_editable_context"):
        return "", "Custom instructions were left out."
    return text, ""
