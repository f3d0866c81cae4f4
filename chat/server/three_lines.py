"""What a start says: where the data is, who may come in, and which model answers.

No key, token or password of an address is in it; nor are the words of a model's server, but the
names of its models.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from chat.agent.types import ModelStatus
from chat.config import Settings

if TYPE_CHECKING:
    from chat.runtime import Runtime

NAME_CHARS = 100
CONNECT = "set OPENAI_API_KEY, OPENAI_BASE_URL or both"
LOCAL = "or start Ollama, LM Studio, llama.cpp or vLLM on this computer"

log = logging.getLogger("parley")


def say(parts: Runtime) -> None:
    """The first two now; the third as soon as the list of models was read, or could not be."""
    log.info("Data: %s", where(parts))
    log.info("Who may come in: %s", who(parts.settings))
    parts.loop.spawn(_say_model(parts))


def where(parts: Runtime) -> str:
    """The database, the folder of files, and backups."""
    settings = parts.settings
    every, kept = settings.backup_hours, settings.backups_kept
    timed = f"into {settings.backups} every {every} hours, {kept} are kept"
    backups = timed if settings.backups else "not by itself (PARLEY_BACKUPS names a folder)"
    return f"{parts.database.label}; files in {settings.files_folder}; backups {backups}"


def who(settings: Settings) -> str:
    """How people come in, and under which names of the host."""
    mode, named = settings.mode, ", ".join(settings.hosts)
    if not settings.auth:
        return "whoever uses this computer, without a login (PARLEY_AUTH lets others in)"
    if mode.local:
        also = f" or {named}" if named else ""
        return f"everybody, without a login, who asks for localhost, an address in numbers{also}"
    if mode.guests:
        words = "everybody, each browser as a guest of its own"
    else:
        how = "with a password" if mode.passwords else "by the login provider"
        others = {"closed": "nobody else", "invite": "others by invitation", "open": "others too"}
        domains = ", ".join(settings.oidc_domains)
        ours = f" with an address at {domains}" if mode.provider and domains else ""
        opened = ours if settings.registration == "open" else ""
        registers = others[settings.registration]
        words = f"people {how}, and {registers}{opened} (registration {settings.registration})"
    under = f"localhost, an address in numbers or {named}" if named else "any name (PARLEY_HOSTS)"
    return f"{words}; under {under}"


def which(status: ModelStatus, settings: Settings) -> str:
    """The model of chats that choose none, and what to do where there is none."""
    model, label = _plain(status.default_model), status.endpoint.label
    if status.endpoint.kind == "offline":
        more = f" {LOCAL}" if settings.find_local_servers else ""
        return f"{model}, which is built in and no AI; {CONNECT}{',' if more else ''}{more}"
    failed = f"the list of models could not be read ({status.code})" if status.problem else ""
    if not model:
        why = failed or "it has no model to chat with"
        return f"none of {label}: {why}; set PARLEY_MODEL to the name of one"
    return f"{model} of {label}; {failed or f'{len(status.models):,} in its list'}"


async def _say_model(parts: Runtime) -> None:
    log.info("Model: %s", which(await parts.provider.looked(), parts.settings))


def _plain(name: str) -> str:
    """A name that a server gave: short, and on one line."""
    return "".join(sign for sign in name if sign.isprintable())[:NAME_CHARS]
