"""What of settings and of a log's lines may be given away: what is known to be harmless.

A setting whose kind may hold a secret, a name or a path is only said to be set.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from chat.config import Settings
from chat.mcp_settings import McpServer
from chat.setting_kinds import ROOT

Shown = Mapping[str, object]
SET = "(set)"
HARMLESS = {
    *("auth", "registration", "sharing", "profile_source"),
    *("hosts", "cors_origins", "frame_ancestors", "oidc_domains", "trusted_proxies"),
}
NAMES = {"model", "guest_models"}
ADDRESSES = {"openai_base_url", "ifixit_url", "bluesky_url", "mastodon_url", "x_url"}
LEAST = 8
"""Shorter ones are words that stand anywhere; to leave those out would tell them."""
_HIDDEN = "…"
_NAMED = re.compile(r"\b(user|session|address|file|path)=\S+")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^“”]*”|(?:(?<!\w)|(?<=\bb))'.*?'(?!\w)")
"""An apostrophe begins nothing, and ends nothing."""
_ADDRESS = re.compile(r":/\S*")
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
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    more = bool(parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    return f"{parts.scheme}://{host}{port}{f'/{_HIDDEN}' if more else ''}"


def line_shown(text: str, settings: Settings) -> str:
    """A line without ids, addresses, paths, what is quoted, and what is secret in settings."""
    for secret in sorted(_secrets(settings), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    for place in sorted(_places(settings), key=len, reverse=True):
        text = re.sub(rf"{re.escape(place)}(/[^\s;:,]*)?(?!\w)", f"/{_HIDDEN}", text)
    text = _QUOTED.sub(_HIDDEN, _NAMED.sub(rf"\1={_HIDDEN}", text))
    return _PATH.sub(f"/{_HIDDEN}", _ADDRESS.sub(f":/{_HIDDEN}", text))


def name_shown(name: str) -> str:
    """Of a model; some servers call one by its file."""
    return re.sub(r"(?<![\w…])/.*", f"/{_HIDDEN}", name)


def _shown(name: str, value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if name in NAMES:
        return [*map(name_shown, value)] if isinstance(value, tuple) else name_shown(str(value))
    if name in HARMLESS:
        return [str(one) for one in value] if isinstance(value, tuple) else str(value)
    if name in ADDRESSES:
        return address_shown(str(value))
    if name == "prices" and isinstance(value, dict):
        return {name_shown(model): list(price) for model, price in value.items()}
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
        found |= {part for one in given for part in _parts(one.get_secret_value())}
        found |= set(_of_address(server.url.get_secret_value() if server.url else ""))
    return {secret for secret in found if len(secret) >= LEAST}


def _places(settings: Settings) -> set[str]:
    """Folders and files of this computer, in whose names there may be spaces."""
    named = [settings.files, settings.backups, settings.logo, str(settings.files_folder)]
    database = settings.database_url.removeprefix("sqlite:///")
    if database != settings.database_url:
        named += [database, str(Path(database).parent)]
    return {one for one in [*named, str(ROOT), os.environ.get("HOME", "")] if len(one) >= LEAST}


def _parts(secret: str) -> Iterator[str]:
    """``--token=…`` and ``Bearer …``: also what comes last in it."""
    yield secret
    for sign in "= ":
        yield secret.rpartition(sign)[2]


def _of_address(address: str) -> Iterator[str]:
    """Its user, password, path and what is behind it, also where a password has / or @ in it."""
    scheme, _, whole = address.partition("://")
    for given, at, rest in (whole.partition("@"), whole.rpartition("@")):
        user, _, password = given.partition(":") if at else ("", "", "")
        place, *more = re.split("[?#&]", rest if at else whole)
        path = place.partition("/")[2]
        names = path.split("/") if scheme.startswith("http") else []
        values = (one.partition("=")[2] for one in more)
        for part in (user, password, f"/{path}", *names, *more, *values):
            yield part
            yield unquote(part)
