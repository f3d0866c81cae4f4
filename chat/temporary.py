"""Temporary chats on somebody's screen: when none shows one any more, it goes.

A page that is loaded anew is away for a moment, a phone in a pocket for longer. What nobody ever
had on screen, or another process showed, goes an hour after its last use, see
`chat.turns.retention`.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Set
from dataclasses import dataclass, field

from chat.loop import Loop
from store.errors import ReadOnly, StoreError
from store.values import SessionKey

LOOK_SECONDS, AWAY_SECONDS = 5.0, 120.0
OnScreen = Callable[[], Set[SessionKey]]

log = logging.getLogger("parley.temporary")


@dataclass(eq=False)
class Temporary:
    """Those of one process; ``close`` removes one, False while it is being answered."""

    loop: Loop
    close: Callable[[SessionKey], bool]
    look_seconds: float = LOOK_SECONDS
    away_seconds: float = AWAY_SECONDS
    _away: dict[SessionKey, float | None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, key: SessionKey, on_screen: OnScreen) -> None:
        """It is on a screen; ``on_screen`` tells from now on which chats are."""
        with self._lock:
            is_first = not self._away
            self._away[key] = None
        if is_first:
            self.loop.spawn(self._look(on_screen))

    async def _look(self, on_screen: OnScreen) -> None:
        while True:
            await asyncio.sleep(self.look_seconds)
            try:
                for key in self._gone(on_screen()):
                    await self._close(key)
            except Exception:  # it goes within the hour all the same
                log.exception("temporary chats were not looked at")
            with self._lock:
                if not self._away:
                    return

    def _gone(self, shown: Set[SessionKey]) -> list[SessionKey]:
        now = time.monotonic()
        with self._lock:
            for key, since in self._away.items():
                self._away[key] = None if key in shown else since or now
            away = self._away.items()
            return [k for k, since in away if since and now - since >= self.away_seconds]

    async def _close(self, key: SessionKey) -> None:
        try:
            is_closed = await self.loop.in_thread(self.close, key)
        except ReadOnly:  # it is looked for again
            return
        except StoreError as failure:
            log.warning("a temporary chat stays for now: %s", failure)
            return
        if is_closed:
            with self._lock:
                self._away.pop(key, None)
