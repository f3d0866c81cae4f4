"""Starting a process: logging, and ending it with a sentence when it cannot start."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chat.errors import ConfigurationError
from store.errors import CannotOpen


def set_up_logging() -> None:
    """One line per event on stderr; what libraries say only from warnings up."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("parley")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


@contextmanager
def refuse() -> Iterator[None]:
    """End the process with one sentence, not a traceback, when it cannot start."""
    try:
        yield
    except (ConfigurationError, CannotOpen) as error:
        sys.stderr.write(f"\nParley cannot start. {error}\n\n")
        sys.stderr.flush()
        os._exit(2)
