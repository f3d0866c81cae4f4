"""What can go wrong beyond what is stored; see `store.errors` for what all errors say."""

from store.errors import ParleyError as ParleyError


class InvalidInput(ParleyError):
    """Input that cannot be taken as it is; ``field`` names the value that is to blame, if any."""

    code = "invalid_input"
    status = 422

    def __init__(self, message: str, fix: str = "", *, field: str | None = None) -> None:
        super().__init__(message, fix)
        self.field = field


class Outdated(ParleyError):
    """What was to be changed is no longer what whoever changes it has seen."""

    code = "precondition_failed"
    status = 412


class ConfigurationError(ParleyError):
    """A setting that Parley cannot start with."""

    code = "configuration"
    status = 500


class NotSignedIn(ParleyError):
    """Nobody is known who asks; or no longer."""

    code = "not_signed_in"
    status = 401
    said = "You are not signed in.", "Log in."


class Forbidden(ParleyError):
    """Known, but not allowed to do this."""

    code = "forbidden"
    status = 403


class TooMany(ParleyError):
    """Too often or too much; ``retry_after`` is in seconds."""

    code = "too_many"
    status = 429

    def __init__(self, message: str, fix: str = "", *, retry_after: float = 1) -> None:
        super().__init__(message, fix)
        self.retry_after = retry_after


class NothingRunning(ParleyError):
    """There is no running turn to stop."""

    code = "nothing_running"
    status = 409


class ToolError(ParleyError):
    """A tool could not do it; the text goes to the model and is kept with the answer."""

    code = "tool_failed"


class AnalysisFailed(ParleyError):
    """An account could not be analysed."""

    code = "analysis_failed"
    status = 502


class AgentError(ParleyError):
    """A model could not be asked, or broke off; ends a turn with a named error.

    ``retry_after`` is in seconds, when the provider said so.
    """

    status = 502

    def __init__(
        self,
        code: str,
        message: str,
        fix: str = "",
        *,
        retryable: bool = True,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, fix)
        self.name = code
        self.retryable = retryable
        self.retry_after = retry_after
