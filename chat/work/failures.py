"""Why a job brought nothing, where it is not the job itself that says so."""

from chat.errors import ToolError

_LESS = "Try it with less: split the file, or leave something out."


class WorkFailed(ToolError):
    """A job was ended before it came to an end."""


class TookTooLong(WorkFailed):
    """At its limit of time."""

    said = "Reading this took too long and was ended.", _LESS


class TooMuchMemory(WorkFailed):
    """At its limit of memory."""

    said = "Reading this needs too much memory.", _LESS


class ResultTooLarge(WorkFailed):
    """More came out than may."""

    said = "What is in there is more than can be taken.", _LESS


class BrokeOff(WorkFailed):
    """The process ended, or said what it cannot mean."""

    said = "Reading this ended unexpectedly.", "Try it again; if it stays so, with something else."
