"""What every source gives: an account and its posts, cleaned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Post:
    """One post; numbers are None where the source does not say them, times are aware UTC.

    ``mentions`` have their @; ``is_repost``: somebody else wrote it.
    """

    id: str
    text: str
    created_at: datetime
    url: str = ""
    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    views: int | None = None
    language: str = ""
    links: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    is_repost: bool = False

    @property
    def engagement(self) -> int:
        """Likes, reposts and replies together."""
        return (self.likes or 0) + (self.reposts or 0) + (self.replies or 0)


@dataclass(frozen=True, slots=True)
class Account:
    """Who, and what they posted; ``notes`` say for people what is missing or was left out."""

    source: str
    handle: str
    name: str = ""
    url: str = ""
    description: str = ""
    followers: int | None = None
    posts: tuple[Post, ...] = ()
    notes: tuple[str, ...] = ()
