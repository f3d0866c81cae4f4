"""What can go wrong between us and a model, in words for the person who waits for it.

Texts may quote the provider, never a key, a header or a traceback.
"""

import re
from collections.abc import Mapping

from chat.errors import AgentError
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
_CONTEXT = re.compile(
    r"(?i)context[ _-]?(?:length|window|size|limit)|maximum context|exceed\w* context"
    r"|exceeds? the (?:available|maximum|model)[^.]{0,40}(?:context|tokens)"
    r"|prompt is too long|input is too long|too many (?:input )?tokens|reduce the length"
    r"|input tokens? exceed|token limit exceeded|n_ctx|maximum number of tokens"
)
_MODEL = re.compile(
    r"(?i)model\b.{0,160}\b(?:not found|not exist|unknown|not available|no longer)"
    r"|(?:unknown|invalid|no such|not a valid|unsupported) model|not a valid model"
    r"|model_not_found|does not exist.{0,40}\bmodel"
)
_TOOLS = re.compile(
    r"(?i)(?:not|n't) support\w*.{0,40}\b(?:tools?|functions?)\b|\btools?\b.{0,40}\bnot supported"
    r"|no endpoints?\b.{0,40}\btools?\b|\btools? param\w* requires"
    r"|\btool[ _-]choice.{0,30}requires|tool-call-parser"
    r"|(?:unknown|unrecogni[sz]ed|unsupported|unexpected|extra).{0,60}\btools?\b"
)
_QUOTA = re.compile(r"(?i)insufficient[ _](?:quota|balance|credit|funds)|quota|billing|credits?\b")

_CONNECT = {"ConnectTimeout", "PoolTimeout"}
_SILENCE = {"ReadTimeout", "WriteTimeout"}
_RESET = {"ReadError", "WriteError"}
_UNREACHABLE = {"ConnectError", "ProxyError", "UnsupportedProtocol", "LocalProtocolError"}
_STATUS_OF_KIND = {
    "rate_limit": 429,
    "too_many_requests": 429,
    "insufficient_quota": 429,
    "authentication": 401,
    "invalid_api_key": 401,
    "permission": 403,
    "not_found": 404,
    "invalid_request": 400,
}


def bad_response(what: str) -> AgentError:
    """The server answered, but not in the shape of chat completions; ``what`` it sent."""
    fix = (
        "Retry; if it happens again, check that OPENAI_BASE_URL is the address of an "
        "OpenAI-compatible API (it usually ends in /v1)."
    )
    return AgentError("bad_response", f"The model's server sent {what}.", fix)


def broken() -> AgentError:
    """The connection ended before the model did."""
    text = "The connection to the model broke off before the answer was complete."
    return AgentError("stream_broken", text, "Continue or retry.")


def model_missing() -> AgentError:
    """No model was named, and the server's list names none either."""
    text = "No model is chosen, and the server's list of models could not be used."
    fix = "Set PARLEY_MODEL to the name of a model of your server, or choose one for the session."
    return AgentError("model_unknown", text, fix, retryable=False)


def is_stale_connection(error: Exception) -> bool:
    """Whether the server hung up before it answered anything, so that asking again is safe."""
    cause = error.__cause__
    name = type(cause).__name__
    return name in _RESET or (name == "RemoteProtocolError" and "without sending" in str(cause))


def translate(error: Exception, *, key: str = "", model: str = "") -> AgentError:
    """The named error for one raised by ``openai`` or ``httpx2``; ``key`` is masked in it."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        headers = getattr(getattr(error, "response", None), "headers", {})
        text = provider_text(getattr(error, "body", None))
        code = str(getattr(error, "code", None) or "")
        wait = wait_seconds(headers)
        return _by_status(status, code, quotable(text, key), model=model, wait=wait)
    cause = error.__cause__ if type(error).__module__.startswith("openai") else error
    name = type(cause or error).__name__
    if name in _CONNECT:
        text = "The model's server could not be reached in time."
        fix = "Check the network and the server's address, then retry."
        return AgentError("connect_timeout", text, fix)
    if name in _SILENCE:
        text = "The model's server was silent for too long."
        fix = "Continue or retry; PARLEY_SILENCE_TIMEOUT sets how many seconds are allowed."
        return AgentError("silence_timeout", text, fix)
    if name in _UNREACHABLE:
        text = "The model's server cannot be reached."
        fix = "Check that it is running, its address (OPENAI_BASE_URL) and the network, then retry."
        return AgentError("provider_unreachable", text, fix)
    if isinstance(error, ValueError):
        text = "The question could not be sent."
        fix = (
            "Check that OPENAI_API_KEY and OPENAI_BASE_URL are complete, without stray characters."
        )
        return AgentError("request_refused", text, fix, retryable=False)
    return broken()


def from_error_object(error: object, *, key: str = "") -> AgentError:
    """The named error for an ``error`` that a server sent inside a stream."""
    fields: Mapping[str, object] = error if isinstance(error, Mapping) else {"message": error}
    number = fields.get("code") or fields.get("status")
    code = f"{fields.get('code') or ''} {fields.get('type') or ''}"
    text = quotable(provider_text(fields), key)
    if isinstance(number, str) and number.isdigit():
        number = int(number)
    if isinstance(number, int) and 400 <= number < 600:
        return _by_status(number, code, text)
    known = (status for kind, status in _STATUS_OF_KIND.items() if kind in code.lower())
    return _by_status(next(known, 500), code, text)


def _by_status(
    status: int, code: str, text: str, *, model: str = "", wait: float | None = None
) -> AgentError:
    said = f' It said: "{text}"' if text else ""
    about = f"{code} {text}"
    if status == 401 or (status == 403 and not _MODEL.search(about)):
        text = f"The model's server refused the API key ({status}).{said}"
        fix = "Check OPENAI_API_KEY, and that it belongs to this server."
        return AgentError("key_refused", text, fix, retryable=False)
    if status in (402, 429) or "rate_limit" in code:
        return _rate_limited(about, said, wait)
    if _CONTEXT.search(about) or status == 413:
        text = f"The conversation is too long for this model.{said}"
        fix = (
            "Choose a model with a larger context, lower PARLEY_CONTEXT_TOKENS, or start a new "
            "session."
        )
        return AgentError("context_too_long", text, fix, retryable=False)
    if _TOOLS.search(about):
        text = f"This model cannot use tools.{said}"
        fix = "Choose a model that can, or a persona without tools."
        return AgentError("tools_unsupported", text, fix, retryable=False)
    if status >= 500:
        text = f"The model's server has a problem ({status}).{said}"
        return AgentError("provider_error", text, "Retry in a moment.", retry_after=wait)
    if status in (403, 404) or _MODEL.search(about):
        name = f'"{model}"' if model else "that was asked for"
        text = f"The server does not know the model {name}.{said}"
        fix = (
            "Choose another model; if none works, check that OPENAI_BASE_URL is right (it usually "
            "ends in /v1)."
        )
        return AgentError("model_unknown", text, fix, retryable=False)
    text = f"The model's server refused the request ({status}).{said}"
    fix = "Change the message, the model or its parameters."
    return AgentError("request_refused", text, fix, retryable=status in (408, 409, 425))


def _rate_limited(about: str, said: str, wait: float | None) -> AgentError:
    if _QUOTA.search(about):
        message = f"The quota or credit at the model's provider is used up.{said}"
        fix = "Check the plan and billing there, or use another key or model."
        return AgentError("rate_limited", message, fix, retryable=False, retry_after=wait)
    message = f"The model's provider takes no more requests for now.{said}"
    if wait is None:
        return AgentError("rate_limited", message, "Try again in a minute.")
    seconds = max(1, -int(-wait // 1))
    fix = f"Try again in {seconds} second{'s' if seconds != 1 else ''}."
    return AgentError("rate_limited", message, fix, retry_after=wait)


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
