"""The same of what attached files bring, and of questions about their tables."""

from __future__ import annotations

import json
from collections.abc import Callable

from chat.agent.offline import data, given
from chat.agent.types import ATTACHED
from chat.files import languages, names, sniffing


def _data(text: str) -> None:
    told = json.dumps({"table": text, "columns": {text: "DOUBLE", "city": "DATE", "a": "a"}})
    asked = {"role": "user", "content": f"average {text} by city and {text}, draw"}
    data.next_call([{"role": "system", "content": told}, asked])


def _sniffed(text: str) -> None:
    for name in ("a", "a.csv", "a.jsonl"):
        sniffing.sniffed(name, text, is_all=True, plain=True)


FILE_CALLS: dict[str, Callable[[str], object]] = {
    "chat.agent.offline.given: text_of": lambda text: list(
        given.headings(given.split(given.text_of({"content": [{"text": f"{ATTACHED}{text}"}]}))[1])
    ),
    "chat.agent.offline.data: next_call": _data,
    "chat.files.languages: language_of": lambda text: languages.language_of("a", text),
    "chat.files.languages: is_markdown": lambda text: languages.is_markdown("a", f"# a\n{text}"),
    "chat.files.names: file_name": names.file_name,
    "chat.files.names: unique": lambda text: names.unique([text, text, text[:9]], "a"),
    "chat.files.sniffing: sniffed": _sniffed,
}
