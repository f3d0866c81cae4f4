"""Who asks is known before anything of a body is read, and then no more than the route takes."""

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from chat import runtime
from chat.api import errors
from chat.api.caller import RAW, who
from chat.errors import ParleyError
from chat.server.bodies import CLOSE, bounded

OPEN = frozenset({"/health", "/docs", "/openapi.json", "/metrics"})
"""For anybody; they read no body."""
SMALL = 256 * 1024
BYTES_PER_CHAR = 4
BESIDE_THE_MESSAGE = 100_000
STRUCTURE_MAX = 64 * 1024
LARGE = re.compile(r"/users/[^/]+/sessions/[^/]+/(messages(/[^/]+/edit)?|profiles)|/chat/stream")
"""The routes that take texts of the greatest length of a message; all others take `SMALL`."""
IMPORT = "/users/me/import"
UNREAD_MAX = 64 * 1024
"""Of so much, the server drops what was not read; behind more it closes the connection."""


class KnownFirst:
    """ASGI middleware; bodies are counted as they come, and JSON by what it costs to parse."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the bodies of those who are known, up to the limit."""
        headers, path = Headers(scope=scope), scope["path"].removeprefix(scope["root_path"])
        length = headers.get("content-length", "")
        if (length in ("", "0") and "transfer-encoding" not in headers) or path in OPEN:
            await self.app(scope, receive, send)
            return
        try:
            await who(Request(scope))
        except ParleyError as error:
            may_stay = length and not _is_above(length, UNREAD_MAX)
            refusal = errors.named(error, **({} if may_stay else CLOSE))
            await refusal(scope, receive, send)
            return
        limit = _limit(path)
        if _is_above(length, limit):
            await errors.of_status(413, CLOSE)(scope, receive, send)
            return
        look = _look_at_nothing if RAW.fullmatch(path) else Structure().check
        await self.app(scope, bounded(receive, limit, look), send)


class Structure:
    """How much of a JSON text is not inside its strings, as its pieces come.

    That is what parsing it costs: a list of zeros takes fifty times its size in memory.
    """

    def __init__(self) -> None:
        self.size = 0
        self._in_string = False
        self._rest = b""

    def take(self, piece: bytes) -> None:
        """Count a piece in."""
        piece = (self._rest + piece).replace(b"\\\\", b"").replace(b'\\"', b"")
        self._rest = b"\\" if piece.endswith(b"\\") else b""
        parts = piece.removesuffix(b"\\").split(b'"')
        self.size += sum(map(len, parts[self._in_string :: 2])) + len(parts) - 1
        self._in_string ^= len(parts) % 2 == 0

    def check(self, piece: bytes) -> None:
        """The same; raise a refusal of what is too much, and of all that is not UTF-8's."""
        if b"\0" in piece:  # other codings have it, and their structure is not counted
            raise HTTPException(400, headers=CLOSE)
        self.take(piece)
        if self.size > STRUCTURE_MAX:
            raise HTTPException(413, headers=CLOSE)


def _look_at_nothing(_piece: bytes) -> None:
    """Of a file that is no JSON."""


def _limit(path: str) -> int:
    if RAW.fullmatch(path):
        settings = runtime.start().settings
        return (settings.import_mb if path == IMPORT else settings.file_mb) * 1024 * 1024
    if not LARGE.fullmatch(path):
        return SMALL
    return runtime.start().settings.message_max_chars * BYTES_PER_CHAR + BESIDE_THE_MESSAGE


def _is_above(length: str, limit: int) -> bool:
    """Of the digits of a ``Content-Length``, of which there may be thousands."""
    return len(length) > len(str(limit)) or int(length or "0") > limit
