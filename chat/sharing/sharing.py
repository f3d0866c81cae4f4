"""Links to chats: made and revoked by their owners, opened by whoever has one.

What is wrong with a link is never told: it leads nowhere. Opening one counts as a view, once for a
page however long it stays open, again when it is loaded anew (nobody is known who opens it, and
nothing is kept in their browser), and once for each request of the API.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from chat.config import Settings
from chat.errors import Forbidden, InvalidInput
from chat.limits.payers import PeerAddress
from chat.limits.room import copying
from chat.limits.spending import Limits
from chat.news import News
from chat.peers import budget_unit
from chat.people import hashing
from chat.people.identity import Identity
from chat.people.throttle import Throttle
from chat.personas.book import PersonaBook
from chat.sharing import visible
from chat.sharing.attached import Attached, take
from chat.sharing.visible import Seen, SharedChat
from store import messages, session_locks, sessions, share_copies, shares, users
from store.database import Database, Session
from store.errors import Conflict, Refused, ShareNotFound
from store.session_values import ChatSession, NewSession, check_time
from store.share_values import VIEWS_MAX, Included, Look, NewShare, OpenShare, Share, ShareMode
from store.texts import TITLE_MAX, cut
from store.types import utc_now
from store.values import SessionKey

USUAL_DAYS = 7
TOKEN_BYTES = 16
TOKEN_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks of a new link; ``expires_at`` None is as usual.

    ``seen`` is of the preview that they have before their eyes: a snapshot shows that, whatever was
    said since, and without the analysis results that were fetched since.
    """

    mode: ShareMode = "snapshot"
    expires_at: datetime | None = None
    password: str = ""
    view_limit: int | None = None
    include: Included = Included()  # noqa: RUF009 - frozen
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link at the one moment when its token can be read."""

    token: str
    share: Share


@dataclass(frozen=True, slots=True)
class Sharing:
    """The use cases; every method opens its own transaction. ``rounds`` are bcrypt's.

    ``attached`` are the files of those who share.
    """

    settings: Settings
    database: Database
    limits: Limits
    personas: PersonaBook
    news: News
    now: Callable[[], datetime] = utc_now
    throttle: Throttle = field(default_factory=Throttle)
    rounds: int = 12
    attached: Attached | None = None

    @property
    def is_on(self) -> bool:
        """Whether links can be made, and lead anywhere."""
        return self.settings.shared_with != "off"

    @property
    def needs_login(self) -> bool:
        """Whether only those who are logged in here may open one."""
        return self.settings.shared_with == "login"

    def create(self, by: Identity, key: SessionKey, wanted: Wanted) -> NewLink:
        """A new link to a chat of theirs; the token is given only here.

        Raises `Forbidden` where the operator allows none, `InvalidInput`, and `Conflict` for a chat
        that does not last.
        """
        if not self.is_on:
            raise Forbidden("Sharing is switched off here.", "Ask whoever runs this place.")
        expires_at = self._until(wanted.expires_at)
        if wanted.view_limit is not None and not 1 <= wanted.view_limit <= VIEWS_MAX:
            fix = f"Use 1 to {VIEWS_MAX:,}, or no limit."
            raise InvalidInput("The view limit is out of range.", fix, field="view_limit")
        password_hash = None
        if wanted.password:
            hashing.check_new_password(wanted.password)
            password_hash = hashing.password_hash(wanted.password, self.rounds)
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self.now()
        with self.database.transaction() as db:
            session_locks.locked_version(db, key)  # before the user, as who removes both does
            users.lock(db, user_id=key.user_id)
            shown = self._preview(db, by, key, wanted.mode, wanted.include)
            snapshot = wanted.mode == "snapshot"
            now_there = visible.shown(db, shown, limit=1)
            title, leaf_id, which = wanted.seen or now_there.seen
            if leaf_id is not None:
                messages.get(db, key, message_id=leaf_id)  # it may have been deleted meanwhile
                leaf_id = visible.settled_leaf(db, key, leaf_id)
            new = NewShare(
                mode=wanted.mode,
                expires_at=expires_at,
                include=wanted.include,
                password_hash=password_hash,
                view_limit=wanted.view_limit,
                title=title if snapshot else "",
                name=shown.name if wanted.include.names else "",
                leaf_id=leaf_id if snapshot else None,
                results=now_there.rows_of(which) if snapshot else (),
            )
            kept = shares.create(db, key, new=new, token_hash=hashing.hashed(token), now=now)
        return NewLink(token, kept)

    def preview(
        self, by: Identity, key: SessionKey, mode: ShareMode, include: Included, *, limit: int
    ) -> SharedChat:
        """What a link that is made now will show; raises `SessionNotFound`, or `Conflict`."""
        with self.database.reading() as db:
            return visible.shown(db, self._preview(db, by, key, mode, include), limit=limit)

    def revoke(self, key: SessionKey, share_id: str) -> None:
        """End a link; raises `ShareNotFound`, and `SessionNotFound`."""
        with self.database.transaction() as db:
            shares.revoke(db, key, share_id=share_id)

    def revoke_those_of(self, key: SessionKey) -> int:
        """End all links to a chat; how many there were."""
        with self.database.transaction() as db:
            return shares.revoke_those_of(db, key)

    def revoke_all(self, user_id: str) -> int:
        """End all links of somebody; how many there were."""
        with self.database.transaction() as db:
            return shares.revoke_all(db, user_id=user_id)

    def find(self, token: str, address: PeerAddress, *, opened: bool = False) -> OpenShare:
        """The link of a token, which is not opened by that; one that was ``opened`` may be used up.

        Raises `ShareNotFound`, and `TooMany` after too many that lead nowhere. Only these count: a
        whole office may open one at once.
        """
        where = f"shares {budget_unit(address)}"
        self.throttle.check(where)
        found = self._by_token(token, opened)
        if found is None:
            self.throttle.count(where)
            raise ShareNotFound
        return found

    def enter(self, found: OpenShare, password: str, address: PeerAddress) -> None:
        """Open it: a view counts. Raises `ShareNotFound` or `TooMany`, also for a wrong password.

        Passwords are counted before they are compared, by the link and where they come from, and
        by the link alone.
        """
        self._check_password(found, password, address)
        owner, share_id = found.key.user_id, found.share_id
        with self.database.transaction(even_read_only=True) as db:
            if not shares.count_view(db, user_id=owner, share_id=share_id, now=self.now()):
                raise ShareNotFound

    def read(
        self, token: str, password: str, address: PeerAddress, *, limit: int, before: int | None
    ) -> tuple[OpenShare, SharedChat]:
        """Open a link and see what it shows; raises `ShareNotFound` or `TooMany`."""
        try:
            found = self.find(token, address)
        except ShareNotFound:
            if password:
                hashing.fits(password, None)
            raise
        self.enter(found, password, address)
        with self.database.reading() as db:
            chat = visible.shown(db, found, limit=limit, before=before)
            return found, visible.with_rows(db, found, chat)

    def picture(self, token: str, password: str, address: PeerAddress, file_id: str) -> Path:
        """The cleaned copy of a picture that a link shows; raises `ShareNotFound` or `TooMany`.

        No view counts, and it works as long as the link leads somewhere, however often that was
        opened: what its files are called is told only to who opens it.
        """
        found = self.find(token, address, opened=True)
        self._check_password(found, password, address)
        with self.database.reading() as db:
            files = share_copies.files_shown(db, found)
        file = next((one for one in files if one.file_id == file_id), None)
        path = self.attached.picture(file) if file and self.attached else None
        if path is None:
            raise ShareNotFound
        return path

    def again(self, opened: OpenShare, *, limit: int) -> SharedChat:
        """What a link shows by now that was opened before; raises `ShareNotFound`."""
        with self.database.reading() as db:
            return visible.shown(db, self._still(db, opened), limit=limit)

    def look(self, opened: OpenShare) -> Look:
        """How it looks by now; raises `ShareNotFound`."""
        with self.database.reading() as db:
            return shares.look(db, self._still(db, opened))

    def copy(self, user_id: str, opened: OpenShare, address: PeerAddress) -> ChatSession:
        """What a link shows as a chat of somebody's own; for guests `TooMany`.

        Raises `ShareNotFound` where it does not lead anywhere any more, and where its files are
        more than they may have what says so.
        """
        with self.database.reading() as db:
            files = share_copies.files_shown(db, self._still(db, opened))
        taken = take(self.attached, user_id, files, address)
        with self.limits.spending(user_id, address) as may:
            found = self._still(may.db, opened)
            name = f" of {found.name}" if found.include.names and found.name else ""
            about = f"Continued from the shared chat{name} “{found.title or 'New chat'}”."
            title = cut(found.title or "Shared chat", TITLE_MAX)
            new = NewSession(title=title, description=about)
            made, _ = self.personas.create_session(may, SessionKey.new(user_id), new)
            key = SessionKey(user_id, made.session_id)
            rows = visible.shown(may.db, found, limit=1).rows_of()
            with copying(may):
                share_copies.copy_shown(
                    may.db, key, share=found, results=rows, file_ids=taken, now=self.now()
                )
            copied = sessions.get(may.db, key)
        self.news.note(user_id, "session")
        return copied

    def _preview(
        self, db: Session, by: Identity, key: SessionKey, mode: ShareMode, include: Included
    ) -> OpenShare:
        session, now = sessions.get(db, key), self.now()
        if session.temporary:
            raise Conflict("A temporary chat cannot be shared.", "Keep the chat first.")
        leaf_id = session.active_leaf_id
        if mode == "snapshot":
            leaf_id = visible.settled_leaf(db, key, leaf_id)
        name = users.get(db, user_id=by.user_id).name
        return OpenShare(key, "", mode, session.title, name, leaf_id, include, None, now, now)

    def _until(self, wanted: datetime | None) -> datetime:
        """When it ends; raises `InvalidInput`."""
        now, most = self.now(), self.settings.share_days
        if wanted is None:
            return now + timedelta(days=min(USUAL_DAYS, most))
        try:
            check_time(wanted)
        except Refused as refused:
            raise InvalidInput(refused.message, refused.fix, field="expires_at") from None
        if not now < wanted <= now + timedelta(days=most, minutes=1):
            fix = f"Choose a time within the next {most} days."
            raise InvalidInput("A link cannot end then.", fix, field="expires_at")
        return wanted

    def _check_password(self, found: OpenShare, password: str, address: PeerAddress) -> None:
        if found.password_hash is None:
            return
        if not password:
            raise ShareNotFound
        here, anywhere = f"share {found.share_id} {budget_unit(address)}", f"share {found.share_id}"
        self.throttle.count(here, known=anywhere)
        if not hashing.fits(password, found.password_hash):
            raise ShareNotFound
        self.throttle.give_back(here, anywhere)

    def _by_token(self, token: str, opened: bool = False) -> OpenShare | None:
        if not self.is_on or len(token) > TOKEN_MAX:
            return None
        with self.database.reading() as db:
            hashed, now = hashing.hashed(token), self.now()
            return shares.by_token(db, token_hash=hashed, now=now, used_up=opened)

    def _still(self, db: Session, opened: OpenShare) -> OpenShare:
        owner, share_id = opened.key.user_id, opened.share_id
        found = shares.still(db, user_id=owner, share_id=share_id, now=self.now())
        if found is None or not self.is_on:
            raise ShareNotFound
        return found
