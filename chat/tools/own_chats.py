"""The user's own chats, searched."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from chat.agent.toolkit import ToolContext, ToolResult, tool


@tool("Searching your chats…")
async def search_chats(
    context: ToolContext,
    query: Annotated[
        str,
        Field(
            description='words that all have to be in it; "a phrase", beginning*, -without, '
            "one OR another",
            min_length=1,
            max_length=200,
        ),
    ],
    limit: Annotated[int, Field(ge=1, le=30)] = 8,
) -> ToolResult:
    """Search titles and messages of this user's own chats, best match first.

    Each hit has the chat's title, an excerpt, who wrote it (role "title" for a chat found by
    its title), when, and a link. Name the chats that you use as Markdown links with their title
    and link. Few words find more: all of them have to be there.
    """
    found = [asdict(hit) for hit in await context.chats.search(query, limit)]
    if not found:
        note = "No chat has all of these words."
        return ToolResult({"hits": [], "note": note}, note)
    return ToolResult({"hits": found}, f"{len(found)} place{'' if len(found) == 1 else 's'} found")
