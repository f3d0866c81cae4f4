"""Where posts come from: one file for each source, with its `SourceKind` as ``SOURCE``.

All else about sources follows from these: how a handle finds its own, what people, models and
the API are told, what the settings may name.
"""

from importlib import import_module

from chat.profiles.source import SourceKind

SOURCES: tuple[SourceKind, ...] = tuple(
    import_module(f"{__name__}.{name}").SOURCE
    for name in ("bluesky", "mastodon", "x", "feed", "file")
)
"""In the order in which they are shown, and asked whether a handle is theirs."""
