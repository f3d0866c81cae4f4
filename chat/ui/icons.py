"""Pictures for controls that show no words.

A Material icon in a label is read out as "more_horiz icon". A Markdown image is read out as its
alternative text, so the label is a picture whose text is the control's name.
"""

from base64 import b64encode
from functools import cache

from chat.ui.labels import plain

# Inside an <img> `currentColor` is black; this grey has 4:1 on white and on Streamlit's dark.
_GREY = "#7c7f8a"

_SHAPES = {
    "more": '<path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="3"/>',
    "regenerate": '<path d="M20 11a8 8 0 1 0-2.3 6.7M20 4v7h-7"/>',
    "good": '<path d="M7 11v9H4v-9zM7 11l4-8a2.5 2.5 0 0 1 2.5 2.5V9H19a2 2 0 0 1 2 2.3'
    'l-1.2 7A2 2 0 0 1 17.8 20H7"/>',
    "bad": '<path d="M7 13V4H4v9zM7 13l4 8a2.5 2.5 0 0 0 2.5-2.5V15H19a2 2 0 0 0 2-2.3'
    'l-1.2-7A2 2 0 0 0 17.8 4H7"/>',
    "previous": '<path d="M15 5l-7 7 7 7"/>',
    "next": '<path d="M9 5l7 7-7 7"/>',
    "edit": '<path d="M4 20l1-5L16 4l4 4L9 19zM14 6l4 4"/>',
    "filter": '<path d="M4 6h16M7 12h10M10 18h4"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "settings": '<path d="M4 7h9M19 7h1M4 17h1M11 17h9"/><circle cx="16" cy="7" r="3"/>'
    '<circle cx="8" cy="17" r="3"/>',
}


def icon_label(name: str, icon: str) -> str:
    """A label that shows only the picture `icon` and is called exactly `name`.

    White space of any kind in `name` counts as one space, as everywhere in accessible names.
    """
    return f"![{plain(name)}]({_picture(icon)})"


@cache
def _picture(icon: str) -> str:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" '
        f'fill="none" stroke="{_GREY}" stroke-width="2" stroke-linecap="round" '
        f'stroke-linejoin="round">{_SHAPES[icon]}</svg>'
    )
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()
