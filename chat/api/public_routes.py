"""What can be chosen, whether it works, and what there is."""

import secrets
from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Request
from starlette.responses import HTMLResponse, Response

from chat import runtime
from chat.api import docs
from chat.api.caller import Anybody
from chat.api.errors import gives
from chat.api.shapes import Health, Json, ModelAnswer, PersonaAnswer, PersonaText, shaped
from chat.errors import NotSignedIn
from chat.runtime import Runtime
from chat.server.answers import report
from store import users
from store.errors import NotFound, StorageUnavailable

router = APIRouter()
choices = APIRouter(tags=["choices"])
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@router.get(
    "/health",
    tags=["health"],
    responses={503: {"model": Health, "description": "It does not."}, **gives(Health)},
)
async def read_health(request: Request) -> Response:
    """Whether the server and its database work; for anybody."""
    parts = runtime.start()
    try:
        await run_sync(partial(_use_database, parts), limiter=request.app.state.for_health)
    except StorageUnavailable:
        return report(parts, works=False)
    return report(parts)


@router.get("/docs", include_in_schema=False)
async def read_docs(request: Request) -> Response:
    """All calls on one page, for people."""
    return HTMLResponse(docs.page(request.app.openapi()))


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
    return Response(parts.metrics.text(), media_type=PROMETHEUS)


@choices.get("/personas", responses=gives(PersonaAnswer, many=True))
async def list_personas(caller: Anybody) -> Response:
    """Those that all have, in their own order, then the caller's own by name."""
    book, shown = caller.parts.personas, partial(shaped, PersonaText)
    default = book.built_in.default.id
    found = await caller.read(lambda db: book.all_in(db, user_id=caller.user_id))
    return Json(
        [
            {**shown(persona), "own": persona.own, "is_default": persona.id == default}
            for persona in found
        ]
    )


@choices.get("/models", responses=gives(ModelAnswer, many=True))
async def list_models(caller: Anybody) -> Response:
    """What the endpoint offers, as far as it is known now; the default one first if unlisted.

    To guests, what they may choose.
    """
    caller.parts.refresh_models()
    status = caller.parts.provider.status()
    terms = caller.parts.limits.terms(caller.identity.role)
    default, names = terms.pick("", status.default_model), list(status.models)
    if default and default not in names:
        names.insert(0, default)
    offered = terms.offered(names, status.default_model)
    return Json([{"id": name, "is_default": name == default} for name in offered])


def _use_database(parts: Runtime) -> None:
    with parts.database.reading() as db:
        users.by_username(db, username=users.LOCAL_USER)
