"""How a handle is written, and where its account is to be looked for."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from chat.config import Settings
from chat.errors import ToolError

LENGTH_MAX = 200
SOURCES = {
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "x": "X",
    "feed": "a feed",
    "file": "a file",
}
"""By the name that is stored: what people call it."""
_HANDLE = re.compile(r"[\w][\w.-]*(@[\w][\w.-]*(:\d{1,5})?)?")
_ADDRESS = re.compile(r"[!#-&(-;=?-\[\]_a-z~]+")  # without what ends a link in any text
_PAGES = (
    (re.compile(r"https?://bsky\.app/profile/([\w.:-]+)/?"), "bluesky"),
    (re.compile(r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/@?(\w+)/?"), "x"),
)
_ALIASES = {"twitter": "x", "x.com": "x", "rss": "feed", "atom": "feed", "nitter": "feed"}
_ALIASES |= {"bsky": "bluesky", "upload": "file"}


def normalized(handle: str) -> str:
    """``@A `` as ``a``, an address as it is; raises `ToolError` for what cannot be a handle."""
    found = handle.strip()
    if is_address(found):
        if len(found) <= LENGTH_MAX and _ADDRESS.fullmatch(found) and _has_host(found):
            return found
    else:
        found = found.lstrip("@＠").lower()
        if len(found) <= LENGTH_MAX and _HANDLE.fullmatch(found) and ".." not in found:
            return found
    raise _no_handle(handle)


def choose(handle: str, source: str, settings: Settings) -> tuple[str, str]:
    """The source to use and the handle as it is called there; raises `ToolError`.

    An explicit source wins; else how the handle is written decides, else the settings.
    """
    known = _known(source)
    for pattern, place in _PAGES:
        if (found := pattern.fullmatch(handle.strip())) and known in ("", place):
            handle, known = found[1], place
    if known == "file":
        return known, called(handle)
    name = normalized(handle)
    if not known:
        known = _guessed(name, settings)
    if known == "feed" and not is_address(name):
        raise ToolError("A feed needs its address.", "Give it whole, with https://.")
    if known != "feed" and is_address(name):
        raise ToolError(f"{SOURCES[known]} needs a handle, not an address.", "Write it like @name.")
    if known == "bluesky" and "." not in name:
        name = f"{name}.bsky.social"
        if len(name) > LENGTH_MAX:
            raise _no_handle(handle)
    return known, name


def is_address(handle: str) -> bool:
    """Whether it is a web address, which is a feed's."""
    return handle.lower().startswith(("http://", "https://"))


def called(name: str) -> str:
    """How a file is called that shall be analyzed: its name without what is special anywhere."""
    plain = re.sub(r"[^\w.-]+", "-", name.strip().lower().rpartition("/")[2])[:LENGTH_MAX]
    return plain.strip("-.") or "file"


def shown(handle: str, source: str = "") -> str:
    """The handle for people, with its @; an address or a file as it is."""
    return handle if source == "file" or is_address(handle) else f"@{handle}"


def _known(source: str) -> str:
    name = source.strip().lower()
    name = _ALIASES.get(name, name)
    if name and name not in SOURCES:
        text = f"There is no source “{name[:40]}”."
        raise ToolError(text, f"There are {', '.join(SOURCES)}; empty means that Parley chooses.")
    return name


def _guessed(name: str, settings: Settings) -> str:
    if is_address(name):
        return "feed"
    if "@" in name:
        return "mastodon"
    if "." in name:
        return "bluesky"
    return settings.profile_source or ("x" if settings.x_bearer_token else "bluesky")


def _has_host(address: str) -> bool:
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False


def _no_handle(handle: str) -> ToolError:
    printable = "".join(one for one in handle[:60] if one.isprintable())
    return ToolError(
        f"“{printable}” is no handle.",
        "Write it like @name, name.bsky.social, name@instance.example, or as a feed's address "
        f"(up to {LENGTH_MAX} characters).",
    )
