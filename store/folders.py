"""Folders of somebody's sessions, nested once. The caller owns the transaction.

``sessions.folder`` is no foreign key: whoever changes folders, or puts a session into one, holds
them first (`hold`), so that none goes meanwhile.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Literal, TypedDict, Unpack, get_args
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlmodel import Session

from store.dialects import lock_names
from store.errors import Conflict, FolderNotFound, Refused
from store.order_models import NAME_MAX
from store.session_locks import in_trash, lasting, lock_all
from store.session_values import SYSTEM_PROMPT_MAX, TextRule
from store.tables import folders, sessions
from store.texts import is_id, made_id, storable
from store.types import utc_now

FOLDERS_MAX = 100
Colour = Literal["gray", "red", "orange", "yellow", "green", "blue", "violet"]
COLOURS: tuple[Colour, ...] = get_args(Colour)
"""As Streamlit calls them."""


class FolderChanges(TypedDict, total=False):
    """What can be said of a folder; what is left out stays as it is."""

    name: str
    parent_id: str | None
    colour: Colour
    system_prompt: str


@dataclass(frozen=True, slots=True)
class NewFolder:
    """What is said of a folder when it is made."""

    name: str
    parent_id: str | None = None
    colour: Colour = "gray"
    system_prompt: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder; ``system_prompt`` is told to models in all chats of it."""

    folder_id: str
    name: str
    parent_id: str | None
    colour: Colour
    system_prompt: str
    created_at: datetime


_FOLDER = [folders.c[field.name] for field in fields(Folder)]


def hold(db: Session, *, user_id: str) -> None:
    """Keep somebody's folders as they are until the transaction ends; before locking a session."""
    lock_names(db.connection(), [f"folders {user_id}"])


def listed(db: Session, *, user_id: str) -> list[Folder]:
    """All of somebody's by name, each followed by those in it."""
    found = [
        Folder(*row) for row in db.execute(select(*_FOLDER).where(folders.c.user_id == user_id))
    ]
    found.sort(key=lambda one: (one.name.casefold(), one.folder_id))
    return list(_nested(found))


def looks(db: Session, *, user_ids: Collection[str]) -> dict[str, list[tuple[object, ...]]]:
    """What of each one's folders a list shows, in one order; with one query for all of them."""
    mine = (folders.c.user_id, folders.c.folder_id)
    shown = select(*mine, folders.c.parent_id, folders.c.name, folders.c.colour)
    found: dict[str, list[tuple[object, ...]]] = {user_id: [] for user_id in user_ids}
    these = shown.where(folders.c.user_id.in_(user_ids)).order_by(*mine)
    for user_id, *look in db.execute(these):
        found[user_id].append(tuple(look))
    return found


def get(db: Session, *, user_id: str, folder_id: str) -> Folder:
    """One of somebody's; raises `FolderNotFound`."""
    row = db.execute(select(*_FOLDER).where(*_owned(user_id, folder_id))).first()
    if row is None:
        raise FolderNotFound
    return Folder(*row)


def check(db: Session, *, user_id: str, folder_id: str | None) -> None:
    """Raise `Refused` for a folder that is not theirs; else it stays until the transaction ends."""
    if folder_id is None:
        return
    hold(db, user_id=user_id)
    try:
        get(db, user_id=user_id, folder_id=folder_id)
    except FolderNotFound:
        fix = "Take the id of one of your folders, or make one first."
        raise Refused("There is no such folder.", fix, field="folder") from None


def create(
    db: Session,
    *,
    user_id: str,
    new: NewFolder,
    folder_id: str | None = None,
    now: datetime | None = None,
) -> tuple[Folder, bool]:
    """Make one, or give the stored one of that id unchanged; True when it was made.

    Raises `Refused`, or `Conflict` for a name that one beside it has.
    """
    if folder_id is not None and not is_id(folder_id):
        raise Refused("The folder id is malformed.", "Use 1 to 64 of A-Z a-z 0-9 _ and -.")
    hold(db, user_id=user_id)
    there = {one.folder_id: one for one in listed(db, user_id=user_id)}
    if folder_id in there:
        return there[folder_id], False
    made = Folder(folder_id or uuid4().hex, **asdict(new), created_at=now or utc_now())
    return _added(db, user_id, made, there), True


def put_back(db: Session, *, user_id: str, folder: Folder) -> str:
    """One that was taken out; the id of the one that it is here.

    That is the one of its id, if it was made at the same time, else the one of its name beside,
    else a new one; on the outside where it cannot be in that one. Raises as `create` does.
    """
    hold(db, user_id=user_id)
    there = {one.folder_id: one for one in listed(db, user_id=user_id)}
    taken = there.get(folder.folder_id)
    if not is_id(folder.folder_id) or (taken and taken.created_at != folder.created_at):
        other_id = made_id(f"{folder.folder_id} {folder.created_at.isoformat()}")
        folder = replace(folder, folder_id=other_id)
    if folder.folder_id in there:
        return folder.folder_id
    outer = there.get(folder.parent_id or "")
    if outer is None or outer.parent_id is not None:
        folder = replace(folder, parent_id=None)
    name = " ".join(folder.name.split()).casefold()
    for one in there.values():
        if (one.parent_id, one.name.casefold()) == (folder.parent_id, name):
            return one.folder_id
    return _added(db, user_id, folder, there).folder_id


def change(
    db: Session, *, user_id: str, folder_id: str, **changes: Unpack[FolderChanges]
) -> Folder:
    """Set what is given; raises as `create` does, or `FolderNotFound`."""
    hold(db, user_id=user_id)
    changed = replace(get(db, user_id=user_id, folder_id=folder_id), **changes)
    there = {one.folder_id: one for one in listed(db, user_id=user_id)}
    changed = _checked(changed, there)
    db.execute(update(folders).where(*_owned(user_id, folder_id)).values(**asdict(changed)))
    return changed


def remove(db: Session, *, user_id: str, folder_id: str) -> None:
    """Remove one for good; its chats go to the folder it is in, or to none, as folders in it do.

    Raises `FolderNotFound`.
    """
    hold(db, user_id=user_id)
    gone = get(db, user_id=user_id, folder_id=folder_id)
    kept = {one.folder_id: one for one in listed(db, user_id=user_id)}
    del kept[folder_id]
    for inner in [one for one in kept.values() if one.parent_id == folder_id]:
        out = replace(inner, parent_id=None)
        kept[out.folder_id] = out = replace(out, name=_free(out, kept))
        moved = update(folders).where(*_owned(user_id, out.folder_id))
        db.execute(moved.values(parent_id=None, name=out.name))
    theirs = (sessions.c.user_id == user_id, sessions.c.folder == folder_id)
    lock_all(db, *theirs)  # in the order of all who lock several
    there = {"folder": gone.parent_id, "version": sessions.c.version + 1}
    db.execute(update(sessions).where(*theirs).values(**there))
    db.execute(delete(folders).where(*_owned(user_id, folder_id)))


def prompts(db: Session, *, user_id: str, folder_id: str | None) -> list[str]:
    """What a folder and the one it is in tell models, the outer one first."""
    if folder_id is None:
        return []
    inner = select(folders.c.parent_id).where(*_owned(user_id, folder_id)).scalar_subquery()
    both = (folders.c.folder_id == folder_id) | (folders.c.folder_id == inner)
    said = select(folders.c.system_prompt).where(folders.c.user_id == user_id, both)
    found = db.scalars(said.order_by(folders.c.parent_id.is_not(None)))
    return [text for text in found if text.strip()]


def count_chats(db: Session, *, user_id: str, folder_id: str) -> int:
    """How many lasting chats outside the trash are in it."""
    here = (sessions.c.user_id == user_id, sessions.c.folder == folder_id)
    these = select(func.count()).select_from(sessions).where(*here, in_trash(False), lasting())
    return db.scalar(these) or 0


def _added(db: Session, user_id: str, folder: Folder, there: Mapping[str, Folder]) -> Folder:
    if len(there) >= FOLDERS_MAX:
        raise Refused(f"You have {FOLDERS_MAX} folders already.", "Delete some of them first.")
    made = _checked(folder, there)
    db.execute(insert(folders).values(user_id=user_id, **asdict(made)))
    return made


def _owned(user_id: str, folder_id: str) -> list[ColumnElement[bool]]:
    if not is_id(folder_id):
        raise FolderNotFound
    return [folders.c.user_id == user_id, folders.c.folder_id == folder_id]


def _nested(found: list[Folder]) -> Iterator[Folder]:
    inside: dict[str | None, list[Folder]] = {}
    for one in found:
        inside.setdefault(one.parent_id, []).append(one)
    for outer in inside.get(None, []):
        yield outer
        yield from inside.get(outer.folder_id, [])


def _checked(folder: Folder, there: Mapping[str, Folder]) -> Folder:
    """As it is to be kept beside these, its former self among them or not."""
    name = " ".join(storable(folder.name).split())
    if not name or len(name) > NAME_MAX:
        about = "is too long" if name else "is empty"
        fix = f"Use 1 to {NAME_MAX} characters."
        raise Refused(f"The folder's name {about}.", fix, field="name")
    if folder.colour not in COLOURS:
        known = ", ".join(COLOURS)
        raise Refused("There is no such colour.", f"Use one of {known}.", field="colour")
    TextRule("system prompt", SYSTEM_PROMPT_MAX)(folder.system_prompt)
    if folder.parent_id is not None:
        _check_parent(folder, there)
    folder = replace(folder, name=name)
    if name != _free(folder, there):
        fix = "Choose another name, or use that one."
        raise Conflict(f"There is a folder “{name}” already.", fix, field="name")
    return folder


def _check_parent(folder: Folder, there: Mapping[str, Folder]) -> None:
    outer = there.get(folder.parent_id or "")
    has_inner = any(one.parent_id == folder.folder_id for one in there.values())
    if outer is None:
        fix = "Take the id of one of your folders."
        raise Refused("There is no such folder to put it in.", fix, field="parent_id")
    if outer.parent_id is not None or outer.folder_id == folder.folder_id or has_inner:
        fix = "Put it into one that is in none; one that has folders itself stays outside."
        raise Refused("A folder in a folder has none in it.", fix, field="parent_id")


def _free(folder: Folder, there: Mapping[str, Folder]) -> str:
    """Its name, or the first with a number that none beside it has."""
    taken = {
        one.name.casefold()
        for one in there.values()
        if one.parent_id == folder.parent_id and one.folder_id != folder.folder_id
    }
    name, number = folder.name, 2
    while name.casefold() in taken:
        end = f" ({number})"
        name, number = folder.name[: NAME_MAX - len(end)] + end, number + 1
    return name
