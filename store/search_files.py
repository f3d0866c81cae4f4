"""Messages are found by the names of their files, and of the tables in these, too.

The caller owns the transaction.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlmodel import Session

from store import search_index
from store.file_values import StoredFile
from store.files import of_messages, of_places
from store.search_index import SearchText, words_of
from store.tables import messages
from store.tree import messages_of
from store.values import SessionKey

NAMES_MAX = 4_000


def names_of(these: Iterable[StoredFile]) -> str:
    """What is found of them."""
    names = [name for one in these for name in (one.name, *(t.name for t in one.details.tables))]
    return " ".join(dict.fromkeys(names))[:NAMES_MAX]


def names_in(
    db: Session, *, user_id: str, places: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], str]:
    """What is found of the files of these messages of somebody's, by session and id."""
    found = of_places(db, user_id=user_id, places=places)
    return {place: names_of(these) for place, these in found.items()}


def named(db: Session, key: SessionKey, ids: Sequence[int] | None = None) -> None:
    """Have these messages, or all of a chat that have files, found so; for this package only.

    They are indexed already; those without files stay as they are.
    """
    query = select(*(messages.c[name] for name in ("id", "role", "content", "created_at")))
    query = query.where(*messages_of(key), messages.c.file_count > 0)
    rows = db.execute(query if ids is None else query.where(messages.c.id.in_(ids))).all()
    attached = of_messages(db, key, [row.id for row in rows])
    for row in rows:
        names = names_of(attached.get(row.id, ()))
        words = words_of(f"{names} {row.content}")
        search_index.removed(db, key, row.id)
        text = SearchText(key.session_id, row.id, row.role, names, row.created_at, words)
        search_index.written(db, key.user_id, [text])
