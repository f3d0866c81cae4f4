"""Analysis of somebody's public posts."""

from typing import Annotated

from pydantic import Field

from chat.agent.toolkit import ToolContext, ToolResult, tool
from chat.events import ProfileEvent, Status
from chat.profiles.choice import NAMES, alternatives
from chat.profiles.summary import enclosed, summarized

CHARS = 7_600


@tool("Analyzing {handle}…", seconds=180)
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
