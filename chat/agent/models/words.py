"""What a provider said when it refused: its words made safe to show, and how long to wait."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chat.web.refusals import retry_after

QUOTE_CHARS = 300

_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]+)?")
_KEY = re.compile(
    r"(?i)bearer\s+\S+"
    r"|\b(?:sk|pk|rk|gsk|xai|hf|key|api|nvapi|r8|pplx|fw)[-_][\w.*-]{6,}"
    r"|\bAIza[\w-]{16,}"
    r"|\beyJ[\w-]+\.[\w.-]+"
    r"|(?<!\w)(?=\w*\d)(?=\w*[A-Za-z])\w{24,}"
)


def wait_seconds(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from ``retry-after-ms`` or ``Retry-After``, here also with fractions."""
    for name, divisor in (("retry-after-ms", 1000), ("retry-after", 1)):
        if _NUMBER.fullmatch(text := headers.get(name, "")):
            return float(text) / divisor
    return retry_after(headers.get("retry-after", ""))


def provider_text(body: object) -> str:
    """The words of an error body, wherever this server puts them."""
    if isinstance(body, Mapping):
        for name in ("message", "detail", "error", "msg"):
            if body.get(name):
                return provider_text(body[name])
        return ""
    if isinstance(body, str) and not body.lstrip().startswith("<"):
        return " ".join(body.split())
    return ""


def quotable(text: str, key: str) -> str:
    """The text without what looks like a key, cut to 300 characters."""
    if len(key) > 3 and key != "none":
        text = text.replace(key, "[key]")
    text = _KEY.sub("[key]", text)
    return text if len(text) <= QUOTE_CHARS else text[: QUOTE_CHARS - 1] + "…"
