"""What can go wrong beyond what is stored; see `store.errors` for what all errors say."""

from store.errors import ParleyError as ParleyError


class InvalidInput(ParleyError):
    """Input that cannot be taken as it is."""

    code = "invalid_input"
    status = 422


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
    """Too often or too much."""

    code = "too_many"
    status = 429


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
    """A model could not be asked, or broke off; ends a turn with a named error."""

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
        super().__init__(message, fix, retryable=retryable, retry_after=retry_after)
        self.code = code
