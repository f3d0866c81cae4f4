"""One chat as Markdown, as a page, or as a notebook: the branch on screen, for people to read."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chat.transfer.parts import PICTURES_MAX, Parts, markdown_of, page_of
from store.session_values import ChatSession
from store.values import Message

DRAWN_MAX = 100_000
"""Longer texts are shown as they are: what draws them need not be linear."""
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 system-ui, sans-serif; margin: 2rem auto; max-width: 46rem;
  padding: 0 1rem; overflow-wrap: anywhere; }
header p, .about { color: #667; font-size: .85rem; margin: .2rem 0; }
article { border-top: 1px solid #8885; padding: .6rem 0; }
.user { background: #8881; border-radius: .6rem; padding: .4rem 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1rem; margin: .4rem 0; }
pre { background: #8882; border-radius: .4rem; overflow-x: auto; padding: .6rem; }
pre, code { font-family: ui-monospace, monospace; font-size: .9em; }
.long { white-space: pre-wrap; }
table { border-collapse: collapse; } td, th { border: 1px solid #8887; padding: .25rem .6rem; }
blockquote { border-left: 3px solid #8887; margin-left: 0; padding-left: 1rem; }
a { color: #0b625e; } img { max-width: 100%; } h3 { font-size: .95rem; }
@media (prefers-color-scheme: dark) { body { background: #14191a; color: #e4ebeb; }
  a { color: #70c9c2; } header p, .about { color: #9ab; } }
@media print { body { margin: 0; max-width: none; } pre { white-space: pre-wrap; }
  h2 { break-after: avoid; } pre, table, tr { break-inside: avoid; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_ENDINGS = {
    "stopped": "Stopped.",
    "interrupted": "The server stopped while answering.",
    "error": "It ended with an error.",
    "queued": "Not answered yet.",
    "streaming": "Still being answered.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A chat and its branch on screen; ``prompt`` is the system prompt, ``model`` where none is.

    ``parts`` gives what messages have beside their texts.
    """

    session: ChatSession
    messages: Sequence[Message]
    prompt: str
    model: str
    parts: Parts | None = None

    @property
    def title(self) -> str:
        """What it is called."""
        return self.session.title or "New chat"


def markdown(told: Told) -> Iterator[str]:
    """The texts as they are, each below who said it and when."""
    yield f"# {' '.join(told.title.split())}\n\n*{_span(told)}*\n"
    for one in told.messages:
        yield f"\n## {_who(one)} · {_time(one.created_at)}\n\n{one.content.rstrip()}\n"
        if ending := _ENDINGS.get(one.status):
            yield f"\n*{ending}*\n"
        yield markdown_of(one, told.parts)


def page(told: Told) -> Iterator[str]:
    """One file that needs nothing else: nothing in it is run, and nothing is fetched."""
    title = escape(told.title)
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>"
        f"<header><h1>{title}</h1><p>{escape(_span(told))}</p></header><main>"
    )
    left = [PICTURES_MAX]
    for one in told.messages:
        time = one.created_at.astimezone(UTC)
        yield (
            f'\n<article class="{escape(one.role)}"><h2>{escape(_who(one))}</h2>'
            f'<p class="about"><time datetime="{time.isoformat()}">{_time(time)}</time></p>'
            f"{drawn(one.content)}"
        )
        yield from page_of(one, told.parts, left)
        if ending := _ENDINGS.get(one.status):
            yield f'<p class="about">{escape(ending)}</p>'
        yield "</article>"
    yield "\n</main></body></html>\n"


def notebook(told: Told) -> Iterator[str]:
    """A Jupyter notebook: each question, the call that asks a model for its answer, and that."""
    cells = [_said(f"# {' '.join(told.title.split())}\n\n*{_span(told)}*"), _first_call()]
    begin = "messages = []"
    if told.prompt:
        begin = f"messages = [{_argument({'role': 'system', 'content': told.prompt})}]"
    cells.append(_call(begin))
    for one in told.messages:
        added = f"messages.append({_argument({'role': one.role, 'content': one.content})})"
        if one.role != "assistant":
            beside = markdown_of(one, told.parts)
            cells += [_said(f"**{_who(one)}**\n\n{one.content}\n{beside}"), _call(added)]
            continue
        asked = ["answer = client.chat.completions.create(", "    messages=messages,"]
        asked.append(f"    model={_argument(one.model or told.model)},")
        temperature = told.session.parameters.get("temperature")
        if isinstance(temperature, int | float):
            asked.append(f"    temperature={temperature!r},")
        asked += [")", "answer.choices[0].message.content"]
        cells.append(_call("\n".join(asked), one.content))
        if beside := markdown_of(one, told.parts):
            cells.append(_said(beside))
        cells.append(_call(f"# What was answered then; the chat goes on from it.\n{added}"))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    for at, cell in enumerate(cells):
        cell["id"] = f"cell-{at}"
    whole = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    yield json.dumps(whole, ensure_ascii=False, indent=1)


def drawn(text: str) -> str:
    """A message's Markdown as HTML; what is HTML in it is shown, and pictures are links."""
    if len(text) > DRAWN_MAX:
        return f'<pre class="long">{escape(text)}</pre>'
    return str(_MARKDOWN.render(text))


def _image(
    _: RendererProtocol, tokens: Sequence[Token], at: int, _o: OptionsDict, _e: EnvType
) -> str:
    address = str(tokens[at].attrGet("src") or "")
    words = escape(tokens[at].content or "Picture")
    if not address.startswith(("http://", "https://")):
        return words
    return f'<a href="{escape(address)}" rel="noreferrer">{words}</a>'


def _maker() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "linkify": False})
    made.enable(["table", "strikethrough"])
    made.add_render_rule("image", _image)
    return made


_MARKDOWN = _maker()


def _first_call() -> dict[str, object]:
    return _call(
        "# Needs `pip install openai`; the key comes from the environment variable\n"
        "# OPENAI_API_KEY, and another server's address from OPENAI_BASE_URL.\n"
        "from openai import OpenAI\n\nclient = OpenAI()"
    )


def _said(text: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _call(code: str, output: str | None = None) -> dict[str, object]:
    outputs = []
    if output is not None:
        data = {"text/markdown": output, "text/plain": output}
        outputs = [{"output_type": "display_data", "data": data, "metadata": {}}]
    cell: dict[str, object] = {"cell_type": "code", "metadata": {}, "source": code}
    return {**cell, "execution_count": None, "outputs": outputs}


def _argument(value: object) -> str:
    """As Python writes it, on one line: nothing in a text gets out of its quotes."""
    return repr(value)


def _who(one: Message) -> str:
    if one.role == "user":
        return "You"
    if one.role == "system":
        return "System"
    name = one.metadata.persona.name if one.metadata.persona else "Assistant"
    return f"{name} ({one.model})" if one.model else name


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _span(told: Told) -> str:
    count = len(told.messages)
    begun = _time(told.session.created_at)
    return f"{count:,} message{'' if count == 1 else 's'}, begun {begun}"
