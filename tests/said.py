"""What a run says of one of the page's own parts."""

import json
from typing import Any


def about(data: bytes) -> Any:
    """Without whose it is and its number, which earlier checkouts do not have."""
    said = json.loads(data)
    return said[2] if isinstance(said, list) else said
