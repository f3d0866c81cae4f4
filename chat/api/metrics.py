"""``GET /metrics``: for Prometheus, with a token of its own."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Header, Response

from chat import runtime
from chat.errors import NotSignedIn
from store.errors import NotFound

TYPE = "text/plain; version=0.0.4; charset=utf-8"
router = APIRouter()


@router.get("/metrics", response_class=Response, include_in_schema=False)
async def read_metrics(authorization: Annotated[str, Header()] = "") -> Response:
    """Counters in Prometheus' text format; 404 unless ``PARLEY_METRICS_TOKEN`` is set."""
    parts = runtime.start()
    token = parts.settings.metrics_token
    if token is None:
        raise NotFound("There are no metrics here.", "Set PARLEY_METRICS_TOKEN to have them.")
    given = authorization.removeprefix("Bearer ")
    if not secrets.compare_digest(given.encode(), token.get_secret_value().encode()):
        raise NotSignedIn("The token is missing or wrong.", "Send the value of the setting.")
    return Response(parts.metrics.text(), media_type=TYPE)
