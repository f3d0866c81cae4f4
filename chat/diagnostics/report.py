"""One JSON text with all that helps to find out what is wrong, and nothing that is private.

No names, titles and texts of people, no secrets, no paths; names of models and of MCP servers are
those of the operator.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import distributions
from typing import TYPE_CHECKING, TypeVar

import psutil

from chat import recent_warnings
from chat.commit import commit
from chat.config import Settings
from chat.diagnostics.process import this_process
from chat.diagnostics.shown import address_shown, line_shown, name_shown, settings_shown
from store import check, facts
from store.backups import state
from store.backups.state import BackupState
from store.database import Database, Session
from store.disk import free_bytes
from store.errors import StoreError
from store.migrations import revisions

if TYPE_CHECKING:
    from chat.runtime import Runtime

MODELS, NAME_CHARS = 200, 200
LOOKED_THROUGH = 500_000_000
"""Larger databases are not read whole for it; a good backup was."""
Section = Mapping[str, object]
T = TypeVar("T")


def of_process(parts: Runtime) -> bytes:
    """Of the running process with all its parts; takes the time of counting all rows."""
    found = {
        **_alone(parts.settings, parts.database, parts.commit),
        "answers_running": parts.turns.count_running(),
        "attached": parts.files.last_count,
        "models": _models(parts),
        "mcp": [
            {"name": one.name, "kind": one.kind, "state": one.state, "tools": len(one.tools)}
            for one in parts.mcp.status()
        ],
        "warnings": _warnings(parts.settings),
        "metrics": parts.metrics.text().decode().splitlines(),
    }
    return _written(found)


def of_settings(settings: Settings) -> bytes:
    """Of what can be known from outside the process; nothing is made or brought up to date."""
    database = Database(settings.database_url)
    try:
        return _written(_alone(settings, database, commit()))
    finally:
        database.close()


def _written(found: Section) -> bytes:
    return json.dumps(found, indent=1, default=str).encode()


def _alone(settings: Settings, database: Database, at: str) -> Section:
    process = this_process(at)
    return {
        "format": 1,
        "made_at": datetime.now(UTC).isoformat(),
        "versions": {
            "parley": process.version,
            "commit": process.commit,
            "python": process.python,
            "streamlit": process.streamlit,
            "schema": revisions()[-1],
        },
        "platform": _platform(process.started_at),
        "dependencies": _dependencies(),
        "settings": settings_shown(settings),
        "database": _database(settings, database),
    }


def _dependencies() -> Mapping[str, str]:
    """What is installed; of what was installed by halves there is no name."""
    found = ((one.metadata["Name"], one.metadata["Version"]) for one in distributions())
    return dict(sorted((name, version or "") for name, version in found if name))


def _platform(started_at: datetime) -> Section:
    process, memory = psutil.Process(), psutil.virtual_memory()
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "implementation": platform.python_implementation(),
        "processors": os.cpu_count(),
        "load": os.getloadavg(),
        "memory": {"total": memory.total, "available": memory.available},
        "process": {
            "started_at": started_at.isoformat(),
            "memory": process.memory_info().rss,
            "threads": process.num_threads(),
            "files": process.num_fds(),
        },
    }


def _database(settings: Settings, database: Database) -> Section:
    """What is in it, as far as it can be read: each part for itself."""
    file = database.path
    free = {"database": database.free_bytes(), "files": free_bytes(settings.files_folder / "_")}
    if file and not file.exists():
        return {"problem": "There is none yet.", "free": free}
    known = _read(database, lambda db: asdict(facts.read(db, file=file)))
    if "problem" in known:
        return {**known, "free": free}
    found: dict[str, object] = dict.fromkeys(("damage", "wrong_counts"), "not looked for")
    if int(str(known["size"])) <= LOOKED_THROUGH:
        found["damage"] = _read(database, lambda db: facts.damage(db, file=file))
        found["wrong_counts"] = _read(database, lambda db: len(list(check.counts(db))))
    return {
        **known,
        "checks": found,
        "rows": _read(database, facts.rows),
        "backup": _read(database, lambda db: _backup(state.read(db), settings)),
        "free": free,
    }


def _read(database: Database, part: Callable[[Session], T]) -> T | Section:
    try:
        with database.reading() as db:
            return part(db)
    except StoreError as failure:
        return {"problem": failure.code}


def _backup(known: BackupState, settings: Settings) -> Section:
    problem = line_shown(known.problem, settings)
    return {"good_at": known.good_at, "tried_at": known.tried_at, "problem": problem}


def _models(parts: Runtime) -> Section:
    status, settings = parts.provider.status(), parts.settings
    return {
        "kind": status.endpoint.kind,
        "address": address_shown(status.endpoint.base_url),
        "default": _model(status.default_model, settings),
        "models": [_model(name, settings) for name in status.models[:MODELS]],
        "looking": status.looking,
        "problem": status.code,
    }


def _model(name: str, settings: Settings) -> str:
    return line_shown(name_shown(name[:NAME_CHARS]), settings)


def _warnings(settings: Settings) -> list[Section]:
    return [
        {
            "at": one.at.isoformat(),
            "level": one.level,
            "logger": one.logger,
            "text": line_shown(one.text, settings),
            "count": one.count,
        }
        for one in recent_warnings.kept()
    ]
