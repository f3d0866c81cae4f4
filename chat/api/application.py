"""The whole API as one ASGI app, to be mounted at ``/api``."""

from collections.abc import Callable
from functools import partial

from anyio import CapacityLimiter
from fastapi import FastAPI

from chat import VERSION
from chat.api import (
    bookmark_routes,
    errors,
    file_routes,
    folder_routes,
    message_routes,
    profile_routes,
    public_routes,
    result_routes,
    search_routes,
    session_routes,
    share_routes,
    transfer_routes,
    turn_routes,
    usage_routes,
    user_routes,
)
from chat.api.caller import FOR_HEALTH, THREADS
from chat.api.cors import Cors
from chat.api.docs import Document
from chat.api.guard import Guard
from chat.api.known_first import KnownFirst

ABOUT = """\
JSON in UTF-8 both ways; times are ISO 8601 in UTC. Send `Authorization: Bearer <API token>`; \
with a login cookie, writes also need the header `X-Requested-With`. `{user_id}` is your own id \
or `me`. Lists are arrays, newest first unless said; the header `Link` leads to the next page.
"""
_ALWAYS = errors.documented(400, 401, 403, 408, 413, 415, 422, 429, 503)


def make_api() -> FastAPI:
    """A new one; it works with the process's `chat.runtime`."""
    api = FastAPI(
        title="Parley",
        version=VERSION,
        description=ABOUT,
        servers=[{"url": "/api"}],
        root_path_in_servers=False,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    api.openapi = partial(_document, api, api.openapi)  # type: ignore[method-assign]
    api.state.threads = CapacityLimiter(THREADS)
    api.state.for_health = CapacityLimiter(FOR_HEALTH)
    errors.install(api)
    api.add_middleware(KnownFirst)
    api.add_middleware(Cors)
    api.add_middleware(Guard)
    for router in (
        session_routes.router,
        folder_routes.router,
        file_routes.router,
        message_routes.router,
        result_routes.router,
        bookmark_routes.router,
        turn_routes.router,
        turn_routes.chat,
        profile_routes.router,
        search_routes.router,
        user_routes.router,
        share_routes.router,
        share_routes.mine,
        share_routes.opened,
        usage_routes.router,
        transfer_routes.router,
        public_routes.choices,
    ):
        api.include_router(router, responses=_ALWAYS)
    api.include_router(public_routes.router)
    return api


def _document(api: FastAPI, make: Callable[[], Document]) -> Document:
    """The OpenAPI document, with what FastAPI cannot know; made once."""
    if api.openapi_schema:
        return api.openapi_schema
    document = make()
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"token": []}, {}]
    for methods in document["paths"].values():
        for method, call in methods.items():
            content = call["responses"].get("200", {}).get("content", {})
            if content.get("application/json") == {"schema": {}}:
                del content["application/json"]  # what only streams
            if method == "get":
                _leave_out(call, "400", "408", "413", "415")
            elif "requestBody" not in call:
                _leave_out(call, "400")
    return document


def _leave_out(call: Document, *statuses: str) -> None:
    for status in statuses:
        call["responses"].pop(status, None)
