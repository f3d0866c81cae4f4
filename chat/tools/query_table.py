"""Queries over the tables of a chat."""

from typing import Annotated

from pydantic import Field

from chat.agent.toolkit import ToolContext, ToolResult, tool
from chat.errors import ToolError


@tool("Computing {title}…", seconds=90)
async def query_table(
    context: ToolContext,
    sql: Annotated[
        str, Field(description="one SELECT in DuckDB's SQL", min_length=1, max_length=20_000)
    ],
    title: Annotated[
        str, Field(description="what it gives, in a few words for people", max_length=200)
    ] = "the result",
) -> ToolResult:
    """Compute an answer from the tables of this chat: attached files, and analyzed accounts as the
    tables posts and profiles (times in UTC). Always compute numbers with it, never guess them. Put
    names in double quotes. Aggregate in the query. The user sees the whole table with your answer
    already: do not repeat it, say what it means. draw_chart draws it by its query_id.
    """
    if context.data is None:
        raise ToolError("There are no tables here.", "Go on without them.")
    found = await context.data.query(sql, title.strip(), tell=context.emit)
    content: dict[str, object] = {
        "query_id": found.result_id,
        "columns": [f"{one.name} ({one.type})" for one in found.columns],
        "rows": [list(row) for row in found.rows],
        "rows_given": len(found.rows),
        "rows_in_all": found.total,
    }
    if found.lost:
        content["files_that_cannot_be_read"] = list(found.lost)
    size = f"{found.total:,} row{'' if found.total == 1 else 's'}"
    kept = f", {found.count:,} kept" if found.count < found.total else ""
    lost = f"; cannot be read: {', '.join(found.lost)}" if found.lost else ""
    return ToolResult(content, f"{size}, {len(found.columns)} columns{kept}{lost}")
