"""How people come in: each way with all that depends on it.

A further one is an object here, and in `chat.people.identity` how its browsers are known.
"""

from dataclasses import dataclass
from typing import Literal

ModeName = Literal["off", "password", "oidc", "guest"]
SharingName = Literal["off", "login", "public"]


@dataclass(frozen=True, slots=True)
class Mode:
    """One way; what is not said does not hold.

    ``local``: whoever opens the page is the one local user. ``accounts``: people log in and out;
    by ``passwords`` that are kept here, or by a ``provider``. ``guests``: each browser is somebody,
    whose chats go after ``session_ttl`` seconds without use unless a setting says else.
    """

    name: ModeName
    local: bool = False
    accounts: bool = False
    passwords: bool = False
    provider: bool = False
    guests: bool = False
    session_ttl: int | None = None


OFF = Mode("off", local=True)
_ALL = (
    OFF,
    Mode("password", accounts=True, passwords=True),
    Mode("oidc", accounts=True, provider=True),
    Mode("guest", guests=True, session_ttl=3600),
)
MODES = {mode.name: mode for mode in _ALL}
