"""Exports of other programs, in the shapes in which they come."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

MONDAY = 1_700_000_000.5


def gpt_node(
    id_: str, parent: str | None, role: str, *parts: Any, at: float | None = None, **more: Any
) -> dict[str, Any]:
    """A node of ChatGPT's mapping."""
    kind = "text" if all(isinstance(part, str) for part in parts) else "multimodal_text"
    about = more.pop("metadata", {})
    return {
        "id": id_,
        "parent": parent,
        "children": [],
        "message": {
            "id": id_,
            "author": {"role": role, "name": more.pop("name", None), "metadata": {}},
            "create_time": at,
            "content": more.pop("content", {"content_type": kind, "parts": list(parts)}),
            "status": "finished_successfully",
            "weight": 1.0,
            "metadata": {"model_slug": "gpt-4o", **about},
            "recipient": more.pop("recipient", "all"),
        },
    }


def chatgpt(name: str = "c-1", title: str = "A loose chain") -> dict[str, Any]:
    """With a hidden system message, an edited question, a tool, a picture and another branch."""
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x", "width": 1}
    nodes = [
        {"id": "root", "message": None, "parent": None, "children": ["sys"]},
        gpt_node(
            "sys", "root", "system", "", metadata={"is_visually_hidden_from_conversation": True}
        ),
        gpt_node("q1", "sys", "user", "My chain slips.", at=MONDAY),
        gpt_node("a1", "q1", "assistant", "Check **wear**.", at=MONDAY + 1),
        gpt_node("a1b", "q1", "assistant", "Measure it.", at=MONDAY + 2),
        gpt_node("q2", "a1b", "user", image, "Like this?", at=MONDAY + 3),
        gpt_node("call", "q2", "assistant", "search(1)", at=MONDAY + 4, recipient="browser"),
        gpt_node("tool", "call", "tool", "Found it", at=MONDAY + 5, name="browser"),
        gpt_node(
            "code",
            "tool",
            "assistant",
            content={"content_type": "code", "language": "python", "text": "print(1)"},
            at=MONDAY + 6,
        ),
        gpt_node("q1b", "sys", "user", "My belt slips.", at=MONDAY + 7),
    ]
    return {
        "title": title,
        "create_time": MONDAY,
        "update_time": MONDAY + 9,
        "mapping": {node["id"]: node for node in nodes},
        "current_node": "code",
        "conversation_id": name,
        "is_archived": False,
        "default_model_slug": "gpt-4o",
    }


def open_webui(name: str = "w-1", title: str = "Brakes") -> dict[str, Any]:
    messages = {
        "m1": {"id": "m1", "parentId": None, "childrenIds": ["m2", "m3"], "role": "user"}
        | {"content": "Squeal?", "timestamp": 1_700_000_000, "files": [{"name": "pic.png"}]},
        "m2": {"id": "m2", "parentId": "m1", "childrenIds": [], "role": "assistant"}
        | {"content": "Sand them.", "model": "llama3", "timestamp": 1_700_000_001, "done": True},
        "m3": {"id": "m3", "parentId": "m1", "childrenIds": [], "role": "assistant"}
        | {"content": "New pads.", "model": "qwen", "timestamp": 1_700_000_002}
        | {"annotation": {"rating": 1}},
    }
    return {
        "id": name,
        "user_id": "u",
        "title": title,
        "chat": {
            "id": "",
            "title": title,
            "models": ["llama3"],
            "params": {"system": "Be short."},
            "history": {"messages": messages, "currentId": "m2"},
            "messages": [],
            "timestamp": 1_700_000_000_000,
        },
        "created_at": 1_700_000_000,
        "updated_at": 1_700_000_009,
        "archived": True,
        "pinned": True,
    }


def claude(name: str = "k-1", title: str = "Wheels", turns: int = 1) -> dict[str, Any]:
    messages = []
    for at in range(turns):
        stamp = f"2025-03-01T10:{at:02}:00.123456Z"
        question = {"uuid": f"h{at}", "text": f"True {at}?", "sender": "human", "created_at": stamp}
        question |= {"content": [{"type": "text", "text": f"True {at}?"}], "files": []}
        question["attachments"] = [{"file_name": "a.txt", "extracted_content": "spokes"}]
        answer = {"uuid": f"a{at}", "text": "", "sender": "assistant", "created_at": stamp}
        answer["content"] = [
            {"type": "thinking", "thinking": "Hm."},
            {"type": "text", "text": "Turn"},
            {"type": "tool_use", "name": "web_search", "input": {}, "message": "Searching"},
            {"type": "text", "text": "the nipple."},
        ]
        messages += [question, {**answer, "attachments": [], "files": [{"file_name": "b.png"}]}]
    return {
        "uuid": name,
        "name": title,
        "created_at": "2025-03-01T09:00:00.000000Z",
        "updated_at": "2025-03-01T11:00:00.000000Z",
        "account": {"uuid": "x"},
        "chat_messages": messages,
    }


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return data.getvalue()
