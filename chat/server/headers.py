"""Headers that every answer of the server carries.

Model text is untrusted: whatever Markdown it contains, the browser may load pictures and media
from this server only, and run no script but the server's own, so nothing that a model writes can
call home.
"""

import re
from collections.abc import Callable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat.server import share_links

POLICY = {
    "default-src": "'self'",
    # Components of the second kind are loaded from blobs that the page makes.
    "script-src": "'self' blob:",
    "style-src": "'self' 'unsafe-inline'",  # Emotion writes its styles into the page
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "frame-src": "'self'",
    "frame-ancestors": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
TRANSPORT = "max-age=31536000"
_SITE = re.compile(r"; *(secure|samesite=\w+)(?=;|$)", re.IGNORECASE)


class SafeHeaders:
    """ASGI middleware that adds `HEADERS` and `POLICY`, and over https that it stays so for a year.

    ``scripts`` are the hashes of the scripts that stand in the page itself, ``ancestors`` gives the
    origins whose pages may show this one in a frame. Where there are any, over https, browsers keep
    all cookies once for each site around the page.
    """

    def __init__(
        self, app: ASGIApp, scripts: Sequence[str], ancestors: Callable[[], Sequence[str]]
    ) -> None:
        self.app = app
        self._scripts, self._ancestors = scripts, ancestors

    def _headers(self) -> dict[str, str]:
        more = {"script-src": self._scripts, "frame-ancestors": self._ancestors()}
        policy = {name: (value, *more.get(name, ())) for name, value in POLICY.items()}
        said = "; ".join(f"{name} {' '.join(values)}" for name, values in policy.items())
        return {"Content-Security-Policy": said, **HEADERS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; only HTTP answers get the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        whole = self._headers()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if share_links.is_of_shares(scope["path"]):
                    headers.update(share_links.HEADERS)
                for name, value in whole.items():
                    headers.setdefault(name, value)
                if is_https(scope):
                    headers.setdefault("Strict-Transport-Security", TRANSPORT)
                    if self._ancestors():
                        _keep_for_frames(headers)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _keep_for_frames(headers: MutableHeaders) -> None:
    cookies = headers.getlist("set-cookie")
    del headers["set-cookie"]
    for cookie in cookies:
        kept = f"{_SITE.sub('', cookie)}; Secure; SameSite=None; Partitioned"
        headers.append("set-cookie", kept)


def set_cookie(scope: Scope, name: str, value: str, days: int) -> str:
    """The header's value for a cookie that no script of the page can read."""
    answer, seconds, secure = Response(), days * 86_400, is_https(scope)
    answer.set_cookie(name, value, max_age=seconds, secure=secure, httponly=True, samesite="lax")
    return answer.headers["set-cookie"]


def is_https(scope: Scope) -> bool:
    """Whether the browser asked over https, here or at the proxy in front.

    Whoever makes that up changes nothing but their own answers.
    """
    forwarded = Headers(scope=scope).get("x-forwarded-proto", "").split(",")[0].strip().lower()
    return "https" in (scope["scheme"], forwarded)
