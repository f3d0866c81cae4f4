"""Analysis of somebody's public posts."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from chat.agent.needs import Need, of_address
from chat.agent.toolkit import Arguments, ToolContext, ToolResult, tool
from chat.config import Settings
from chat.errors import ToolError
from chat.events import ProfileEvent, Status
from chat.profiles.choice import FILE_NAME, NAMES, alternatives, choose, place_of, shown
from chat.profiles.handles import is_address
from chat.profiles.summary import enclosed, summarized

CHARS = 7_600
BLUESKY = ".bsky.social"


def needs(settings: Settings, arguments: Arguments) -> Sequence[Need]:
    """To fetch the account or the feed; what is neither, the call itself refuses."""
    handle, source = arguments.get("handle"), arguments.get("source", "")
    if not isinstance(handle, str) or not isinstance(source, str):
        return ()
    try:
        place, name = choose(handle, source, settings)
    except ToolError:
        return ()
    if place == FILE_NAME:
        return ()
    if is_address(name):
        return (of_address(name),)
    user, _, instance = name.partition("@")
    spellings = [name, name.removesuffix(BLUESKY)]
    spellings += [f"https://{instance}/{mark}{user}" for mark in ("@", "users/") if instance]
    question = f"Fetch {shown(name, place)} from {place_of(place)}?"
    return (Need(f"{place}:{name}", question, tuple(spellings)),)


@tool("Analyzing {handle}…", seconds=180, needs=needs)
async def analyze_profile(
    context: ToolContext,
    handle: Annotated[
        str,
        Field(
            description="the handle without @ before it, such as name, name.bsky.social or "
            "name@instance.example, or the address of an RSS or Atom feed",
            max_length=220,
        ),
    ],
    source: Annotated[
        str,
        Field(description=f"{alternatives(NAMES)}; empty unless the user named one", max_length=20),
    ] = "",
    again: Annotated[
        bool,
        Field(description="fetch anew although there is a result; only when the user asks for it"),
    ] = False,
) -> ToolResult:
    """Analyze the public posts of an account: when it posts, engagement, top posts, products it
    mentions, writing style. Call it once per handle, for several handles in parallel. The result is
    kept with this chat: answer follow-up questions from what you already know and do not call it
    again for the same handle unless the user asks for new data.
    """
    result = await context.profiles.analyzed(
        source, handle, again=again, status=lambda line: context.emit(Status(line))
    )
    context.emit(ProfileEvent(result))
    posts, products = result.post_count or 0, len(result.asked.products)
    summary = f"{result.handle}, {posts:,} posts, {products} products"
    return ToolResult(enclosed(summarized(result, CHARS)), summary)
