"""Reads the JSON of a record, which may be damaged, or come from a file of anybody's.

All raise `TypeError`, `ValueError` or `LookupError` for what is no such thing.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from chat.agent.types import JsonMap
from chat.turns.attached import NAMED, FileSent
from chat.turns.file_words import Fate
from chat.turns.origin import SentRequest
from chat.turns.record import REQUESTS

PLACES = 100_000
"""So often do all requests for an answer name a message at most."""


def check_size(entries: Sequence[JsonMap], requests: Sequence[JsonMap]) -> None:
    """Raise `ValueError` for more than is ever kept: an imported record is anybody's."""
    together = sum(part["kind"] == "several" for one in entries for part in maps(one["parts"]))
    named = sum(last - first for one in requests for first, last in listed(one["messages"]))
    if together > REQUESTS or max(len(entries), len(requests), named) > PLACES:
        raise ValueError(len(entries))


def number(found: object) -> int:
    """A number of a message; raises `ValueError` for one that none has."""
    read = int(str(found))
    if not 0 < read < 2**31:
        raise ValueError(read)
    return read


def length(found: object) -> int:
    """How long something is; raises `ValueError` for what nothing is."""
    read = int(str(found))
    if not 0 <= read < 2**31:
        raise ValueError(read)
    return read


def files_sent(kept: object) -> tuple[FileSent, ...]:
    """What became of files."""
    return tuple(
        FileSent(
            str(one["file_id"]),
            str(one["name"]),
            number(one["message_id"]),
            str(one["kind"]),
            _FATES[str(one["fate"])],
            length(one["tokens"]),
            length(one["whole"]),
        )
        for one in maps(kept)[:NAMED]
    )


def profile_told(kept: JsonMap) -> JsonMap:
    """An analysis result that was told of."""
    names = {name: str(kept[name]) for name in ("source", "handle")}
    return {**names, "chars": int(str(kept["chars"]))}


def request_of(kept: JsonMap, places: Sequence[range], tools: int) -> SentRequest:
    """A request, by the places of each entry's messages."""
    said = places_in(kept["messages"], len(places))
    return SentRequest(
        str(kept["model"]),
        tuple(at for place in said for at in places[place]),
        places_in(kept["tools"], tools),
        object_of(kept["parameters"]),
        tuple(map(str, listed(kept["order"]))),
        str(kept["again"]),
        object_of(kept["came"]),
    )


def places_in(ranges: object, most: int) -> tuple[int, ...]:
    """Places below ``most``, of ranges."""
    found = listed(ranges)
    if not all(0 <= first <= last <= most for first, last in found):
        raise ValueError(ranges)
    return tuple(at for first, last in found for at in range(first, last))


def listed(found: object) -> list[Any]:
    """A list."""
    if not isinstance(found, list):
        raise TypeError(found)
    return found


def maps(found: object) -> list[JsonMap]:
    """A list of objects."""
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise TypeError(found)
    return found


def object_of(found: object) -> JsonMap:
    """An object."""
    if not isinstance(found, Mapping):
        raise TypeError(found)
    return found


def object_in(text: str) -> JsonMap:
    """The object that a text is."""
    return object_of(json.loads(text))


_FATES: dict[str, Fate] = {fate: fate for fate in get_args(Fate)}
