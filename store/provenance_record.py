"""What was sent for one answer, as it is kept and as a file has it."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from store.texts import repaired

RECORD_MAX, TEXTS_MAX, HASH_CHARS, LEVELS = 2_000_000, 4_000_000, 64, 20
"""So many characters of JSON, and of texts with their hashes, of one answer come from a file."""
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Of one answer; ``texts`` are those that the record names, by their SHA-256.

    ``named`` are those of its texts that are kept already.
    """

    record: Mapping[str, object]
    texts: Mapping[str, str] = field(default_factory=dict)
    named: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """For a file; ``escaped`` are those texts, as JSON, that no file has as they are."""
        kept = {hash_: stored(given) for hash_, given in self.texts.items()}
        plain = {hash_: one["text"] for hash_, one in kept.items() if not one["escaped"]}
        escaped = {hash_: one["text"] for hash_, one in kept.items() if one["escaped"]}
        said = {"texts": plain, "escaped": escaped, "named": list(self.named)}
        return {"record": dict(self.record), **{name: of for name, of in said.items() if of}}

    @classmethod
    def of_json(cls, found: object) -> "Provenance | None":
        """From a file that anybody may have written: None for what is none or cannot be kept.

        A text counts only under its own hash: else it would be shown for another one.
        """
        if not isinstance(found, Mapping) or not isinstance(found.get("record"), Mapping):
            return None
        if not _can_be_kept(found["record"]):
            return None
        texts: dict[str, str] = {}
        left = TEXTS_MAX
        for name in ("texts", "escaped"):
            named = found.get(name)
            for hash_, given in named.items() if isinstance(named, Mapping) else ():
                read = _unescaped(given) if name == "escaped" else given
                if not isinstance(read, str) or fingerprint(read) != hash_:
                    continue
                left -= len(read) + HASH_CHARS
                if left < 0:
                    break
                texts[hash_] = read
        named = found.get("named")
        hashes = set(map(str, named)) - set(texts) if isinstance(named, list) else ()
        return cls(found["record"], texts, tuple(sorted(filter(_HASH.fullmatch, hashes))))


def fingerprint(given: str) -> str:
    """The SHA-256 of a text, also of one with half a surrogate pair."""
    return hashlib.sha256(given.encode(errors="surrogatepass")).hexdigest()


def stored(given: str) -> dict[str, object]:
    """As a database can keep it: not every text, and not every half of a pair, can be stored.

    For this package only.
    """
    escaped = repaired(given) != given
    return {"text": json.dumps(given) if escaped else given, "escaped": escaped}


def _can_be_kept(record: Mapping[str, object]) -> bool:
    try:
        return _is_flat(record) and len(json.dumps(record, allow_nan=False)) <= RECORD_MAX
    except (TypeError, ValueError):
        return False


def _is_flat(value: object, levels: int = LEVELS) -> bool:
    """Whether it is nested no deeper; else whoever reads it comes to the end of their stack."""
    inner = value.values() if isinstance(value, Mapping) else value
    if not isinstance(inner, Iterable) or isinstance(inner, str):
        return True
    return levels > 0 and all(_is_flat(one, levels - 1) for one in inner)


def _unescaped(given: object) -> object:
    try:
        return json.loads(given) if isinstance(given, str) else None
    except (ValueError, RecursionError):
        return None
