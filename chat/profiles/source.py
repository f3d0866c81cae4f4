"""What a source of posts is: how it is called, which handles are its own, how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chat.config import Settings
from chat.profiles.account import Account
from chat.web.web import Web


class Source(Protocol):
    """A place where accounts are."""

    async def fetch(self, handle: str, limit: int) -> Account:
        """The account with its newest posts, about ``limit`` of them; raises `ToolError`."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a source is made with; ``upload`` is a file's name and bytes."""

    settings: Settings
    web: Web
    now: Callable[[], datetime]
    upload: tuple[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One of `chat.profiles.sources`; ``name`` is what is stored, and what the API calls it.

    ``title`` stands alone and ``place`` in a sentence ("from a feed"); ``mark`` is before each
    handle. ``handle`` gives a handle as it is called there, or raises `ToolError`. Patterns match
    as a whole: ``pages`` addresses of an account, whose first group is its handle; ``own``
    handles that can only be meant here. A handle that says nothing is looked for where
    ``takes_plain``, first where ``has_key``. ``posts`` are read at least, whatever is set.
    """

    name: str
    title: str
    place: str
    hint: str
    make: Callable[[Means], Source]
    handle: Callable[[str], str]
    mark: str = "@"
    aliases: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    own: str = ""
    takes_plain: bool = False
    has_key: Callable[[Settings], bool] = lambda _: False
    posts: int = 0
