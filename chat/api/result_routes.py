"""What tools computed for answers: tables and charts, as files of several kinds."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from chat.api.caller import Here
from chat.api.errors import Responses, documented, gives
from chat.api.fields import SESSION_ID, JsonObject, MessageId
from chat.api.shapes import Json, ResultAnswer, shaped
from chat.data.charts import chart_of, vega, with_values
from chat.data.found import Cell
from chat.spreadsheets import as_csv
from store import results
from store.file_values import ColumnInfo
from store.result_values import Computed

router = APIRouter(
    prefix="/users/{user_id}/sessions/{session_id}/messages/{message_id}/results/{result_id}",
    tags=["messages"],
)
ResultId = Annotated[str, Path(pattern=SESSION_ID, examples=["3f2a"])]
ResultFormat = Annotated[Literal["json", "csv", "parquet"], Query()]
PARQUET = "application/vnd.apache.parquet"
Rows = Sequence[Sequence[Cell]]


class RowsAnswer(ResultAnswer):  # type: ignore[misc, valid-type]
    """A table with its rows: those that are kept, ``count`` of ``total``."""

    rows: list[list[Cell]]


class AgainAnswer(BaseModel):
    """What the query of a table gives now: the first 50 ``rows``, and in words what changed."""

    columns: list[JsonObject] = Field(examples=[[{"name": "city", "type": "VARCHAR"}]])
    rows: list[list[Cell]]
    count: int
    total: int
    changes: list[str] = Field(description="Empty: nothing did.")


_BINARY = {"schema": {"type": "string", "format": "binary"}}
_GIVEN: Responses = {
    200: {
        "model": RowsAnswer | JsonObject,
        "content": {"text/csv": {"schema": {"type": "string"}}, PARQUET: _BINARY},
        "description": "The table; a chart as JSON is a Vega-Lite document with its values.",
    },
    **documented(404),
}


@router.get("", responses=_GIVEN)
async def read_result(
    here: Here, message_id: MessageId, result_id: ResultId, format: ResultFormat = "json"
) -> Response:
    """A table or a chart that was computed for an answer, with all rows that are kept.

    What a spreadsheet would run as a formula has an apostrophe before it in `csv`.
    """
    if format == "parquet":
        data = await here.read(
            lambda db: results.data(db, here.key, message_id=message_id, result_id=result_id)
        )
        return _file(data, PARQUET)
    kept, rows = await here.parts.data.rows(here.key, message_id, result_id)
    if format == "csv":
        table = await here.run(as_csv, [one.name for one in kept.columns], rows)
        return _file(table, "text/csv; charset=utf-8")
    return await here.run(_json, kept, rows)


@router.post("/again", responses=gives(AgainAnswer, 404))
async def run_again(here: Here, message_id: MessageId, result_id: ResultId) -> Response:
    """Run the query of a table again, on what is there now; the kept table stays as it is."""
    rerun = await here.parts.data.again(here.key, message_id, result_id)
    found = rerun.result
    said = {"rows": found.rows, "count": found.count, "total": found.total}
    return Json({"columns": _columns(found.columns), **said, "changes": rerun.changes})


def _json(kept: Computed, rows: Rows) -> Response:
    chart = chart_of(kept.about)
    if chart is None:
        return Json({**shaped(ResultAnswer, kept), "rows": rows})
    at = next((n for n, one in enumerate(kept.columns) if one.name == chart.x), None)
    along = () if at is None else {row[at] for row in rows}
    document = vega(chart, kept.columns, kept.title, along)
    return Json(with_values(document, kept.columns, rows))


def _columns(columns: Sequence[ColumnInfo]) -> list[JsonObject]:
    return [{"name": one.name, "type": one.type} for one in columns]


def _file(content: bytes, media_type: str) -> Response:
    ending = "csv" if media_type.startswith("text/csv") else "parquet"
    headers = {
        "Content-Disposition": f'attachment; filename="result.{ending}"',
        "Cache-Control": "no-store",
    }
    return Response(content, 200, headers, media_type)
