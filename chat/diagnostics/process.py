"""What this process is."""

import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import psutil

from chat import VERSION


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """Versions, and when it was started; ``commit`` is empty where that is not known."""

    version: str
    commit: str
    python: str
    streamlit: str
    started_at: datetime


def this_process(commit: str) -> ProcessFacts:
    """The commit it was started from is not found out later."""
    started_at = datetime.fromtimestamp(psutil.Process().create_time(), UTC)
    return ProcessFacts(
        VERSION, commit, platform.python_version(), version("streamlit"), started_at
    )
