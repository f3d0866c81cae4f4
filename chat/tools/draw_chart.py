"""Charts of what queries gave."""

from typing import Annotated

from pydantic import Field

from chat.agent.toolkit import ToolContext, ToolResult, tool
from chat.data.values import ChartKind, ChartSpec
from chat.errors import ToolError


@tool("Drawing a {kind} chart…", seconds=90)
async def draw_chart(
    context: ToolContext,
    kind: ChartKind,
    x: Annotated[str, Field(description="a column of the query's result", max_length=200)],
    y: Annotated[str, Field(description="a number; not for a histogram", max_length=200)] = "",
    colour: Annotated[
        str,
        Field(description="a column that makes groups; of a heatmap the number", max_length=200),
    ] = "",
    title: Annotated[str, Field(description="for people", max_length=200)] = "",
    query_id: Annotated[
        str, Field(description="of a query_table in this chat; empty: the newest", max_length=64)
    ] = "",
) -> ToolResult:
    """Draw a chart of a result of query_table. Bars and categories stand in the order of its rows,
    so sort in the query. The user sees the chart with your answer already.
    """
    if context.data is None:
        raise ToolError("There are no tables here.", "Go on without them.")
    chart = ChartSpec(kind, x, y, colour)
    drawn = await context.data.draw(query_id, chart, title.strip(), tell=context.emit)
    return ToolResult({"chart_id": drawn, "shown": True}, f"{kind} chart")
