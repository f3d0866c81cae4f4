"""The tools that Parley brings: one file each, found by themselves."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from chat.agent.toolkit import Tool, tool_of


@cache
def builtin() -> Mapping[str, Tool]:
    """All tools of this folder, by name."""
    found = {}
    for entry in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{entry.name}")
        for function in vars(module).values():
            if hasattr(function, "parley_tool") and function.__module__ == module.__name__:
                found[function.__name__] = tool_of(function)
    return found
