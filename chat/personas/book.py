"""Who can answer for somebody: the personas of the file, and their own ones.

Own ones are private to whoever made them. What names a persona is kept with sessions and may
outlive it: then the default one answers.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from chat.errors import InvalidInput
from chat.limits.spending import Limits, Spending
from chat.personas.file import Personas
from chat.personas.rules import Place, mistakes
from store import personas as store
from store import sessions
from store.database import Database, Session
from store.errors import PersonaNotFound
from store.session_values import DEFAULT_PERSONA, ChatSession, NewSession
from store.values import OWN, PERSONA_FIELDS, OwnPersona, Persona, PersonaDraft, SessionKey

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
class PersonaBook:
    """Of one process; methods open their own transactions unless they are given one.

    ``tools`` are the names of those that all personas may use.
    """

    built_in: Personas
    database: Database
    limits: Limits
    tools: Collection[str]

    def all(self, user_id: str) -> list[Persona]:
        """Those of the file, then somebody's own by name."""
        with self.database.reading() as db:
            return self.all_in(db, user_id=user_id)

    def all_in(self, db: Session, *, user_id: str) -> list[Persona]:
        """The same within a transaction."""
        return [*self.built_in.all(), *store.listed(db, user_id=user_id)]

    def get(self, user_id: str, persona_id: str) -> Persona:
        """The persona, or the default one where it is gone; only own ones are looked up."""
        if not persona_id.startswith(OWN):
            return self.built_in.get(persona_id)
        with self.database.reading() as db:
            return self.get_in(db, user_id=user_id, persona_id=persona_id)

    def get_in(self, db: Session, *, user_id: str, persona_id: str) -> Persona:
        """The same within a transaction."""
        if not persona_id.startswith(OWN):
            return self.built_in.get(persona_id)
        try:
            return store.get(db, user_id=user_id, persona_id=persona_id)
        except PersonaNotFound:
            return self.built_in.default

    def create(self, user_id: str, draft: PersonaDraft) -> Persona:
        """A new one of somebody's own; raises `InvalidInput`, or `Refused` for one too many."""
        with self.limits.spending(user_id) as may:
            checked = _checked(may, draft, self.tools)
            return store.create(may.db, user_id=user_id, draft=checked)

    def checked(self, may: Spending, persona: OwnPersona) -> OwnPersona:
        """One that comes from a file, as it may be kept; raises `InvalidInput`."""
        draft = PersonaDraft(**{name: getattr(persona, name) for name in PERSONA_FIELDS})
        return replace(persona, **asdict(_checked(may, draft, self.tools)))

    def change(self, user_id: str, persona_id: str, draft: PersonaDraft) -> Persona:
        """Another text for an own one; raises `InvalidInput` or `PersonaNotFound`."""
        with self.limits.spending(user_id) as may:
            kept = store.get(may.db, user_id=user_id, persona_id=persona_id).tools
            checked = _checked(may, draft, {*self.tools, *kept})
            return store.change(may.db, user_id=user_id, persona_id=persona_id, draft=checked)

    def duplicate(self, user_id: str, persona_id: str) -> Persona:
        """A copy for somebody of one of the file, or of their own; raises `PersonaNotFound`."""
        with self.database.transaction() as db:
            found = self.get_in(db, user_id=user_id, persona_id=persona_id)
            if found.id != persona_id:
                raise PersonaNotFound
            name = f"Copy of {found.name}"[: PERSONA_FIELDS["name"].most].rstrip()
            return store.create(db, user_id=user_id, draft=replace(found, name=name))

    def remove(self, user_id: str, persona_id: str) -> None:
        """Remove an own one; chats that use it go on with the default one."""
        with self.database.transaction() as db:
            store.remove(db, user_id=user_id, persona_id=persona_id)

    def create_session(
        self, may: Spending, key: SessionKey, new: NewSession
    ) -> tuple[ChatSession, bool]:
        """Make a session in which one of them answers; see `store.sessions.create`.

        Raises `InvalidInput` for a persona or a model that is not for them.
        """
        may.check_model(new.model)
        if new.persona == DEFAULT_PERSONA:
            new = replace(new, persona=self.built_in.default.id)
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
        names = [*sorted(self.tools), *(f"mcp:{name}" for name in (["*", *there] if there else []))]
        return {name: tool_words(name) for name in names}


def _checked(may: Spending, draft: PersonaDraft, tools: Collection[str]) -> PersonaDraft:
    """What is to be stored."""
    values = asdict(draft)
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = value.strip()
        elif isinstance(value, tuple):
            values[name] = tuple(one.strip() for one in value)
    values["description"] = values["description"] or "One of my own."
    values["greeting"] = values["greeting"] or f"Hello! I am {values['name']}."
    for name, value in values.items():
        for place, text in mistakes(name, value, tools=tools):
            what = f"The {PERSONA_FIELDS[name].words}{_of(value, place)}"
            raise InvalidInput(f"{what} must {text}.", "Correct it.")
    may.check_prompt(values["system_prompt"])
    may.check_model(values["model"])
    return PersonaDraft(**values)


def is_gone(persona: Persona, wanted: str) -> bool:
    """Whether what `PersonaBook.get` gave only stands in for one that there is no more."""
    return persona.id != wanted and wanted not in ("", DEFAULT_PERSONA)


def tool_words(name: str) -> str:
    """A tool's name for people."""
    if name == "mcp:*":
        return "All tools of MCP servers"
    kind, _, server = name.partition(":")
    return f"MCP server {server}" if server else kind.replace("_", " ").capitalize()


def _of(value: Sequence[str], place: Place) -> str:
    """Which item of a list, or which key."""
    if not isinstance(place, int):
        return f" ({place})" if place else ""
    text = value[place]
    return f" (“{text[:40]}{'…' if len(text) > 40 else ''}”)"
