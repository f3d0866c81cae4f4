"""The rooms of the house: who may import whom, and which library is whose."""

from __future__ import annotations

VALUES = "values"
MAY_IMPORT: dict[str, set[str]] = {
    "app": {"chat.ui", "chat.ui.internals", "chat.ui.login", "chat.api", "chat.server"}
    | {"chat.runtime"},
    "pages": {"chat.ui", "chat.ui.shell", "chat.ui.chat", "chat.ui.sessions", "chat.ui.login"}
    | {"chat.ui.settings", "chat.ui.profiles", "chat.ui.components", "chat.ui.shares"}
    | {"chat.ui.admin", "chat.ui.usage", "chat.ui.transfer", "store"},
    # what people see
    "chat.ui.shell": {"chat.ui.chat", "chat.ui.sessions", "chat.ui.settings", "chat.ui.profiles"}
    | {"chat.ui.login", "chat.ui.components", "chat.ui", "chat.ui.shares", "chat.ui.transfer"}
    | {"chat.ui.admin", "chat.limits", "store"},
    "chat.ui.shares": {"chat.ui.chat", "chat.ui.sessions", "chat.ui.profiles", "chat.ui"}
    | {"chat.ui.components", "chat.sharing", "chat.people", "store"},
    "chat.ui.admin": {"chat.ui.chat", "chat.ui.settings", "chat.ui.login", "chat.ui"}
    | {"chat.people", "chat.limits", "chat.diagnostics", "store"},
    "chat.ui.settings": {"chat.ui.chat", "chat.ui.login", "chat.ui", "chat.people"}
    | {"chat.ui.transfer", "chat.personas", "store"},
    "chat.ui.transfer": {
        "chat.ui",
        "chat.ui.components",
        "chat.transfer",
        "chat.people",
        "chat.limits",
    }
    | {"store"},
    "chat.ui.chat": {"chat.ui.sessions", "chat.ui.markdown", "chat.ui.components", "chat.ui"}
    | {"chat.ui.internals", "chat.turns", "chat.personas", "chat.limits", "chat.data", "store"},
    "chat.ui.usage": {"chat.ui", "chat.usage", "store"},
    "chat.ui.sessions": {"chat.ui", "chat.ui.components", "chat.limits", "store"},
    "chat.ui.profiles": {"chat.ui", "chat.profiles", "store"},
    "chat.ui.login": {"chat.ui", "chat.ui.components", "chat.ui.internals", "chat.people", "store"},
    "chat.ui.markdown": set(),
    "chat.ui.components": {"chat.ui", "chat.ui.internals"},
    "chat.ui": {"chat.ui.internals", "chat.runtime", "chat.people", "chat.personas", "store"}
    | {"chat.ui.markdown", "chat.limits"},
    "chat.ui.internals": set(),
    # what operators see
    "chat.diagnostics": {"chat.runtime", "store"},
    # what programs see
    "chat.api": {"chat.runtime", "chat.server", "chat.turns", "chat.people", "chat.profiles"}
    | {"chat.files"}
    | {"chat.sessions", "chat.sharing", "chat.limits", "chat.news", "chat.usage"}
    | {"chat.transfer", "chat.data", "store"},
    "chat.server": {"chat.runtime", "chat.people", "store"},
    # what happens
    "chat.runtime": {"chat.sessions", "chat.limits", "chat.loop", "chat.turns", "chat.people"}
    | {"chat.personas", "chat.profiles", "chat.tools", "chat.agent", "chat.web", "chat.work"}
    | {"chat.agent.models", "chat.agent.mcp", "chat.metrics", "chat.news", "chat.elsewhere"}
    | {"chat.sharing", "chat.temporary", "chat.filing", "chat.usage", "chat.transfer", "store"}
    | {"chat.data", "chat.files", "chat.timed_backups", "chat.unused", "chat.read_only"},
    "chat.files": {"chat.work", "chat.limits", "chat.news", "store"},
    "chat.data": {"chat.files", "chat.work", "chat.limits", "chat.news", "chat.loop"}
    | {"chat.profiles", "chat.agent.toolkit", "store"},
    "chat.timed_backups": {"chat.loop", "chat.metrics", "store"},
    "chat.read_only": {"chat.loop", "chat.metrics", "chat.news", "chat.people", "store"},
    "chat.filing": {"chat.news", "chat.limits", "store"},
    "chat.transfer": {"chat.limits", "chat.news", "chat.personas", "chat.work", "store"},
    "chat.sessions": {"chat.turns", "chat.news", "chat.personas", "chat.limits", "store"},
    "chat.sharing": {"chat.people", "chat.personas", "chat.profiles", "chat.limits", "chat.news"}
    | {"store"},
    "chat.temporary": {"chat.loop", "store"},
    "chat.unused": {"chat.people", "chat.turns", "store"},
    "chat.turns": {
        "chat.loop",
        "chat.personas",
        "chat.profiles",
        "chat.tools",
        "chat.agent",
        "chat.limits",
    }
    | {"chat.agent.models", "chat.agent.mcp", "chat.agent.toolkit", "chat.web", "chat.metrics"}
    | {"chat.news", "chat.data", "store"},
    "chat.personas": {"chat.limits", "store"},
    "chat.usage": {"chat.people", "chat.personas", "store"},
    "chat.tools": {"chat.profiles", "chat.agent.toolkit", "chat.web"},
    "chat.profiles": {"chat.loop", "chat.personas", "chat.agent.models", "chat.agent.toolkit"}
    | {"chat.web", "chat.work", "chat.limits", "chat.news", "store"},
    "chat.people": {"chat.turns", "chat.news", "store"},
    "chat.limits": {"store"},
    "chat.loop": set(),
    "chat.news": set(),
    "chat.elsewhere": {"chat.loop", "chat.news", "store"},
    "chat.metrics": {"store"},
    "chat.agent": {"chat.agent.models", "chat.agent.mcp", "chat.agent.toolkit"},
    "chat.agent.models": {"chat.agent.offline", "chat.web"},
    "chat.agent.mcp": {"chat.agent.toolkit"},
    "chat.agent.offline": set(),
    "chat.agent.toolkit": {"chat.web"},
    "chat.web": set(),
    "chat.work": set(),
    VALUES: {"store"},
    "store": set(),
}
"""The architecture: each room, and what it may import besides itself and the plain values.

The longest name that fits is a module's room, so a folder's room is what is left of it.
"""
VALUE_MODULES = ("config", "errors", "events", "event_log", "modes", "mcp_settings", "agent.types")
VALUE_MODULES += ("profiles.result", "setting_kinds", "budget_settings", "bill", "peers")
VALUE_MODULES += ("limits.terms", "agent.needs", "agent.trace", "prices", "spreadsheets")
VALUE_MODULES += ("data.values", "place_settings", "recent_warnings", "commit")
ROOM_OF = {
    **{room: room for room in MAY_IMPORT},
    **{f"chat.{name}": VALUES for name in VALUE_MODULES},
    "tests": "tests",
}
STREAMLIT = {"app", "pages", *(room for room in MAY_IMPORT if room.startswith("chat.ui"))}
STREAMLIT -= {"chat.ui.markdown"}
ONLY_IN = {
    "streamlit": STREAMLIT,
    "sqlalchemy": {"store"},
    "sqlmodel": {"store"},
    "alembic": {"store"},
    "psycopg": {"store"},
    "sqlite3": {"store", "chat.transfer", "chat.files"},
    "openai": {"chat.agent.models"},
    "mcp": {"chat.agent.mcp"},
    "mcp_types": {"chat.agent.mcp"},
    "httpx2": {"chat.web", "chat.agent.models", "chat.agent.mcp", "chat.agent.offline"},
    "httpcore2": {"chat.web"},
    "fastapi": {"chat.api"},
    "starlette": {"app", "chat.api", "chat.server"},
    "markdown_it": {"chat.transfer"},
    "nh3": {"chat.web"},
    "simpleeval": {"chat.tools"},
}
