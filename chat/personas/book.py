"""Who can answer for somebody: the personas of the file, and their own ones.

Own ones are private to whoever made them. What names a persona is kept with sessions and may
outlive it: then the default one answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from chat.errors import InvalidInput
from chat.limits import Limits, Spending
from chat.personas.file import Persona, Personas
from chat.personas.rules import TEXTS, mistakes
from store import personas as store
from store import sessions
from store.database import Database, Session
from store.errors import PersonaNotFound
from store.session_values import DEFAULT_PERSONA, ChatSession, NewSession
from store.values import OwnPersona, SessionKey

__all__ = ["ICONS", "Draft", "Persona", "PersonaBook", "is_gone", "tool_words"]

ICONS = {
    "Chat": ":material/forum:",
    "Person": ":material/person_4:",
    "School": ":material/school:",
    "Science": ":material/science:",
    "Book": ":material/menu_book:",
    "Pen": ":material/edit_note:",
    "Code": ":material/code:",
    "Tools": ":material/build:",
    "Chart": ":material/monitoring:",
    "Work": ":material/work:",
    "Heart": ":material/favorite:",
    "Kitchen": ":material/restaurant:",
    "Travel": ":material/travel_explore:",
    "Music": ":material/music_note:",
    "Games": ":material/sports_esports:",
    "Language": ":material/translate:",
    "Law": ":material/gavel:",
    "Star": ":material/star:",
}
"""What people choose from, by the names they see."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody says of a persona of their own; an empty greeting is one from its name."""

    name: str
    icon: str = ":material/forum:"
    description: str = ""
    greeting: str = ""
    starters: tuple[str, ...] = ()
    system_prompt: str = ""
    tools: tuple[str, ...] = ()
    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


_WORDS = {
    "name": "The name",
    "icon": "The icon",
    "description": "The description",
    "greeting": "The greeting",
    "starters": "The starters",
    "system_prompt": "The system prompt",
    "tools": "The tools",
    "model": "The model's name",
    "parameters": "The parameters",
}


class PersonaBook:
    """Of one process; methods open their own transactions unless they are given one.

    ``tools`` are the names of those that all personas may use.
    """

    def __init__(
        self, built_in: Personas, database: Database, limits: Limits, tools: Iterable[str]
    ) -> None:
        self.built_in = built_in
        self.default = built_in.default
        self._tools = frozenset(tools)
        self._database = database
        self._limits = limits

    def all(self, user_id: str) -> list[Persona]:
        """Those of the file, then somebody's own by name."""
        with self._database.reading() as db:
            return self.all_in(db, user_id=user_id)

    def all_in(self, db: Session, *, user_id: str) -> list[Persona]:
        """The same within a transaction."""
        own = store.listed(db, user_id=user_id)
        return [*self.built_in.all(), *(_persona(one) for one in own)]

    def get(self, user_id: str, persona_id: str) -> Persona:
        """The persona, or the default one where it is gone; only own ones are looked up."""
        if not persona_id.startswith(store.PREFIX):
            return self.built_in.get(persona_id)
        with self._database.reading() as db:
            return self.get_in(db, user_id=user_id, persona_id=persona_id)

    def get_in(self, db: Session, *, user_id: str, persona_id: str) -> Persona:
        """The same within a transaction."""
        if not persona_id.startswith(store.PREFIX):
            return self.built_in.get(persona_id)
        try:
            return _persona(store.get(db, user_id=user_id, persona_id=persona_id))
        except PersonaNotFound:
            return self.default

    def create(self, user_id: str, draft: Draft) -> Persona:
        """A new one of somebody's own; raises `InvalidInput`, or `Refused` for one too many."""
        with self._limits.spending(user_id) as may:
            checked = _checked(may, draft, self._tools)
            return _persona(store.create(may.db, user_id=user_id, **checked))

    def change(self, user_id: str, persona_id: str, draft: Draft) -> Persona:
        """Another text for an own one; raises `InvalidInput` or `PersonaNotFound`."""
        with self._limits.spending(user_id) as may:
            kept = store.get(may.db, user_id=user_id, persona_id=persona_id).tools
            checked = _checked(may, draft, self._tools.union(kept))
            return _persona(store.change(may.db, user_id=user_id, persona_id=persona_id, **checked))

    def duplicate(self, user_id: str, persona_id: str) -> Persona:
        """A copy for somebody of one of the file, or of their own; raises `PersonaNotFound`."""
        with self._database.transaction() as db:
            found = self.get_in(db, user_id=user_id, persona_id=persona_id)
            if found.id != persona_id:
                raise PersonaNotFound
            fields = {name: getattr(found, name) for name in Draft.__dataclass_fields__}
            fields["name"] = f"Copy of {found.name}"[: TEXTS["name"][1]].rstrip()
            return _persona(store.create(db, user_id=user_id, **fields))

    def remove(self, user_id: str, persona_id: str) -> None:
        """Remove an own one; chats that use it go on with the default one."""
        with self._database.transaction() as db:
            store.remove(db, user_id=user_id, persona_id=persona_id)

    def create_session(
        self, may: Spending, key: SessionKey, new: NewSession
    ) -> tuple[ChatSession, bool]:
        """Make a session in which one of them answers; see `store.sessions.create`.

        Raises `InvalidInput` for a persona there is not.
        """
        if new.persona == DEFAULT_PERSONA:
            new = replace(new, persona=self.default.id)
        self.check(may.db, key.user_id, new.persona)
        return sessions.create(may.db, key, new, may=may)

    def check(self, db: Session, user_id: str, persona: str) -> None:
        """Raise `InvalidInput` for a persona there is not."""
        if self.get_in(db, user_id=user_id, persona_id=persona).id != persona:
            known = ", ".join(one.id for one in self.built_in.all())
            fix = f"Use {known}, or one of your own."
            raise InvalidInput("There is no such persona.", fix, field="persona")

    def tool_choices(self, servers: Iterable[str]) -> dict[str, str]:
        """What an own persona may use, with these MCP servers, and what people call it."""
        there = sorted(servers)
        names = [
            *sorted(self._tools),
            *(f"mcp:{name}" for name in (["*", *there] if there else [])),
        ]
        return {name: tool_words(name) for name in names}


def _checked(may: Spending, draft: Draft, tools: Set[str]) -> dict[str, Any]:
    """What is to be stored."""
    fields = {name: _tidy(value) for name, value in asdict(draft).items()}
    fields["description"] = fields["description"] or "One of my own."
    fields["greeting"] = fields["greeting"] or f"Hello! I am {fields['name']}."
    for name, value in fields.items():
        for place, text in mistakes(name, value, tools=tools):
            what = _WORDS[name] if place is None else f"{_WORDS[name]} ({_of(value, place)})"
            raise InvalidInput(f"{what} must {text}.", "Correct it.")
    may.check_prompt(fields["system_prompt"])
    return fields


def is_gone(persona: Persona, wanted: str) -> bool:
    """Whether what `PersonaBook.get` gave only stands in for one that there is no more."""
    return persona.id != wanted and wanted not in ("", DEFAULT_PERSONA)


def tool_words(name: str) -> str:
    """A tool's name for people."""
    if name == "mcp:*":
        return "All tools of MCP servers"
    kind, _, server = name.partition(":")
    return f"MCP server {server}" if server else kind.replace("_", " ").capitalize()


def _tidy(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list | tuple):
        return tuple(_tidy(one) for one in value)
    return value


def _of(value: Any, place: int | str) -> str:
    """Which item of a list, or which key."""
    if isinstance(place, str):
        return place
    text = str(list(value)[place])
    return f"“{text[:40]}{'…' if len(text) > 40 else ''}”"


def _persona(own: OwnPersona) -> Persona:
    texts = {name: getattr(own, name) for name in Draft.__dataclass_fields__}
    return Persona(id=own.id, own=True, **texts)
