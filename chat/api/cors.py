"""Front ends of other origins: those that the operator names may ask from a browser.

They ask as programs do, by token, or with the cookies that a browser sends them along.
"""

from functools import cached_property

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from chat import runtime

METHODS = ("GET", "POST", "PATCH", "DELETE")
ASKED = [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "X-Requested-With",
    "X-Share-Password",
]
TOLD = [
    "Content-Disposition",
    "Content-Location",
    "ETag",
    "Link",
    "Preference-Applied",
    "Retry-After",
    "X-Request-ID",
    "X-Total-Count",
]
SECONDS = 600


class Cors:
    """ASGI middleware; ``PARLEY_CORS_ORIGINS`` names the origins, without it there are none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    @cached_property
    def _inner(self) -> ASGIApp:
        origins = runtime.start().settings.cors_origins
        if not origins:
            return self.app
        return CORSMiddleware(
            self.app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=ASKED,
            allow_credentials=True,
            expose_headers=TOLD,
            max_age=SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; what a foreign page may ask first is answered here."""
        await self._inner(scope, receive, send)
