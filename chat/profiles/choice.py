"""Which source a handle belongs to, and how sources and handles are called for people."""

import re
from collections.abc import Sequence

from chat.config import Settings
from chat.errors import ConfigurationError, ToolError
from chat.profiles.handles import is_address, normalized
from chat.profiles.source import SourceKind
from chat.profiles.sources import SOURCES
from chat.profiles.sources.file import SOURCE as FILE

FILE_NAME = FILE.name
NAMES = tuple(kind.name for kind in SOURCES)
PLAIN = tuple(kind for kind in SOURCES if kind.takes_plain)
_BY_NAME = {name: kind for kind in SOURCES for name in (kind.name, *kind.aliases)}


def choose(handle: str, source: str, settings: Settings) -> tuple[str, str]:
    """The source to use and the handle as it is called there; raises `ToolError`.

    An explicit source wins; else how the handle is written decides, else the settings.
    """
    kind = named(source) if source.strip() else None
    for one in SOURCES if kind is None else (kind,):
        for page in one.pages:
            if found := re.fullmatch(page, handle.strip()):
                handle, kind = found[1], one
    kind = kind or _guessed(normalized(handle), settings)
    return kind.name, kind.handle(handle)


def named(source: str) -> SourceKind:
    """The source of that name, or of one like it; raises `ToolError`."""
    name = source.strip().lower()
    if name not in _BY_NAME:
        text = f"There is no source “{name[:40]}”."
        raise ToolError(text, f"There are {', '.join(NAMES)}; empty means that Parley chooses.")
    return _BY_NAME[name]


def check(settings: Settings) -> None:
    """Raises `ConfigurationError` when the settings name no source that takes plain handles."""
    names = [kind.name for kind in PLAIN]
    if settings.profile_source not in ("", *names):
        raise ConfigurationError(f"PARLEY_PROFILE_SOURCE must be {alternatives(names)}.")


def shown(handle: str, source: str = "") -> str:
    """The handle for people, with its @; an address or a file as it is."""
    kind = _BY_NAME.get(source)
    mark = kind.mark if kind else "@"
    return handle if is_address(handle) else f"{mark}{handle}"


def place_of(source: str) -> str:
    """What a stored source is called in a sentence; sources that are no more as they are."""
    return _BY_NAME[source].place if source in _BY_NAME else source


def title_of(source: str) -> str:
    """What it is called where it stands alone."""
    return _BY_NAME[source].title if source in _BY_NAME else source


def alternatives(names: Sequence[str]) -> str:
    """``a, b or c``."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _guessed(name: str, settings: Settings) -> SourceKind:
    for kind in SOURCES:
        if kind.own and re.fullmatch(kind.own, name):
            return kind
    if settings.profile_source:
        return named(settings.profile_source)
    return next((kind for kind in PLAIN if kind.has_key(settings)), PLAIN[0])
