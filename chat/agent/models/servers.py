"""Which models an endpoint has, and which model servers run on this computer.

Imported lazily: ``openai`` takes half a second.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx2
import openai

from chat.agent.models.endpoints import first_chat_model
from chat.agent.models.failures import bad_response, translate
from chat.agent.models.stream import FAILURES
from chat.agent.offline.transport import OfflineTransport
from chat.agent.types import Endpoint

LIST_SECONDS = 10.0


def new_client(
    endpoint: Endpoint,
    *,
    connect: float,
    silence: float,
    transport: OfflineTransport | None = None,
) -> openai.AsyncOpenAI:
    """A client that keeps connections and never retries by itself; belongs to one loop.

    ``connect`` and ``silence`` are the seconds allowed for a connection and between two pieces.
    Servers on this computer are asked directly, whatever proxy the environment names.
    """
    host = urlsplit(endpoint.base_url).hostname or ""
    here = host in ("localhost", "::1") or host.startswith("127.") or transport is not None
    timeout = httpx2.Timeout(silence, connect=connect, pool=None)
    http = httpx2.AsyncClient(
        timeout=timeout,
        limits=httpx2.Limits(
            max_connections=None, max_keepalive_connections=20, keepalive_expiry=60
        ),
        transport=transport,
        trust_env=not here,
        follow_redirects=True,
    )
    return openai.AsyncOpenAI(
        api_key=endpoint.api_key,
        base_url=endpoint.base_url,
        max_retries=0,
        timeout=timeout,
        http_client=http,
    )


async def model_names(client: openai.AsyncOpenAI) -> tuple[str, ...]:
    """The server's models in its own order; raises `AgentError` when it has no such list."""
    try:
        async with asyncio.timeout(LIST_SECONDS):
            response = await client.get("/models", cast_to=httpx2.Response)
        names = _names(response.content)
    except TimeoutError:
        raise translate(httpx2.ReadTimeout("")) from None
    except FAILURES as error:
        raise translate(error, key=client.api_key) from None
    if names is None:
        raise bad_response("something that is no list of models")
    return names


async def find_local(
    candidates: Sequence[Endpoint], *, seconds: float
) -> list[tuple[Endpoint, tuple[str, ...]]]:
    """Those candidates that answer in time with a model that can chat, in the given order."""
    # verify=False: reading certificates takes 50 ms and nothing here uses TLS.
    async with httpx2.AsyncClient(verify=False, trust_env=False) as http:
        found = await asyncio.gather(*(_ask(http, one, seconds) for one in candidates))
    return [
        (endpoint, names)
        for endpoint, names in zip(candidates, found, strict=True)
        if first_chat_model(names)
    ]


async def _ask(http: httpx2.AsyncClient, endpoint: Endpoint, seconds: float) -> tuple[str, ...]:
    try:
        async with asyncio.timeout(seconds):
            response = await http.get(f"{endpoint.base_url}/models")
        return (_names(response.content) or ()) if response.status_code == 200 else ()
    except (httpx2.HTTPError, TimeoutError, ValueError):
        return ()


def _names(body: bytes) -> tuple[str, ...] | None:
    """The ids of a list in OpenAI's shape (or a bare one, which some servers send)."""
    try:
        found = json.loads(body)
    except ValueError:
        return None
    entries = found.get("data") if isinstance(found, dict) else found
    if not isinstance(entries, list):
        return None
    ids = (entry.get("id") for entry in entries if isinstance(entry, dict))
    return tuple(name for name in ids if name and isinstance(name, str))
