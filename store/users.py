"""Users: who there is, and what is theirs. The caller owns the transaction.

Usernames are kept case-folded. There is always an administrator who can log in, once there was
one: the last of them is neither disabled, demoted nor removed.
"""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from store import provenance, usage
from store.copies import HELD, copy_rows
from store.errors import Conflict, Refused, UserNotFound
from store.files import hold_going
from store.tables import (
    api_tokens,
    ended_logins,
    messages,
    named_texts,
    profiles,
    sessions,
    shares,
    users,
)
from store.texts import is_id, repaired, storable
from store.types import utc_now
from store.values import User

LOCAL_USER = "default"
ROLES = ("admin", "user", "guest")
NAME_MAX = 200
_USER = [users.c[name] for name in User.__dataclass_fields__]


class UserChanges(TypedDict, total=False):
    """What people may change of their own."""

    display_name: str
    email: str


def ensure_local(db: Session, *, now: datetime | None = None) -> None:
    """Make the one user of a start without login, unless it is there."""
    if db.scalar(select(users.c.id).where(users.c.id == LOCAL_USER)) is not None:
        return
    row = insert(users).values(
        id=LOCAL_USER,
        username=LOCAL_USER,
        display_name="Local user",
        role="admin",
        created_at=now or utc_now(),
    )
    with suppress(IntegrityError), db.begin_nested():  # another process starts at this moment
        db.execute(row)


def create(
    db: Session,
    *,
    username: str,
    role: str = "user",
    password_hash: str | None = None,
    subject: str | None = None,
    display_name: str = "",
    email: str | None = None,
    user_id: str | None = None,
    now: datetime | None = None,
) -> User:
    """A new user; raises `Refused` for a name that cannot be, `Conflict` for one that is taken."""
    name = folded(username)
    if not name or len(name) > NAME_MAX or role not in ROLES:
        raise Refused("The username is empty or too long.", f"Use 1 to {NAME_MAX} characters.")
    new_id = user_id or uuid4().hex
    row = insert(users).values(
        id=new_id,
        username=name,
        role=role,
        password_hash=password_hash,
        subject=subject,
        display_name=storable(display_name)[:NAME_MAX],
        email=email,
        created_at=now or utc_now(),
    )
    try:
        with db.begin_nested():
            db.execute(row)
    except IntegrityError:
        raise Conflict("The username is taken.", "Choose another one.") from None
    return get(db, user_id=new_id)


def get(db: Session, *, user_id: str) -> User:
    """One user; raises `UserNotFound`."""
    found = _one(db, users.c.id == user_id) if is_id(user_id) else None
    if found is None:
        raise UserNotFound
    return found


def by_username(db: Session, *, username: str) -> User | None:
    """The user of that name, in whatever case it is written."""
    return _one(db, users.c.username == folded(username))


def by_subject(db: Session, *, subject: str) -> User | None:
    """The user that a login provider knows as ``subject`` (issuer and id)."""
    return _one(db, users.c.subject == repaired(subject))


def is_ended(db: Session, *, login_id: str) -> bool:
    """Whether this login was ended."""
    return bool(db.scalar(select(exists().where(ended_logins.c.login_id == login_id))))


def lock(db: Session, *, user_id: str) -> None:
    """Let nobody else who locks this user go on until the transaction ends."""
    db.execute(select(users.c.id).where(users.c.id == user_id).with_for_update())


def by_login(db: Session, *, username: str, login_id: str) -> User | None:
    """The user of a login cookie, unless that login was ended."""
    ended = select(ended_logins.c.login_id).where(ended_logins.c.login_id == login_id)
    return _one(db, users.c.username == folded(username), ~ended.exists())


def password_hash(db: Session, *, username: str) -> str | None:
    """The bcrypt hash of somebody who logs in with a password."""
    where = users.c.username == folded(username)
    found: str | None = db.scalar(select(users.c.password_hash).where(where))
    return found


def listed(db: Session, *, query: str = "", limit: int = 50, offset: int = 0) -> list[User]:
    """Everybody but guests and the local user, by name; ``query`` is looked for in names."""
    wanted = repaired(query).casefold()
    rows = db.execute(
        select(*_USER)
        .where(*_people())
        .where(
            or_(
                users.c.username.contains(wanted, autoescape=True),
                func.lower(users.c.display_name).contains(wanted, autoescape=True),
            )
        )
        .order_by(users.c.username)
        .limit(limit)
        .offset(offset)
    )
    return [User(**row._mapping) for row in rows]


def among(db: Session, ids: Collection[str]) -> dict[str, User]:
    """Those who are there of these, by id."""
    rows = db.execute(select(*_USER).where(users.c.id.in_(ids)))
    return {row.id: User(**row._mapping) for row in rows}


def count(db: Session) -> int:
    """How many there are, without guests and the local user."""
    return db.scalar(select(func.count()).select_from(users).where(*_people())) or 0


def can_log_in(db: Session, *, passwords: bool) -> bool:
    """Whether there is anybody who can: with a password, or as a provider's subject."""
    by = users.c.password_hash if passwords else users.c.subject
    return bool(db.scalar(select(exists().where(by.is_not(None)))))


def change(db: Session, *, user_id: str, **fields: Unpack[UserChanges]) -> User:
    """Set what is given; raises `Refused` or `UserNotFound`."""
    if unknown := set(fields) - set(UserChanges.__annotations__):
        raise Refused(f"A user has no {', '.join(sorted(unknown))}.", "Leave it out.")
    for name, limit in (("display_name", NAME_MAX), ("email", 320)):
        if len(storable(str(fields.get(name) or ""))) > limit:
            raise Refused(f"The {name} is too long.", f"Use at most {limit} characters.")
    return _set(db, user_id, **fields)


def set_password(
    db: Session, *, user_id: str, password_hash: str, now: datetime | None = None
) -> User:
    """Another password; all logins with the old one, and all API tokens, end."""
    _set(db, user_id, password_hash=password_hash)
    return log_out_everywhere(db, user_id=user_id, now=now)


def log_out_everywhere(db: Session, *, user_id: str, now: datetime | None = None) -> User:
    """End all logins that began before ``now``, and all API tokens."""
    user = _set(db, user_id, tokens_valid_after=now or utc_now())
    db.execute(delete(api_tokens).where(api_tokens.c.user_id == user_id))
    return user


def bring_back_log_outs(db: Session, *, after: datetime, now: datetime) -> None:
    """Let logins begin again that a clock which was ahead has ended for a time yet to come."""
    later = update(users).where(users.c.tokens_valid_after > after)
    db.execute(later.values(tokens_valid_after=now))


def end_login(db: Session, *, login_id: str, expires_at: datetime) -> None:
    """End one login, before its cookie expires at that time."""
    with suppress(IntegrityError), db.begin_nested():
        db.execute(insert(ended_logins).values(login_id=login_id, expires_at=expires_at))


def set_role(db: Session, *, user_id: str, role: str) -> User:
    """Make somebody ``admin`` or ``user``."""
    if role not in ("admin", "user"):
        raise Refused("There is no such role.", "Use admin or user.")
    if role != "admin":
        _keep_one_admin(db, user_id)
    return _set(db, user_id, role=role)


def set_disabled(db: Session, *, user_id: str, disabled: bool, now: datetime | None = None) -> User:
    """Keep somebody out, at once and everywhere, or let them in again."""
    if disabled:
        _keep_one_admin(db, user_id)
    return _set(db, user_id, disabled_at=(now or utc_now()) if disabled else None)


def seen(db: Session, *, user_id: str, now: datetime | None = None) -> None:
    """Note that somebody is there."""
    db.execute(update(users).where(users.c.id == user_id).values(last_seen_at=now or utc_now()))


def remove(db: Session, *, user_id: str) -> None:
    """Remove somebody and everything of theirs, for good."""
    get(db, user_id=user_id)
    hold_going(db, [user_id])
    _keep_one_admin(db, user_id)
    for table in (messages, profiles, sessions):
        db.execute(delete(table).where(table.c.user_id == user_id))
    db.execute(delete(users).where(users.c.id == user_id))


def remove_stale_guests(db: Session, *, before: datetime) -> int:
    """Remove guests who have no session and were not seen since ``before``; how many."""
    hold_going(db, [])
    theirs = select(sessions.c.user_id).where(sessions.c.user_id == users.c.id)
    last = func.coalesce(users.c.last_seen_at, users.c.created_at)
    gone = delete(users).where(users.c.role == "guest", last < before, ~theirs.exists())
    return db.execute(gone).rowcount  # type: ignore[attr-defined, no-any-return]


def hand_over(db: Session, *, user_id: str, to_user_id: str) -> int:
    """Give what one user has in chats, and personas, to another who has none of those ids.

    Returns how many sessions. Rows are copied and the old ones go: each key begins with its owner.
    """
    get(db, user_id=to_user_id)
    for table in HELD:
        copy_rows(db, table, (table.c.user_id == user_id,), {"user_id": to_user_id})
    db.execute(update(shares).where(shares.c.user_id == user_id).values(user_id=to_user_id))
    for kept in (provenance, usage):
        kept.hand_over(db, user_id=user_id, to_user_id=to_user_id)
    named = provenance.names(db, named_texts.c.user_id == user_id)
    for table in reversed(HELD):
        if table is not sessions:
            db.execute(delete(table).where(table.c.user_id == user_id))
    provenance.forget_unnamed(db, named)
    moved = db.execute(delete(sessions).where(sessions.c.user_id == user_id))
    return moved.rowcount  # type: ignore[attr-defined, no-any-return]


def folded(username: str) -> str:
    """A username as it is kept: without surrounding space, in one case."""
    return storable(username).strip().casefold()


def _people() -> list[ColumnElement[bool]]:
    return [users.c.role != "guest", users.c.id != LOCAL_USER]


def _one(db: Session, *which: ColumnElement[bool]) -> User | None:
    row = db.execute(select(*_USER).where(*which)).first()
    return User(**row._mapping) if row else None


def _set(db: Session, user_id: str, **values: object) -> User:
    changed = update(users).where(users.c.id == user_id).values(**values).returning(*_USER)
    row = db.execute(changed).first()
    if row is None:
        raise UserNotFound
    return User(**row._mapping)


def _keep_one_admin(db: Session, user_id: str) -> None:
    admins = (users.c.role == "admin", users.c.disabled_at.is_(None), *_people())
    left = set(db.scalars(select(users.c.id).where(*admins).with_for_update()))
    if left == {user_id}:
        raise Conflict(
            "This is the only administrator.", "Make somebody else an administrator first."
        )
