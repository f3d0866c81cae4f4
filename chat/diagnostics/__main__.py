"""Writes what helps to find out what is wrong: ``python -m chat.diagnostics [FILE]``.

For where there is no Admin page: without a login, or where Parley does not start. It knows the
settings and the database, not what the running process knows.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from chat.config import load
from chat.diagnostics.report import of_settings
from store.errors import ParleyError


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it is written; to the screen where no file is named."""
    parser = ArgumentParser("python -m chat.diagnostics", description="Settings, versions, counts.")
    parser.add_argument("file", nargs="?", type=Path)
    given = parser.parse_args(arguments)
    try:
        found = of_settings(load())
        if given.file:
            given.file.write_bytes(found)
    except (ParleyError, OSError) as error:
        sys.stdout.write(f"There are no diagnostics. {error}\n")
        return 1
    sys.stdout.write(f"Wrote {given.file}.\n" if given.file else f"{found.decode()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
