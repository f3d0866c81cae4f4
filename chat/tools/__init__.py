"""The tools that Parley brings: one file each, found by themselves."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from chat.agent.toolkit import Tool


@cache
def builtin() -> Mapping[str, Tool]:
    """All tools of this folder, by name."""
    names = (f"{__name__}.{entry.name}" for entry in pkgutil.iter_modules(__path__))
    parts = (part for name in names for part in vars(importlib.import_module(name)).values())
    return {part.name: part for part in parts if isinstance(part, Tool)}
