"""How the own format says values in JSON."""

import json
from base64 import b64encode
from datetime import UTC, datetime


def dumped(value: object) -> str:
    """As one line."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return dict(value) if hasattr(value, "keys") else list(value)  # type: ignore[call-overload]
