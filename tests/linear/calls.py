"""How each function that reads foreign text is called with a text; refusing it is all right."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from chat.agent import calls, needs
from chat.agent.mcp import words as mcp_words
from chat.agent.models import chunks, failures
from chat.agent.offline import reply, tools
from chat.config import Settings
from chat.diagnostics import shown
from chat.errors import ParleyError
from chat.events import Token
from chat.mcp_settings import McpServer
from chat.profiles import choice, clean, downloads, figures, handles, rows, summary, words
from chat.profiles.result import AnalysisResult, Excerpt
from chat.profiles.source import Post
from chat.profiles.sources import feed, file
from chat.sharing import visible
from chat.tools import calculator, repair_guides
from chat.transfer import chatgpt, exports
from chat.turns import permits
from chat.ui import labels
from chat.ui.chat import differences, live_text, message_view, tool_steps
from chat.ui.markdown import blocks, safe
from chat.web import html
from store import folding, search, search_index, search_marks, search_query, texts
from store.errors import Refused
from store.json_stream import JsonStream
from tests.linear.file_calls import FILE_CALLS

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PIECE = 7
SETTINGS = Settings(find_local_servers=False)
LOOKED_FOR = search_query.parse('"a 1 a" zz* 中中 a*')


def _fed(text: str) -> None:
    answer = blocks.Blocks()
    for at in range(0, len(text), PIECE):
        answer.feed(text[at : at + PIECE])


def _watched(text: str) -> None:
    live = live_text.text_of(None, text[:PIECE])
    pieces = [Token(text[at : at + PIECE]) for at in range(PIECE, len(text), PIECE)]
    drawn = 0
    for number in range(0, len(pieces), 100):
        live.take(pieces[number : number + 100], min(number + 100, len(pieces)))
        live.make(1, at_once=True)
        _, _, drawn, _ = live.after(drawn)


def _streamed(text: str) -> None:
    splitter, reader = chunks.PayloadSplitter(), chunks.ChunkReader("key")
    event = {"choices": [{"delta": {"content": text}}]}
    data = f"data: {text}\n\ndata: {json.dumps(event)}\n\n".encode(errors="replace")
    payloads = [
        one for at in range(0, len(data), PIECE) for one in splitter.feed(data[at : at + PIECE])
    ]
    for payload in (*payloads, *splitter.finish()):
        with suppress(ParleyError):
            list(reader.read(payload))


def _post(text: str) -> Post:
    return Post(
        text[:64], text, NOW, links=clean.links(text, [text]), mentions=clean.mentions(text)
    )


def _result(text: str) -> AnalysisResult:
    post = Excerpt(text, text, text, 1, text)
    return AnalysisResult(handle=text, description=text, notes=(text,), posts=(post,))


def _file(name: str, text: str) -> None:
    file.read(name, text.encode(errors="replace"), "a", 100, NOW)


def _row(text: str) -> None:
    row = {"id": text, "text": text, "created_at": text, "url": text, "likes": text, "lang": text}
    _file("a.json", json.dumps([row, {**row, "created_at": 1_700_000_000}]))


def _feed(text: str) -> None:
    words = text.encode(errors="ignore").decode().replace("\x01", "").replace("]]>", "")
    entry = "<item><guid>1</guid><pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate><title>{}</title>"
    entry += f"<description><![CDATA[{words}]]></description></item>"
    feed.read(f"<rss version='2.0'><channel>{entry}</channel></rss>".encode(), "a", 10, NOW)


def _use(text: str) -> dict[str, object]:
    return {"name": text, "arguments": {"a": text}, "summary": text, "outcome": "done"}


def _report(text: str) -> None:
    call = {"id": "1", "function": {"name": text}}
    asked: list[dict[str, Any]] = [{"role": "assistant", "tool_calls": [call]}]
    asked += [{"role": "tool", "tool_call_id": "1", "content": text}]
    tools.report(asked)
    asked[-1]["content"] = json.dumps({"a": [text, {"title": text, "url": text}]})
    tools.report(asked)


def _looked_for(text: str) -> None:
    names = ("https://aaa.a/a", "http://www.a", "aa", "a.a@a.a", "ftp://aa", text[:64])
    permits.named(needs.Need("", "", names), text)


def _as_stored(text: str) -> search_index.SearchText:
    return search_index.SearchText("a", 1, "user", text, NOW)


def _json_stream(text: str) -> None:
    for whole in (text, json.dumps([text] * 3)):
        JsonStream(io.BytesIO(whole.encode(errors="replace"))).value()


CALLS: dict[str, Callable[[str], object]] = {
    "chat.transfer.exports: file_name": exports.file_name,
    "chat.transfer.chatgpt: _text": lambda text: chatgpt._text({"parts": [text, {"text": text}]}),
    "store.json_stream: JsonStream.value": _json_stream,
    "chat.ui.markdown.safe: safe": safe.safe,
    "chat.ui.markdown.blocks: Blocks.feed": _fed,
    "chat.ui.chat.live_text: text_of": _watched,
    "chat.ui.chat.differences: compared": lambda text: differences.compared(text[:-1], f"x{text}"),
    "chat.ui.chat.differences: marked": lambda text: differences.marked([(text, False)]),
    "chat.ui.chat.message_view: _drawn": message_view._drawn,
    "chat.sharing.visible: _step": lambda text: visible._step(_use(text)),
    "chat.ui.chat.tool_steps: step_label": lambda text: tool_steps.step_label(text, text),
    "chat.ui.chat.tool_steps: _line": lambda text: tool_steps._line(_use(text)),
    "chat.ui.labels: plain": labels.plain.__wrapped__,
    "chat.ui.labels: handles": labels.handles,
    "chat.agent.calls: _object": calls._object,
    "chat.agent.calls: _cut": lambda text: calls._cut(text, 100),
    "chat.agent.calls: _text": lambda text: calls._text([text]),
    "chat.agent.calls: _summary": calls._summary,
    "chat.agent.needs: addresses": lambda text: needs.addresses({"a": text, "url": [text]}),
    "chat.agent.needs: of_address": lambda text: needs.questions([needs.of_address(text)]),
    "chat.agent.needs: of_tool": lambda text: needs.of_tool(text, text, text),
    "chat.agent.mcp.words: limited": mcp_words.limited,
    "chat.agent.mcp.words: redacted": lambda text: mcp_words.redacted(
        text, McpServer.model_validate({"url": "https://a.b", "headers": {"a": "secret"}})
    ),
    "chat.agent.mcp.words: unquoted": mcp_words.unquoted,
    "chat.agent.mcp.words: parameters": lambda text: mcp_words.parameters({"type": text}),
    "chat.agent.mcp.words: function_names": lambda text: mcp_words.function_names("a", [text]),
    "chat.agent.models.chunks: PayloadSplitter.feed": _streamed,
    "chat.agent.models.failures: provider_text": failures.provider_text,
    "chat.agent.models.failures: quotable": lambda text: failures.quotable(text, "secret"),
    "chat.agent.models.failures: from_error_object": lambda text: failures.from_error_object(
        {"message": text, "code": text}, key="secret"
    ),
    "chat.agent.models.failures: wait_seconds": lambda text: failures.wait_seconds(
        {"retry-after": text}
    ),
    "chat.agent.offline.reply: reply": lambda text: reply.reply([("user", text)]),
    "chat.agent.offline.reply: echo": reply.echo,
    "chat.agent.offline.tools: pick": lambda text: tools.pick(text, ["nothing"]),
    "chat.agent.offline.tools: _essence": tools._essence,
    "chat.agent.offline.tools: _calculation": tools._calculation,
    "chat.agent.offline.tools: report": _report,
    "chat.diagnostics.shown: line_shown": lambda text: shown.line_shown(text, SETTINGS),
    "chat.diagnostics.shown: address_shown": shown.address_shown,
    "chat.diagnostics.shown: name_shown": shown.name_shown,
    "chat.web.html: plain": html.plain,
    "chat.profiles.choice: choose": lambda text: choice.choose(text, "", SETTINGS),
    "chat.profiles.choice: _guessed": lambda text: choice._guessed(text, SETTINGS),
    "chat.profiles.choice: named": choice.named,
    "chat.profiles.clean: plain": clean.plain,
    "chat.profiles.clean: language": clean.language,
    "chat.profiles.clean: moment": lambda text: clean.moment(text, NOW),
    "chat.profiles.clean: count": clean.count,
    "chat.profiles.downloads: as_csv": lambda text: downloads.as_csv(_result(text)),
    "chat.profiles.figures: compute": lambda text: figures.compute([_post(text)], NOW),
    "chat.profiles.handles: of_account": lambda text: handles.of_account(text, place="a"),
    "chat.profiles.handles: called": handles.called,
    "chat.profiles.rows: rows": lambda text: list(rows.rows("a", text.encode(errors="replace"))[1]),
    "chat.profiles.summary: summarized": lambda text: summary.summarized(_result(text), 4_000),
    "chat.profiles.summary: enclosed": summary.enclosed,
    "chat.profiles.words: as_data": lambda text: words.as_data([_post(text)]),
    "chat.profiles.words: read": lambda text: words.read(text),
    "chat.profiles.words: _line": lambda text: words._line(text, 100),
    "chat.profiles.sources.file: read": _row,
    "chat.profiles.sources.file: read as a table": lambda text: _file("a.csv", text),
    "chat.profiles.sources.feed: read": _feed,
    "chat.tools.calculator: calculated": calculator.calculated,
    "chat.tools.repair_guides: plain": repair_guides.plain,
    "chat.turns.permits: named": _looked_for,
    "store.texts: storable": texts.storable,
    "store.texts: repaired": texts.repaired,
    "store.texts: check_title": texts.check_title,
    "store.texts: check_tag": texts.check_tag,
    "store.texts: cut": lambda text: texts.cut(text, 60),
    "store.texts: is_id": texts.is_id,
    "store.texts: made_id": texts.made_id,
    "store.texts: searchable": lambda text: texts.searchable(text, text),
    "store.search_marks: excerpt": lambda text: search_marks.excerpt(text, LOOKED_FOR),
    "store.search_marks: marks": lambda text: list(search_marks.marks(text, LOOKED_FOR)),
    "store.search: _scores": lambda text: search._scores(LOOKED_FOR, [text]),
    "store.search_query: parse": lambda text: search_query.parse(text + " a"),
    "store.search_index: written": lambda text: search_index._terms(_as_stored(text)),
    "store.folding: phrase": folding.phrase,
    **FILE_CALLS,
}
ELSEWHERE = {
    "called here beside another": (
        "chat.agent.models.chunks: ChunkReader.read",
        "chat.agent.models.chunks: ChunkReader._choice",
        "chat.agent.models.chunks: ChunkReader._count",
        "chat.agent.models.chunks: ChunkReader._gather",
        "chat.agent.models.chunks: _arguments",
        "chat.agent.models.chunks: _cached",
        "chat.agent.models.chunks: _dollars",
        "chat.agent.models.chunks: _number",
        "chat.agent.models.chunks: _parts",
        "chat.agent.models.failures: bad_response",
    ),
    "what comes is read with functions called here": (
        "chat.agent.calls: Calls._end",
        "chat.agent.calls: Calls._result",
        "chat.agent.mcp.words: text_of",
        "chat.agent.models.failures: translate",
        "chat.profiles.sources.feed: _address",
        "chat.profiles.sources.feed: fetch",
        "chat.profiles.sources.feed: read_digest",
        "chat.profiles.sources.file: fetch",
        "chat.profiles.sources.file: read_digest",
        "chat.profiles.words: Findings.checked",
        "chat.profiles.words: read_posts",
        "chat.tools.repair_guides: search_repair_guides",
        "chat.tools.repair_guides: _asked",
        "chat.tools.repair_guides: _link",
        "chat.tools.repair_guides: _names",
        "chat.tools.repair_guides: _remembered",
        "chat.tools.repair_guides: _seconds",
        "chat.tools.repair_guides: _step",
        "chat.tools.repair_guides: _summary",
        "chat.tools.repair_guides: _time",
        "chat.tools.calculator: calculate",
        "chat.ui.chat.message_view: answer",
        "chat.ui.chat.message_view: asking_answer",
        "chat.ui.chat.message_view: live_answer",
        "chat.ui.chat.message_view: body",
        "chat.ui.chat.message_view: _long_body",
    ),
    "given to the database, which compares it": (
        "store.search: find",
        "store.search: _looked_at",
        "store.search: chats",
        "store.search: _hits",
        "store.search: _look",
        "store.search_files: names_in",
        "store.search_within: having",
        "store.search_within: narrowed",
        "store.search_within: words_of",
        "store.search_index: titled",
        "store.search_query: fts",
        "store.search_query: tsquery",
        "store.search_query: _fts",
        "store.search_query: _tsquery",
        "store.search_query: _all",
        "store.search_query: _none",
    ),
    "our own words": (
        "store.search_rebuild: main",
        "chat.agent.models.chunks: ChunkReader.__init__",
        "chat.agent.offline.transport: OfflineTransport._events",
        "chat.agent.offline.transport: _body",
        "chat.agent.offline.transport: _choice",
        "chat.agent.offline.transport: _refusal",
        "chat.agent.offline.transport: _usage",
        "chat.diagnostics.shown: _shown",
        "chat.profiles.choice: alternatives",
        "chat.profiles.choice: title_of",
        "chat.tools.repair_guides: _away",
    ),
}


def called(name: str, text: str) -> None:
    """As in the application, where a refusal becomes words."""
    with suppress(ParleyError, Refused, words.Misfit, ValueError):
        CALLS[name](text)
