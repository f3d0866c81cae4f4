"""iFixit's repair guides, over its public API (``https://www.ifixit.com/api/2.0/doc``).

Nothing of an answer is trusted to have its documented shape, and texts lose their markup.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated
from urllib.parse import quote, urljoin, urlsplit

from pydantic import Field

from chat.agent.toolkit import ToolContext, ToolResult, tool
from chat.errors import ToolError
from chat.web import html
from chat.web.pages import WebError, records

SITE = "https://www.ifixit.com/"
MEMORY = "repair_guides"
REMEMBERED = 10
MAX_STEPS, MAX_LINES = 100, 15
MARKS = {"icon_caution": "Caution: ", "icon_note": "Note: ", "icon_reminder": "Reminder: "}
LICENCE = "iFixit and its contributors, CC BY-NC-SA 3.0"
MARKUP = (
    (r"!?\[([^\]|]{0,200})\]\([^)]{0,2000}\)", r"\1"),  # images and links of Markdown
    (r"\[(?:image|video|embed|document|station)\|[^\]]{0,300}\]", ""),
    (r"\[br\]", "\n"),
    (r"\[[a-z_]{1,20}\|[^\]|]{0,500}\|([^\]|]{0,200})[^\]]{0,100}\]", r"\1"),  # [link|url|words|…]
    (r"\[(?:https?:)?//[^\]|]{0,500}\|([^\]|]{0,200})[^\]]{0,100}\]", r"\1"),
    (r"\[[a-z_]{1,20}\|([^\]|]{0,200})\]", r"\1"),
    (r"'{2,3}|^={1,6} {0,3}| {0,3}={1,6}$", ""),
)
# Each repetition is bounded, so that no text makes them slow.
_RULES = [
    (re.compile(pattern, re.IGNORECASE | re.MULTILINE | re.DOTALL), words)
    for pattern, words in MARKUP
]


@tool("Searching repair guides…")
async def search_repair_guides(
    context: ToolContext,
    query: Annotated[
        str,
        Field(
            description="device and part, such as iPhone 13 battery", min_length=1, max_length=200
        ),
    ],
    limit: Annotated[int, Field(ge=1, le=20)] = 5,
) -> ToolResult:
    """Search iFixit's repair guides for a device and what is to be repaired.

    Cite the guides that you use by title and link, as Markdown links. Read a guide with
    read_repair_guide before you tell its steps; never make up steps, links or guides. When
    nothing was found, say so, or search with fewer words.
    """
    path = f"/search/{quote(query.strip(), safe='')}"
    answer = await _asked(context, path, filter="guide", limit=limit)
    found = list(filter(None, map(_summary, records(answer, "results"))))[:limit]
    note = "" if found else "iFixit has no guide for these words."
    content = {"guides": found, "source": LICENCE, **({"note": note} if note else {})}
    line = note or f"{len(found)} found: {'; '.join(str(guide['title']) for guide in found)}"
    return ToolResult(content, line, _remembered(context, found))


@tool("Reading repair guide {guide_id}…")
async def read_repair_guide(
    context: ToolContext, guide_id: Annotated[int, Field(ge=1, lt=10**12)]
) -> ToolResult:
    """Read one of iFixit's guides: tools, parts and all steps in their order.

    Cite its title and link. Keep to its steps and warnings; never make up steps.
    """
    try:
        answer = await _asked(context, f"/guides/{guide_id}")
    except WebError as error:  # the only one that `_asked` lets through
        raise ToolError(
            f"iFixit has no guide {guide_id}.", "Search for guides and use an id from there."
        ) from error
    summary = _summary({**answer, "guideid": guide_id, "dataType": "guide"})
    steps = list(filter(None, map(_step, records(answer, "steps")[:MAX_STEPS])))
    if summary is None or not steps:
        text = f"iFixit's guide {guide_id} cannot be read."
        raise ToolError(text, "Use another one, and say so.")
    guide = {
        **summary,
        "introduction": plain(answer.get("introduction_raw")),
        "tools": _names(records(answer, "tools")),
        "parts": _names(records(answer, "parts")),
        "steps": steps,
        "conclusion": plain(answer.get("conclusion_raw")),
        "source": LICENCE,
    }
    content = {name: value for name, value in guide.items() if value}
    line = f"{summary['title']}, {len(steps)} steps"
    return ToolResult(content, line, _remembered(context, [summary]))


async def _asked(context: ToolContext, path: str, **params: str | int) -> dict[str, object]:
    """The object that iFixit answers with; `WebError` when there is none, else `ToolError`."""
    url = f"{context.settings.ifixit_url.rstrip('/')}{path}"
    try:
        page = await context.web.get(url, params=params, headers={"Accept": "application/json"})
        answer = page.json()
    except WebError as error:
        if error.http_status == 404:
            raise
        raise _away(error.message) from error
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise _away("It answered with something that cannot be read.")
    return answer


def _away(why: str) -> ToolError:
    fix = "Answer without them, say that they could not be read, and make up no steps or links."
    return ToolError(f"iFixit's repair guides cannot be reached now: {why}", fix)


def _summary(entry: Mapping[str, object]) -> dict[str, object] | None:
    """What a list says about a guide; None for what is no guide."""
    if entry.get("dataType", "guide") != "guide":
        return None
    title = plain(entry.get("title"), 200).replace("\n", " ")
    number = str(entry.get("guideid"))
    if not title or not re.fullmatch("[1-9][0-9]{0,11}", number):
        return None
    guide_id = int(number)
    guide = {
        "id": guide_id,
        "title": title,
        "url": _link(entry.get("url"), guide_id),
        "summary": plain(entry.get("summary"), 500),
        "device": plain(entry.get("category"), 100),
        "difficulty": plain(entry.get("difficulty"), 50),
        "time": _time(entry),
    }
    return {name: value for name, value in guide.items() if value}


def _link(url: object, guide_id: int) -> str:
    """The guide's page, and never one of another site."""
    if isinstance(url, str):
        try:
            parts = urlsplit(urljoin(SITE, url.strip()))
            host = parts.hostname or ""
        except ValueError:
            host = ""
        if host == "ifixit.com" or host.endswith(".ifixit.com"):
            path = quote(parts.path, safe="/%+-._~,:@!'*")
            return f"https://{host}{path}"
    return f"{SITE}Guide/View/{guide_id}"


def _time(entry: Mapping[str, object]) -> str:
    least, most = (_seconds(entry.get(f"time_required_{end}")) for end in ("min", "max"))
    if not most:
        text = plain(entry.get("time_required"), 50)
        return "" if text == "No estimate" else text
    low, high = max(1, round(least / 60)), max(1, round(most / 60))
    return f"{high} minutes" if low >= high or not least else f"{low} to {high} minutes"


def _seconds(value: object) -> int:
    return int(value) if isinstance(value, int | float) and 0 < value < 10**7 else 0


def _step(entry: Mapping[str, object]) -> dict[str, object] | None:
    lines = []
    for line in records(entry, "lines")[:MAX_LINES]:
        if text := plain(line.get("text_raw")) or plain(line.get("text_rendered")):
            lines.append(MARKS.get(str(line.get("bullet")), "") + text)
    title = plain(entry.get("title"), 200)
    return {**({"title": title} if title else {}), "lines": lines} if lines else None


def _names(entries: Iterable[Mapping[str, object]]) -> list[str]:
    texts = (plain(entry.get("text"), 200) for entry in entries)
    return [text for text in texts if text][:50]


def _remembered(context: ToolContext, guides: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """The last ones, newest last, for questions that come later."""
    kept = records(context.memory.get(MEMORY))
    known = {guide["id"]: guide for guide in kept if isinstance(guide.get("id"), int)}
    for guide in guides:
        known.pop(guide["id"], None)
        known[guide["id"]] = {name: guide[name] for name in ("id", "title", "url")}
    return {MEMORY: list(known.values())[-REMEMBERED:]} if known else {}


def plain(text: object, limit: int = 2000) -> str:
    """Text out of HTML, Markdown and iFixit's wiki markup: words stay, images never do.

    Cut to ``limit`` characters; nothing for what is no text.
    """
    if not isinstance(text, str):
        return ""
    text = html.plain(text[: 2 * limit + 1000])
    for pattern, words in _RULES:
        text = pattern.sub(words, text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
