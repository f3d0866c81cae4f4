"""The tree of messages as plain Python: what the store must agree with after every step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from store.texts import PREVIEW_CUT, cut


@dataclass
class Node:
    id: int
    parent: int | None
    role: str
    content: str
    status: str
    batch: int | None = None  # the deletion that took it


@dataclass
class Tree:
    nodes: dict[int, Node] = field(default_factory=dict)
    next_id: int = 1
    leaf: int | None = None
    preview: str = ""
    batches: int = 0
    tokens: int = 0

    def add(self, parent: int | None, role: str, content: str, status: str) -> Node:
        node = Node(self.next_id, parent, role, content, status)
        self.nodes[node.id] = node
        self.next_id += 1
        self.show(node.id)
        return node

    def ask(self, parent: int | None, text: str) -> None:
        waits = self.answering()
        question = self.add(parent, "user", text, "queued" if waits else "complete")
        self.add(question.id, "assistant", "", "queued" if waits else "streaming")

    def answering(self) -> bool:
        return any(node.status in ("queued", "streaming") for node in self.kept())

    def streaming(self) -> Node | None:
        return next((node for node in self.kept() if node.status == "streaming"), None)

    def start_next(self) -> Node | None:
        waiting = [n for n in self.kept() if n.status == "queued" and n.role == "assistant"]
        if self.streaming() or not waiting:
            return None
        node = min(waiting, key=lambda node: node.id)
        node.status = "streaming"
        assert node.parent is not None
        self.nodes[node.parent].status = "complete"
        return node

    def finish(self, node: Node, text: str, status: str, tokens: int) -> None:
        node.content, node.status = text, status
        self.tokens += tokens
        if self.leaf == node.id:
            self.show(node.id)

    def delete(self, node: Node) -> set[int]:
        """Nothing happens when an answer there is being written; then empty."""
        below = [n for n in self.below(node.id) if n.batch is None]
        if any(n.status == "streaming" for n in below):
            return set()
        self.batches += 1
        for gone in below:
            gone.batch = self.batches
        if node.role == "assistant" and node.status == "queued" and node.parent is not None:
            self.nodes[node.parent].status = "complete"
        ids = {n.id for n in below}
        if self.leaf in ids:
            beside = self.versions(node)
            if beside:
                self.select(beside[-1])
            else:
                self.show(node.parent)
        return ids

    def restore(self, node: Node) -> bool:
        if node.batch is None or (node.parent and self.nodes[node.parent].batch is not None):
            return False
        for back in [n for n in self.below(node.id) if n.batch == node.batch and n is not node]:
            back.batch = None
        node.batch = None
        self.select(node.id)
        return True

    def select(self, id_: int) -> int:
        newest = max(node.id for node in self.below(id_) if node.batch is None)
        self.show(newest)
        return newest

    def show(self, leaf: int | None) -> None:
        self.leaf = leaf
        texts = [node.content for node in self.path(leaf)[-2:] if node.content.strip()]
        self.preview = cut(texts[-1], PREVIEW_CUT) if texts else ""

    def purge(self, before: int) -> None:
        """Forget what deletions up to ``before`` took."""
        self.nodes = {n.id: n for n in self.nodes.values() if n.batch is None or n.batch > before}

    def kept(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.batch is None]

    def path(self, leaf: int | None) -> list[Node]:
        found: list[Node] = []
        while leaf is not None:
            found.insert(0, self.nodes[leaf])
            leaf = self.nodes[leaf].parent
        return found

    def below(self, id_: int) -> Iterator[Node]:
        yield self.nodes[id_]
        for node in list(self.nodes.values()):
            if node.parent == id_:
                yield from self.below(node.id)

    def versions(self, of: Node) -> tuple[int, ...]:
        return tuple(n.id for n in self.kept() if (n.parent, n.role) == (of.parent, of.role))
