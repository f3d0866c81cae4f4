"""The page at ``/api/docs``: every call, out of the OpenAPI document; it loads nothing else."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

Document = dict[str, Any]
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h2 { border-top: 1px solid #8886; margin-top: 2rem; padding-top: 1rem; text-transform: capitalize; }
summary { cursor: pointer; font-family: monospace; overflow-wrap: anywhere; }
pre { background: #8882; overflow: auto; padding: .5rem; }
:root { color-scheme: light dark; }
"""


def page(document: Document) -> str:
    """The whole page; everything out of the document is escaped."""
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>{_text(document['info']['description'])}</p>"
        '<p>For machines: <a href="openapi.json">openapi.json</a></p>'
        f"{''.join(_calls(document))}</body></html>"
    )


def _calls(document: Document) -> Iterator[str]:
    prefix = document["servers"][0]["url"]
    tag = ""
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            if call["tags"][0] != tag:
                tag = call["tags"][0]
                yield f"<h2>{escape(tag)}</h2>"
            yield (
                f"<details><summary><b>{method.upper()}</b> {escape(prefix + path)}</summary>"
                f"<p>{_text(call['description'])}</p>"
                f"{_parameters(call)}{_body(call, document)}{_answers(call)}</details>"
            )


def _parameters(call: Document) -> str:
    rows = "".join(
        f"<li><code>{escape(given['name'])}</code> ({escape(given['in'])}) "
        f"{_text(given.get('description', ''))}</li>"
        for given in call.get("parameters", [])
    )
    return f"<ul>{rows}</ul>"


def _body(call: Document, document: Document) -> str:
    if "requestBody" not in call:
        return ""
    content = call["requestBody"]["content"]
    if "application/json" not in content:
        return "<p>Body: the bytes of a file.</p>"
    schema = content["application/json"]["schema"]
    schema = next(iter(schema.get("anyOf", [])), schema)
    name = schema["$ref"].rpartition("/")[2]
    shown = document["components"]["schemas"][name]
    text = json.dumps(shown["properties"], indent=2, ensure_ascii=False)
    return f"<p>Body: {_text(shown['description'])}</p><pre>{escape(text)}</pre>"


def _answers(call: Document) -> str:
    rows = "".join(
        f"<li><b>{escape(status)}</b> {_text(said['description'])}{_events(said)}</li>"
        for status, said in call["responses"].items()
    )
    return f"<ul>{rows}</ul>"


def _events(said: Document) -> str:
    """What a stream consists of."""
    stream = said.get("content", {}).get("text/event-stream")
    if stream is None:
        return ""
    names = ", ".join(stream["schema"]["properties"]["event"]["enum"])
    return f"<p>Events: {escape(names)}.</p><pre>{escape(stream['example'])}</pre>"


def _text(text: str) -> str:
    """Escaped, with `code` marked."""
    parts = escape(text).replace("``", "`").split("`")
    return "".join(
        f"<code>{part}</code>" if at % 2 else part.replace("\n\n", "<br>")
        for at, part in enumerate(parts)
    )
