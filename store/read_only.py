"""Switches read-only mode: ``python -m store.read_only on "Back at 9."``, or ``off``.

Servers on the database follow within two seconds; what people read goes on, answers that run are
finished and stored, and commands of the operator's write as ever. Without ``on`` or ``off`` it says
how it is. ``--from`` names the database, by default that of ``PARLEY_DATABASE_URL``.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from store import maintenance
from store.dialects import ADDRESSES
from store.errors import ParleyError
from store.take_out import opened, say
from store.types import utc_now


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it is as was asked for; what it is now is printed."""
    about = "Lets nobody write for a while."
    parser = ArgumentParser("python -m store.read_only", description=about)
    parser.add_argument("state", choices=("on", "off"), nargs="?", help="by default: as it is")
    parser.add_argument("line", nargs="?", default="", help="what people are told, with on")
    parser.add_argument("--from", dest="url", help=ADDRESSES)
    given = parser.parse_args(arguments)
    if given.line and given.state != "on":
        parser.error("a line is for on")
    try:
        say(_switched(given))
    except ParleyError as error:
        say(f"Nothing was switched. {error}")
        return 1
    return 0


def _switched(given: Namespace) -> str:
    database = opened(given)
    try:
        if given.state is not None:
            with database.transaction() as db:
                maintenance.switch(db, on=given.state == "on", line=given.line, now=utc_now())
        with database.reading() as db:
            found = maintenance.read(db)
    finally:
        database.close()
    if found.since is None:
        return f"{database.label} can be written to."
    return f"{database.label} is read only since {found.since:%Y-%m-%d %H:%M} UTC: {found.words}"


if __name__ == "__main__":
    sys.exit(main())
