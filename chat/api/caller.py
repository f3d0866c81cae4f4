"""Who asks, and in which threads the database is used for them.

Everything is looked up anew for each request; routes get a `Caller`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from time import monotonic
from typing import Annotated, ParamSpec, TypeVar
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from fastapi import Depends, Path, Request

from chat import runtime
from chat.api.errors import Csrf, WrongMediaType
from chat.api.fields import SESSION_ID
from chat.errors import NotSignedIn
from chat.limits.payers import NOWHERE, PeerAddress
from chat.peers import budget_unit
from chat.people.identity import Identity
from chat.runtime import Runtime
from chat.server import known_browsers
from store import users
from store.database import Session
from store.errors import NotFound, SessionNotFound, StorageUnavailable
from store.values import SessionKey

THREADS, FOR_HEALTH = 16, 2
"""How many may use the database at once; whoever asks for health waits for none of the others.

Not in the default threads: those belong to the page, and would wait for the database.
"""
FRESH_SECONDS = 2.0
"""A body that takes longer to come is not of somebody who is known still."""
RAW = re.compile(r"/users/(me/import|[^/]+/files)$")
"""What takes bodies of any kind, which are written to the disk as they come."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody known; ``user_id`` is whose things are asked for: theirs, unless an admin reads."""

    request: Request
    parts: Runtime
    identity: Identity
    user_id: str
    look_up: Callable[[], Identity | None]

    @property
    def address(self) -> PeerAddress:
        """Where they ask from, as far as it is believed."""
        client = self.request.client
        return PeerAddress(client.host) if client else NOWHERE

    async def run(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Blocking work, in one of the API's own threads."""
        threads = self.request.app.state.threads
        return await run_sync(partial(work, *given, **named), limiter=threads)

    async def read(self, work: Callable[[Session], T]) -> T:
        """``work`` with a reading transaction."""

        def reading() -> T:
            with self.parts.database.reading() as db:
                return work(db)

        return await self.run(reading)

    async def is_still_there(self) -> bool:
        """Whether the token or login is still good, for the same user in the same role.

        Nobody is sent away because that cannot be looked up now.
        """
        try:
            found, known = await self.run(self.look_up), self.identity
        except StorageUnavailable:
            return True
        return found is not None and (found.user_id, found.role) == (known.user_id, known.role)


@dataclass(frozen=True, slots=True)
class AtSession(Caller):
    """The same, with the session in the path."""

    key: SessionKey


async def who(request: Request) -> Caller:
    """Whoever's token or cookie it is; a bad token never falls back to the cookie."""
    known: Caller | None = getattr(request.state, "caller", None)
    if known and monotonic() - request.state.known_since < FRESH_SECONDS:
        return replace(known, request=request)
    parts = runtime.start()
    token = _token(request)
    if token is None:
        look_up = partial(parts.identities.by_cookies, dict(request.cookies))
    else:
        look_up = partial(parts.identities.by_token, token)
    # Without login there is nothing to look up, so no thread to wait for.
    local = token is None and parts.identities.mode.local
    identity = look_up() if local else await run_sync(look_up, limiter=request.app.state.threads)
    if identity is None:
        if token is not None:
            address = request.client.host if request.client else ""
            parts.accounts.throttle.count(f"token {budget_unit(address)}")
        raise NotSignedIn("You are not signed in.", "Send an API token that is still good.")
    if token is None:
        _check_origin(request, parts)
    request.state.user_id = identity.user_id
    if token is None and identity.mode.passwords:
        known_browsers.remember(request, parts.identities.browsers, identity.user_id)
    _check_media_type(request)
    caller = Caller(request, parts, identity, identity.user_id, look_up)
    request.state.caller, request.state.known_since = caller, monotonic()
    return caller


async def owner(
    caller: Annotated[Caller, Depends(who)],
    user_id: Annotated[str, Path(description="Your own id, or `me`.", examples=["me"])],
) -> Caller:
    """The caller, for the things of the user in the path; somebody else's look like none."""
    if user_id in ("me", caller.identity.user_id):
        return caller
    if not caller.identity.is_admin or caller.request.method not in SAFE:
        raise SessionNotFound
    try:
        await caller.read(lambda db: users.get(db, user_id=user_id))
    except NotFound:
        raise SessionNotFound from None
    return replace(caller, user_id=user_id)


async def at_session(
    caller: Annotated[Caller, Depends(owner)],
    session_id: Annotated[str, Path(pattern=SESSION_ID, examples=["3f2a"])],
) -> AtSession:
    """The owner, with one of their sessions; it may be there or not."""
    known = {one.name: getattr(caller, one.name) for one in fields(Caller)}
    return AtSession(**known, key=SessionKey(caller.user_id, session_id))


Anybody = Annotated[Caller, Depends(who)]
Owner = Annotated[Caller, Depends(owner)]
Here = Annotated[AtSession, Depends(at_session)]


def _token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _check_origin(request: Request, parts: Runtime) -> None:
    """A browser sends cookies, and asks this computer, for any page that wants it to."""
    if request.method in SAFE or "x-requested-with" in request.headers:
        return
    origin = request.headers.get("origin")
    ours = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    ours = ours or origin in parts.settings.cors_origins
    if not parts.identities.mode.local or not ours:
        raise Csrf(
            "This write could come from a foreign page.",
            "Send the header X-Requested-With, or use an API token.",
        )


def _check_media_type(request: Request) -> None:
    headers = request.headers
    if request.method in SAFE or RAW.search(request.scope["path"]):
        return
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        fix = "Send it with Content-Type: application/json."
        raise WrongMediaType("The body is not sent as JSON.", fix)
