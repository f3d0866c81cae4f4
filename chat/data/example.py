"""A small table to begin with: sales of some cafés that do not exist, made up for this."""

from pathlib import Path

NAME = "cafe_sales.csv"
_FILE = Path(__file__).with_name(NAME)


def example() -> tuple[str, bytes]:
    """Its name and its bytes, as somebody would upload it; the starters of Data Analyst fit it."""
    return NAME, _FILE.read_bytes()
