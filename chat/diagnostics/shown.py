"""What of settings and of a log's lines may be given away: what is known to be harmless.

A setting whose kind may hold a secret, a name or a path is only said to be set.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from chat.config import Settings
from chat.mcp_settings import McpServer

Shown = Mapping[str, object]
SET = "(set)"
HARMLESS = {
    *("auth", "registration", "sharing", "model", "profile_source", "guest_models"),
    *("hosts", "cors_origins", "frame_ancestors", "oidc_domains", "trusted_proxies"),
}
ADDRESSES = {"openai_base_url", "ifixit_url", "bluesky_url", "mastodon_url", "x_url"}
LEAST = 8
"""Shorter ones are words that stand anywhere; to leave those out would tell them."""
_HIDDEN = "…"
_NAMED = re.compile(r"\b(user|session|address|file|path)=\S+")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^“”]*”|'[^']*'")
_PATH = re.compile(r"(?<![\w…])/[^\s;:,]*")


def settings_shown(settings: Settings) -> Shown:
    """Each by its name, those that were set apart."""
    values = {name: _shown(name, getattr(settings, name)) for name in type(settings).model_fields}
    return {"set": sorted(settings.model_fields_set), "values": values}


def address_shown(address: str) -> str:
    """Without who asks, and what may be a key in its path or behind it."""
    parts = urlsplit(address)
    if not parts.hostname:
        return _HIDDEN
    port = f":{parts.port}" if parts.port else ""
    more = bool(parts.path.strip("/") or parts.query or parts.username or parts.password)
    return f"{parts.scheme}://{parts.hostname}{port}{f'/{_HIDDEN}' if more else ''}"


def line_shown(text: str, settings: Settings) -> str:
    """A line without ids, addresses, paths, what is quoted, and what is secret in settings."""
    for secret in sorted(_secrets(settings), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    text = _QUOTED.sub(_HIDDEN, _NAMED.sub(rf"\1={_HIDDEN}", text))
    return _PATH.sub(f"/{_HIDDEN}", text)


def _shown(name: str, value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if name in HARMLESS:
        return [str(one) for one in value] if isinstance(value, tuple) else str(value)
    if name in ADDRESSES:
        return address_shown(str(value))
    if name == "prices" and isinstance(value, dict):
        return {model: list(price) for model, price in value.items()}
    if name == "mcp" and isinstance(value, dict):
        return {server: _server(given) for server, given in value.items()}
    return SET if value else ""


def _server(given: McpServer) -> Shown:
    """How many of each there are."""
    return {
        "kind": given.kind,
        "args": len(given.args),
        "env": len(given.env),
        "headers": len(given.headers),
        "timeout": given.timeout,
        "tools": None if given.tools is None else len(given.tools),
    }


def _secrets(settings: Settings) -> set[str]:
    """All texts that must not be given away, as they are and as an address has them."""
    found: set[str] = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            found.add(value.get_secret_value())
        elif name in ADDRESSES or name == "database_url":
            found |= set(_of_address(str(value or "")))
    for server in settings.mcp.values():
        given = [*server.args, *server.env.values(), *server.headers.values()]
        found |= {one.get_secret_value() for one in given}
        found |= set(_of_address(server.url.get_secret_value() if server.url else ""))
    return {secret for secret in found if len(secret) >= LEAST}


def _of_address(address: str) -> Iterator[str]:
    """Its user, password, path and query, also where a password has a slash in it."""
    whole = address.partition("://")[2]
    given, at, rest = whole.partition("@")
    user, _, password = given.partition(":") if at else ("", "", "")
    path, _, query = (rest if at else whole).partition("?")
    values = (one.partition("=")[2] for one in query.split("&"))
    for part in (user, password, f"/{path.partition('/')[2]}", query, *values):
        yield part
        yield unquote(part)
