"""The persona that tests of pages and browser make."""

from store import personas
from store.database import Database
from store.users import LOCAL_USER
from store.values import OwnPersona, PersonaDraft

PROMPT = "You are a cook with few words."
COOK = PersonaDraft(
    name="Cook",
    icon=":material/restaurant:",
    description="Cooks",
    greeting="Hello dear!",
    starters=("I have *eggs*",),
    system_prompt=PROMPT,
)


def made_cook(database: Database) -> OwnPersona:
    """The local user's own one."""
    with database.transaction() as db:
        return personas.create(db, user_id=LOCAL_USER, draft=COOK)
