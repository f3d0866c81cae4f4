"""What is in the page that Streamlit serves, and which addresses are no pages."""

import base64
import hashlib
import re
from pathlib import Path

from streamlit import file_util

NAMES = {
    "message": "stChatMessage",
    "main": "stMain",
    "sidebar": "stSidebar",
    "bottom": "stBottom",
    "header": "stAppHeader",
    "away": "Connection error",
}
"""By these classes the page's own elements are found, and one dialog by its title."""
NO_PAGES = frozenset({"_stcore", "static", "component", "media", "auth", "app"})
"""What the addresses begin with that lead to files and calls of Streamlit's."""
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def script_hashes() -> tuple[str, ...]:
    """The scripts in ``index.html``, as a content security policy names them.

    With another one's hash the page would stay blank.
    """
    page = Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(page))
    return tuple(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
