"""Free metadata as people write it: a line ``name: value`` each, or JSON."""

import json
from collections.abc import Mapping
from contextlib import suppress

from chat.errors import InvalidInput

FIX = "Write a line “name: value” for each, or one JSON object."


def shown(metadata: Mapping[str, object]) -> str:
    """As it can be read back; lines, where all of it is short text."""
    lines = "\n".join(f"{name}: {value}" for name, value in metadata.items())
    with suppress(InvalidInput):
        if read(lines) == metadata:
            return lines
    return json.dumps(metadata, ensure_ascii=False, indent=1)


def read(text: str) -> dict[str, object]:
    """What was written; raises `InvalidInput` that says where it is not understood."""
    text = text.strip()
    if not text.startswith(("{", "[")):
        return {**_of_lines(text)}
    try:
        found = json.loads(text)
    except RecursionError:
        raise InvalidInput("The metadata is nested too deeply.", FIX) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}: {error.msg}"
        raise InvalidInput(f"The metadata is no JSON ({where}).", FIX) from None
    except ValueError:
        raise InvalidInput("The metadata has a number that is too long.", FIX) from None
    if not isinstance(found, dict):
        raise InvalidInput("The metadata is a list.", FIX)
    return found


def _of_lines(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not line.strip():
            continue
        if not name or not colon:
            raise InvalidInput(f"Line {number} of the metadata has no name.", FIX)
        if name in found:
            raise InvalidInput(f"The metadata says “{name[:40]}” twice.", FIX)
        found[name] = value
    return found
