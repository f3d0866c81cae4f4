"""Where the API stands beside the page."""

from __future__ import annotations

import re

from starlette.routing import Mount
from starlette.types import ASGIApp


class Whole(Mount):
    """Everything below its path, line breaks too: what there is not is for the API to say."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)
