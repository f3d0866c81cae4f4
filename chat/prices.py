"""What models cost: those of the operator, then those of ``prices.yaml``; the others have none."""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from chat.events import Usage

FILE = Path(__file__).with_name("prices.yaml")
MOST_BYTES, MOST_DOLLARS = 1_000_000, 1e6
PER = 1e6
Price = tuple[float, ...]
"""US dollars per million tokens: in, out, and in where they were read before, if that is known."""
_FIELDS = {"models", "into", "out", "cached", "date", "source"}


def price_of(own: Mapping[str, Price], model: str) -> Price | None:
    """The operator's price of a model, else the one of the file; None for no price."""
    return own.get(model) or built_in().get(model)


def cost_of(price: Price | None, usage: Usage) -> float | None:
    """In US dollars: what the server says, else by price; None where nobody knows."""
    if usage.cost is not None or price is None:
        return usage.cost
    into, out, *known = price
    cached = min(usage.cached_tokens or 0, usage.prompt_tokens)
    fresh = usage.prompt_tokens - cached
    again = known[0] if known else into
    return (fresh * into + cached * again + usage.completion_tokens * out) / PER


@lru_cache(maxsize=1)
def built_in() -> Mapping[str, Price]:
    """Those of the file."""
    return parsed(FILE.read_text(encoding="utf-8"))


def prices(value: object) -> dict[str, Price]:
    """A setting: prices, the same as JSON, or the path of a file; raises `ValueError`."""
    if not isinstance(value, str):
        return _checked(value)
    if value.lstrip().startswith(("{", "[")):
        return _checked(json.loads(value))
    file = Path(value)
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ValueError(value)
        return parsed(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(value) from error


def parsed(text: str) -> dict[str, Price]:
    """The prices of a file like ``prices.yaml``, or of one with an object of prices."""
    import yaml

    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(text[:100]) from error
    return dict(_entries(found)) if isinstance(found, list) else _checked(found)


def _entries(found: list[object]) -> Iterator[tuple[str, Price]]:
    for one in found:
        if not isinstance(one, dict) or not set(one) <= _FIELDS:
            raise ValueError(one)
        if not isinstance(one.get("date"), date) or not isinstance(one.get("source"), str):
            raise ValueError(one)
        names = one.get("models")
        price = [one.get("into"), one.get("out"), *([one["cached"]] if "cached" in one else [])]
        if not isinstance(names, list):
            raise ValueError(one)
        yield from _checked({str(name): price for name in names}).items()


def _checked(found: object) -> dict[str, Price]:
    if not isinstance(found, dict):
        raise ValueError(found)
    for price in found.values():
        if not isinstance(price, list | tuple) or len(price) not in (2, 3):
            raise ValueError(price)
        if not all(_is_price(one) for one in price):
            raise ValueError(price)
    return {str(name): tuple(map(float, price)) for name, price in found.items()}


def _is_price(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 <= value <= MOST_DOLLARS
