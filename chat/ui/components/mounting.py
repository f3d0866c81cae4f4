"""How the small components are drawn."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from streamlit.components.v2 import component

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer
    from streamlit.elements.lib.layout_utils import Width

_SHOWS_NOTHING = "<span></span>"


def mount(
    name: str,
    js: str,
    data: str | None = None,
    *,
    html: str = _SHOWS_NOTHING,
    css: str | None = None,
    key: str | None = None,
    width: Width = "content",
) -> None:
    """Draw the component ``name``, which gets ``data`` as bytes.

    To find out what anything else could be, Streamlit would import pandas (80 MB).
    """
    bytes_ = None if data is None else data.encode()
    _registered(name, js, html, css)(data=bytes_, key=key or name, width=width, height="content")


@cache
def _registered(name: str, js: str, html: str, css: str | None) -> ComponentRenderer:
    # At the first use: importing a module must not need a running Streamlit.
    return component(f"parley-{name}", html=html, css=css, js=js)
