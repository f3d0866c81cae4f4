"""The servers of models: clients that ask them, their lists of models, those on this computer.

Imported lazily: ``openai`` takes half a second.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from urllib.parse import urlsplit

import httpx2
import openai

from chat.agent.models.endpoints import ModelList, first_chat_model
from chat.agent.models.failures import bad_response, translate
from chat.agent.models.pictures import takes_pictures
from chat.agent.models.stream import FAILURES, answer
from chat.agent.offline import OFFLINE, OFFLINE_MODEL
from chat.agent.offline.transport import OfflineTransport
from chat.agent.types import Endpoint, ModelMessage, ModelRequest, Piece
from chat.config import Settings

LIST_SECONDS = 10.0
LOOK_SECONDS = 0.3


class Clients:
    """Keeps a client, with its connections, for each base URL; belongs to one loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients: dict[str, openai.AsyncOpenAI] = {}

    def answer(
        self, endpoint: Endpoint, request: ModelRequest, default_model: str, sees: bool
    ) -> AsyncGenerator[Piece]:
        """See `chat.agent.models.stream.answer`."""
        return answer(self._client(endpoint), request, default_model=default_model, sees=sees)

    async def models(self, endpoint: Endpoint) -> ModelList:
        """The server's models; raises `AgentError` when it has no such list."""
        client = self._client(endpoint)
        try:
            async with asyncio.timeout(LIST_SECONDS):
                response = await client.get("/models", cast_to=httpx2.Response)
        except TimeoutError:
            raise translate(httpx2.ReadTimeout("")) from None
        except FAILURES as error:
            raise translate(error, key=client.api_key) from None
        found = _listed(response.content)
        if found is None:
            raise bad_response("something that is no list of models")
        return found

    async def rehearse(self) -> None:
        """One unpaced answer of the offline model, through the same code as any other."""
        transport = OfflineTransport(tokens_per_second=1e9, sleep=lambda _: asyncio.sleep(0))
        question = ModelRequest((ModelMessage("user", "hello"),), OFFLINE_MODEL)
        async with new_client(OFFLINE, connect=1, silence=1, transport=transport) as client:
            async for _ in answer(client, question, default_model=""):
                pass

    async def aclose(self) -> None:
        """Close all connections."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.close()

    def _client(self, endpoint: Endpoint) -> openai.AsyncOpenAI:
        if endpoint.base_url not in self._clients:
            connect, silence = self._settings.connect_timeout, self._settings.silence_timeout
            offline = OfflineTransport(tokens_per_second=self._settings.offline_tokens_per_second)
            transport = offline if endpoint.kind == "offline" else None
            made = new_client(endpoint, connect=connect, silence=silence, transport=transport)
            self._clients[endpoint.base_url] = made
        return self._clients[endpoint.base_url]


def new_client(
    endpoint: Endpoint, *, connect: float, silence: float, transport: OfflineTransport | None = None
) -> openai.AsyncOpenAI:
    """A client that keeps connections and never retries by itself; belongs to one loop.

    ``connect`` and ``silence`` are the seconds allowed for a connection and between two pieces.
    Servers on this computer are asked directly, whatever proxy the environment names.
    """
    host = urlsplit(endpoint.base_url).hostname or ""
    here = host in ("localhost", "::1") or host.startswith("127.") or transport is not None
    http = httpx2.AsyncClient(
        timeout=httpx2.Timeout(silence, connect=connect, pool=None),
        limits=httpx2.Limits(max_keepalive_connections=20, keepalive_expiry=60),
        transport=transport,
        trust_env=not here,
        follow_redirects=True,
    )
    key, url = endpoint.api_key, endpoint.base_url
    return openai.AsyncOpenAI(api_key=key, base_url=url, max_retries=0, http_client=http)


async def find_local(candidates: Sequence[Endpoint]) -> list[tuple[Endpoint, ModelList]]:
    """Those candidates that answer in time with a model that can chat, in the given order."""
    # verify=False: reading certificates takes 50 ms and nothing here uses TLS.
    async with httpx2.AsyncClient(verify=False, trust_env=False) as http:
        found = await asyncio.gather(*(_ask(http, one) for one in candidates))
    return [pair for pair in zip(candidates, found, strict=True) if first_chat_model(pair[1].names)]


async def _ask(http: httpx2.AsyncClient, endpoint: Endpoint) -> ModelList:
    none = ModelList()
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            response = await http.get(f"{endpoint.base_url}/models")
        return (_listed(response.content) or none) if response.status_code == 200 else none
    except (httpx2.HTTPError, TimeoutError, ValueError):
        return none


def _listed(body: bytes) -> ModelList | None:
    """A list in OpenAI's shape (or a bare one, which some servers send)."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    entries = found.get("data") if isinstance(found, dict) else found
    if not isinstance(entries, list):
        return None
    named = [(entry.get("id"), entry) for entry in _objects(entries)]
    names = tuple(name for name, _ in named if name and isinstance(name, str))
    # llama.cpp says what a model can in a second list, by its name.
    others = found.get("models") if isinstance(found, dict) else None
    named += ((one.get("name"), one) for one in _objects(others))
    known = [(name, takes_pictures(one)) for name, one in named if isinstance(name, str)]
    sees = {name: said for name, said in known if said is not None}
    return ModelList(names, {name: sees[name] for name in names if name in sees})


def _objects(found: object) -> list[dict[str, object]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
