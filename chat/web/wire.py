"""One request over HTTP; the connection goes to the very address that was checked.

Imported when the first page is wanted.
"""

import re
import ssl
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

from chat import VERSION
from chat.web.addresses import Resolve, is_public
from chat.web.pages import Page, PageLimits, WebError
from chat.web.refusals import refusal

USER_AGENT = f"Parley/{VERSION} (self-hosted chat; a user's assistant asks for this page)"
PORTS = frozenset({80, 443})
_HOST = re.compile(rb"[0-9A-Za-z._:-]+")
HEADERS = {"user-agent": USER_AGENT, "accept": "*/*", "accept-encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Address:
    """Of a page that may be asked for; ``label`` is its host, for people."""

    url: httpx2.URL
    label: str

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """Scheme, host and port: where secrets of one page must stay."""
        return self.url.scheme, self.url.host, self.url.port


class Wire:
    """The connections, and how they are used."""

    def __init__(
        self,
        limits: PageLimits,
        resolve: Resolve,
        trust: ssl.SSLContext | None,
        *,
        private: bool,
        services: Collection[tuple[str, int]] = (),
    ) -> None:
        self._limits = limits
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trust or httpx2.create_ssl_context(trust_env=False),
            max_connections=20,
            keepalive_expiry=15.0,
            network_backend=Backend(resolve, private=private, services=services),
        )

    def address(self, url: str, params: Mapping[str, str | int] | None = None) -> Address:
        """Of a page, looked at before anything is sent; raises `WebError`."""
        try:
            parsed = httpx2.URL(url)
            return _checked(parsed.copy_merge_params(params) if params else parsed)
        except (httpx2.InvalidURL, ValueError):
            text = "This is no address of a page."
            raise WebError(text, "Use one that begins with https://.") from None

    def following(self, address: Address, location: str) -> Address:
        """Where a redirect leads; raises `WebError`."""
        try:
            return _checked(address.url.join(location))
        except (httpx2.InvalidURL, ValueError):
            text = f"{address.label} redirects to something that is no address."
            raise WebError(text, "Use the address of the page itself.") from None

    async def fetch(self, address: Address, headers: Mapping[str, str]) -> Page:
        """The page, or a redirect; raises `WebError`, for a status from 400 too."""
        url, label = address.url, address.label
        sent = {**HEADERS, **{name.lower(): value for name, value in headers.items()}}
        sent["host"] = url.netloc.decode("ascii")
        where = httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        limits = {"timeout": {"connect": self._limits.connect, "read": self._limits.read}}
        asked = self._pool.stream("GET", where, headers=list(sent.items()), extensions=limits)
        try:
            async with asked as response:
                return await self._page(address, response)
        except httpcore2.TimeoutException:
            raise WebError(f"{label} does not answer.", "Try again later.") from None
        except httpcore2.ConnectError as error:
            raise _unreachable(label, error) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError):
            raise _broken(label) from None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def _page(self, address: Address, response: httpcore2.Response) -> Page:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        if response.status >= 400:
            raise refusal(address.label, response.status, headers)
        has_body = response.status < 300
        body = await self._body(address.label, response, headers) if has_body else b""
        return Page(str(address.url), response.status, headers, body)

    async def _body(
        self, label: str, response: httpcore2.Response, headers: Mapping[str, str]
    ) -> bytes:
        """Unpacked piece by piece, so that a small answer cannot become a huge one."""
        limit = self._limits.body
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise WebError(f"{label} sent the page packed in a way that was not asked for.")
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
        body = bytearray()
        async for part in response.aiter_stream():
            try:
                body += unpacking.decompress(part, limit + 1 - len(body)) if unpacking else part
            except zlib.error:
                raise WebError(f"{label} sent a page that cannot be unpacked.") from None
            if len(body) > limit:
                text = f"The page at {label} is larger than {limit / 1e6:g} MB."
                raise WebError(text, "Ask for a smaller part of it.")
        if unpacking and not unpacking.eof:
            raise _broken(label)
        return bytes(body)


class Backend(httpcore2.AnyIOBackend):
    """Looks a name up, checks all it stands for, and connects to what was checked.

    So a name that changes its mind between the check and the connection changes nothing.
    ``services`` are hosts with the ports that the settings name; others are asked at the web's own
    ports, unless they are in a private network where tools may look.
    """

    def __init__(
        self, resolve: Resolve, *, private: bool, services: Collection[tuple[str, int]] = ()
    ) -> None:
        self._resolve = resolve
        self._private = private
        self._services = services

    async def connect_tcp(
        self, host: str, port: int, *more: Any, **named: Any
    ) -> httpcore2.AsyncNetworkStream:
        """To the first of the addresses that lets us in; raises `WebError` too."""
        failure: Exception = httpcore2.ConnectError("no address")
        for address in await self._allowed(host, port):
            try:
                return await super().connect_tcp(address, port, *more, **named)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _allowed(self, host: str, port: int) -> list[str]:
        try:
            found = list(await self._resolve(host, port))
        except (OSError, UnicodeError):
            found = []
        if not found:
            text = f"There is no server called {host}, or its name cannot be looked up now."
            raise WebError(text, "Check the address and the network.")
        if not self._private and not all(is_public(address) for address in found):
            text = f"{host} is in a private network, where tools may not look."
            raise WebError(text, "If they should, set PARLEY_PRIVATE_ADDRESSES=true.")
        if port not in PORTS and (host, port) not in self._services and any(map(is_public, found)):
            text = f"{host}:{port} is no place for web pages: only ports 80 and 443 are asked."
            raise WebError(text, "Use an address without a port.")
        return found


def _checked(url: httpx2.URL) -> Address:
    if url.scheme not in {"http", "https"} or not url.raw_host:
        text = "Only addresses that begin with http:// or https:// can be read."
        raise WebError(text, "Use one of those.")
    if not _HOST.fullmatch(url.raw_host) or not 0 < (80 if url.port is None else url.port) < 65_536:
        raise ValueError
    label = url.host if url.port is None else f"{url.host}:{url.port}"
    if url.userinfo:
        text = f"The address of a page at {label} has a name or password in it."
        raise WebError(text, "Leave it out.")
    return Address(url.copy_with(fragment=None), label)


def _broken(label: str) -> WebError:
    return WebError(f"The connection to {label} broke off.", "Try again.", retryable=True)


def _unreachable(label: str, error: httpcore2.ConnectError) -> WebError:
    if error.args and isinstance(error.args[0], ssl.SSLError):
        text = f"{label} cannot prove that it is {label}: its certificate is not accepted."
        fix = "Check the address; if it is right, its operator must renew the certificate."
        return WebError(text, fix)
    text = f"{label} cannot be reached: nothing answers there."
    return WebError(text, "Check the address, or try again later.", retryable=True)
