"""Routes that take long texts: they are parsed beside the event loop, not on it."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.routing import APIRoute

AT_ONCE = 64 * 1024


class _Large(Request):
    async def json(self) -> Any:
        """What the body says; parsed once."""
        if not hasattr(self, "_json"):
            body, limiter = await self.body(), self.app.state.threads
            small = len(body) <= AT_ONCE
            self._json = (
                json.loads(body) if small else await run_sync(json.loads, body, limiter=limiter)
            )
        return self._json


class LargeBody(APIRoute):
    """Of a router, as its ``route_class``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own, with a request that parses elsewhere."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            return await handle(_Large(request.scope, request.receive))

        return handler
