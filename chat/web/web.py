"""Outgoing requests of tools: bounded in time and size, and only to public addresses.

Redirects are followed here, each checked like the first address; what a server refuses for now
is asked again. Errors are texts for people: they name the host, never the rest of an address,
which may have a token in it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chat.config import Settings
from chat.web import addresses
from chat.web.pages import LIMITS, Page, PageLimits, WebError

if TYPE_CHECKING:
    from chat.web.wire import Address, Wire

BACKOFF_SECONDS = (0.5, 1.0)
LONGEST_WAIT = 10.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(eq=False)
class Web:
    """Fetches pages for tools; keeps no cookies, uses no proxy. Belongs to one loop."""

    settings: Settings
    _: KW_ONLY
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    resolve: addresses.Resolve = addresses.resolve
    limits: PageLimits = LIMITS
    trust: ssl.SSLContext | None = None
    _wire: Wire | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """A page whose status is below 400; raises `WebError`.

        ``headers`` go to the host of ``url`` only, not to where it redirects.
        """
        wire = await self._open()
        address = wire.address(url, params)
        try:
            async with asyncio.timeout(self.limits.total):
                return await self._followed(wire, address, headers or {})
        except TimeoutError:
            text = f"{address.label} took longer than {self.limits.total:g} seconds."
            raise WebError(text, "Try again later, or ask for less.") from None

    async def warm_up(self) -> None:
        """Make the first request as fast as later ones: imports and certificates."""
        await self._open()

    async def aclose(self) -> None:
        """Close all connections."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.aclose()

    async def _open(self) -> Wire:
        async with self._opening:
            if self._wire is None:
                self._wire = await asyncio.to_thread(self._new_wire)
            return self._wire

    def _new_wire(self) -> Wire:
        """In a thread: certificates and the import take longer than answers should wait."""
        from chat.web.wire import Wire

        known = self.settings
        urls = map(urlsplit, (known.ifixit_url, known.bluesky_url, known.mastodon_url, known.x_url))
        services = {(url.hostname, url.port) for url in urls if url.hostname and url.port}
        private = known.private_addresses
        return Wire(self.limits, self.resolve, self.trust, private=private, services=services)

    async def _followed(self, wire: Wire, address: Address, headers: Mapping[str, str]) -> Page:
        for _ in range(self.limits.redirects + 1):
            page = await self._tried(wire, address, headers)
            location = page.headers.get("location", "")
            if page.status not in REDIRECTS or not location:
                return page
            following = wire.following(address, location)
            if following.origin != address.origin:
                headers = {}
            address = following
        text = f"{address.label} redirects again and again."
        raise WebError(text, "Use the address of the page itself.")

    async def _tried(self, wire: Wire, address: Address, headers: Mapping[str, str]) -> Page:
        for backoff in (*BACKOFF_SECONDS, None):
            try:
                return await wire.fetch(address, headers)
            except WebError as error:
                wait = backoff if error.retry_after is None else error.retry_after
                if not error.retryable or backoff is None or wait is None or wait > LONGEST_WAIT:
                    raise
            await self.sleep(wait)
        raise AssertionError("the last try returns or raises")
