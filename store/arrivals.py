"""A file's pieces on their way in, written in short transactions, many at once.

Between two of them others have their turn; what is written is whole, wherever it ends.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace

from store import bulk, files, folders, new_chats, personas, preferences
from store.arriving_files import ArrivingFiles, add_computed
from store.bulk import Arrival
from store.carried import (
    CarriedFolder,
    CarriedMessage,
    CarriedPreferences,
    CarriedProfile,
    CarriedSession,
    OwnPiece,
    Skipped,
)
from store.carried_files import CarriedBytes, CarriedComputed, CarriedFile
from store.errors import ParleyError, Refused, StorageUnavailable
from store.folders import Folder
from store.intake import IntakeTerms, Opened, Tally, too_long
from store.types import utc_now
from store.values import OwnPersona, SessionKey

BATCH = 500
"""So much at once, with the chat that ends then: whole ones take the fewest statements."""
WEIGHT = 10_000
"""So many characters weigh as much as a message."""


@dataclass(slots=True)
class _Part:
    """What is next of one chat; ``ends`` with its last messages."""

    arrival: Arrival
    messages: list[CarriedMessage] = field(default_factory=list)
    results: list[CarriedProfile] = field(default_factory=list)
    computed: list[CarriedComputed] = field(default_factory=list)
    ends: bool = False

    @property
    def is_only_begun(self) -> bool:
        """Whether nothing of it is known but that it comes: none is kept without its messages."""
        arrived = self.messages or self.results or self.computed
        return not (self.ends or arrived or self.arrival.is_there)

    @property
    def is_new_and_whole(self) -> bool:
        """Whether it comes from elsewhere, all of it is known, and nothing of it was written."""
        arrival = self.arrival
        is_begun = arrival.is_there or arrival.is_refused
        return bool(arrival.said.source) and self.ends and not (is_begun or self.results)


class Arriving:
    """Takes pieces one by one; `finish` writes what is left.

    ``opening`` begins a transaction for whoever's it is, ``noted`` is called after each and may
    raise to end it all.
    """

    def __init__(
        self,
        user_id: str,
        opening: Callable[[], AbstractContextManager[Opened]],
        terms: IntakeTerms,
        noted: Callable[[Tally], None] = lambda _: None,
    ) -> None:
        self.count = Tally()
        self._user_id = user_id
        self._opening = opening
        self._terms = terms
        self._noted = noted
        self._parts: list[_Part] = []
        self._shared: list[OwnPersona | CarriedFolder | CarriedPreferences] = []
        self._folders: dict[str, str] = {}
        self._files = ArrivingFiles(user_id, terms.file, self.count)
        self._waiting = 0

    def take(self, piece: OwnPiece) -> None:
        """The next one."""
        if not isinstance(piece, CarriedBytes) and self._files.end():
            self._noted(self.count)
        if isinstance(piece, CarriedFile | CarriedBytes):
            self._files.take(piece)
            return
        if isinstance(piece, Skipped):
            self.count.skip(piece.where, piece.why)
        elif isinstance(piece, CarriedSession):
            self._end_part()
            if self._waiting >= BATCH:
                self.flush()
            self.count.chats += 1
            before = self._terms.unused_before[bool(piece.folder)]
            goes = before is not None and piece.last_activity_at < before
            said = replace(piece, last_activity_at=utc_now()) if goes else piece
            self._parts.append(_Part(Arrival(said, SessionKey(self._user_id, said.session_id))))
        elif isinstance(piece, OwnPersona | CarriedFolder | CarriedPreferences):
            self._shared.append(piece)
        elif self._parts and isinstance(piece, CarriedProfile):
            self._parts[-1].results.append(piece)
        elif self._parts and isinstance(piece, CarriedComputed):
            self._take_computed(piece)
        elif self._parts and isinstance(piece, CarriedMessage):
            self._take_message(piece)
        self._waiting += weight(piece)
        if self._waiting >= BATCH * 3 // 2:
            self.flush()

    def finish(self) -> None:
        """Write all that is left."""
        self._files.end()
        self._end_part()
        self.flush()

    def flush(self) -> None:
        """Write what waits; the last chat may go on."""
        parts, self._parts, self._waiting = self._parts, [], 0
        goes_on = parts[-1] if parts and not parts[-1].ends else None
        # Its last message comes with its end, so that whoever was cut off between finds it open.
        held = goes_on.messages[-1:] if goes_on and not goes_on.computed else []
        if goes_on:
            del goes_on.messages[len(goes_on.messages) - len(held) :]
            if goes_on.is_only_begun:
                parts.pop()
        shared, self._shared = sorted(self._shared, key=_turn), []
        if parts or shared:
            self._write_all(parts, shared)
        if goes_on:
            self._parts = [_Part(goes_on.arrival, held)]
        if parts or shared:
            self._noted(self.count)

    def _write_all(
        self, parts: list[_Part], shared: Sequence[OwnPersona | CarriedFolder | CarriedPreferences]
    ) -> None:
        before = self.count
        before_each = [(part.arrival.added, part.arrival.unchanged) for part in parts]
        has_files = any(message.files for part in parts for message in part.messages)
        with self._opening() as may:
            if has_files:
                files.hold_of(may.db, [self._user_id])
            for one in shared:
                self._put_shared(may, one)
            shelves = self._shelves(may, parts)
            # In one order, so that none of two who write several waits for the other.
            parts_left = self._not_new(may, parts)
            for part in sorted(parts_left, key=lambda one: one.arrival.key.session_id):
                self._write(may, part, shelves)
        for part, (added, unchanged) in zip(parts, before_each, strict=True):
            before.added += part.arrival.added - added
            before.unchanged += part.arrival.unchanged - unchanged
            for one_skipped in part.arrival.skipped:
                before.skip(one_skipped.where, one_skipped.why)
            part.arrival.skipped.clear()

    def _take_message(self, piece: CarriedMessage) -> None:
        self.count.total += 1
        part = self._parts[-1]
        if len(piece.content) > self._terms.max_chars:
            part.arrival.skipped.append(
                Skipped(f"{part.arrival.where}, message {piece.id}", too_long(self._terms))
            )
            part.arrival.places[piece.id] = None
            return
        part.messages.append(piece)

    def _take_computed(self, piece: CarriedComputed) -> None:
        part = self._parts[-1]
        try:
            if self._terms.computed is None:
                raise Refused("It cannot come in here.", "Ask for it again.")
            part.computed.append(self._terms.computed(piece))
        except StorageUnavailable:
            raise
        except ParleyError as error:
            where = f"{part.arrival.where}, result “{piece.title[:40]}”"
            part.arrival.skipped.append(Skipped(where, str(error)))

    def _end_part(self) -> None:
        if self._parts:
            self._parts[-1].ends = True

    def _not_new(self, may: Opened, parts: Sequence[_Part]) -> list[_Part]:
        """Those that are left when what is new and from elsewhere was kept all at once."""
        whole = [part for part in parts if part.is_new_and_whole]
        if self._terms.counts_chats or len(whole) < 2:
            return list(parts)
        for part in whole:
            model = self._terms.model(may, part.arrival.said.model)
            part.arrival.said = replace(part.arrival.said, model=model)
        given = [(part.arrival, part.messages) for part in whole]
        kept = new_chats.add(may.db, self._user_id, given, may=may)
        done = {id(part) for part, is_kept in zip(whole, kept, strict=True) if is_kept}
        return [part for part in parts if id(part) not in done]

    def _shelves(self, may: Opened, parts: Sequence[_Part]) -> set[str]:
        """The folders of theirs, which stay as long as the transaction is open."""
        wanted = any(not part.arrival.is_there and part.arrival.said.folder for part in parts)
        if not wanted:
            return set()
        folders.hold(may.db, user_id=self._user_id)
        return {one.folder_id for one in folders.listed(may.db, user_id=self._user_id)}

    def _write(self, may: Opened, part: _Part, shelves: set[str]) -> None:
        arrival = part.arrival
        if arrival.is_refused:
            return
        before = arrival.added, arrival.unchanged
        try:
            with may.db.begin_nested():
                if arrival.is_there:
                    bulk.again(may.db, arrival)
                else:
                    model = self._terms.model(may, arrival.said.model)
                    name = arrival.said.folder or ""
                    shelf = self._folders.get(name, name)
                    folder = shelf if shelf in shelves else None
                    arrival.said = replace(arrival.said, model=model, folder=folder)
                    bulk.begin(may.db, arrival, may=may)
                bulk.add(may.db, arrival, part.messages)
                self._files.attach(may.db, arrival)
                add_computed(may.db, arrival, part.computed)
                bulk.add_results(may.db, arrival, part.results)
                bulk.settle(may.db, arrival, ends=part.ends)
        except StorageUnavailable:
            raise
        except ParleyError as error:
            arrival.is_refused = True
            arrival.added, arrival.unchanged = before
            arrival.skipped.append(Skipped(arrival.where, str(error)))

    def _put_shared(
        self, may: Opened, one: OwnPersona | CarriedFolder | CarriedPreferences
    ) -> None:
        try:
            if isinstance(one, OwnPersona):
                checked = self._terms.persona(may, one)
                personas.put_back(may.db, user_id=self._user_id, persona=checked)
            elif isinstance(one, CarriedFolder):
                self._terms.prompt(may, one.system_prompt)
                inside = self._folders.get(one.parent_id or "")
                folder = Folder(**{**asdict(one), "parent_id": inside})
                here = folders.put_back(may.db, user_id=self._user_id, folder=folder)
                self._folders[one.folder_id] = here
            else:
                preferences.put_back(may.db, user_id=self._user_id, found=one.values)
        except StorageUnavailable:
            raise
        except ParleyError as error:
            kind = "persona" if isinstance(one, OwnPersona) else "folder"
            name = "" if isinstance(one, CarriedPreferences) else one.name
            self.count.skip(f"{kind} “{name[:60]}”", str(error))


def _turn(one: OwnPersona | CarriedFolder | CarriedPreferences) -> bool:
    """Folders are held before anything else is locked."""
    return not isinstance(one, CarriedFolder)


def weight(piece: OwnPiece) -> int:
    """As how many messages it counts for the memory and the time that it takes."""
    if isinstance(piece, CarriedMessage):
        sent = piece.provenance
        kept = (sent.record, sent.texts) if sent else ()
        return 1 + len(piece.content) // WEIGHT + _weight(piece.metadata, piece.tools_used, *kept)
    if isinstance(piece, CarriedSession):
        return 10 + _weight(piece.context, piece.metadata, piece.parameters, piece.description)
    if isinstance(piece, CarriedProfile):
        return 5 + _weight(piece.result)
    if isinstance(piece, CarriedComputed | CarriedBytes):
        return 5 + len(piece.data) // WEIGHT
    if isinstance(piece, CarriedPreferences):
        return 5 + _weight(piece.values)
    if isinstance(piece, Skipped | CarriedFile):
        return 1
    return 5 + len(piece.system_prompt) // WEIGHT


def _weight(*given: object) -> int:
    return sum(len(str(one)) for one in given if one) // WEIGHT
