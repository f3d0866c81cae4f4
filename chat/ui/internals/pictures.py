"""Pictures as they are: `st.image` would unpack, scale and pack each of them at every run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.elements.lib.layout_utils import LayoutConfig
from streamlit.proto.Image_pb2 import ImageList
from streamlit.runtime import get_instance

_TYPES = {".webp": "image/webp", ".jpg": "image/jpeg", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that every browser shows, and what it is in words."""

    path: Path
    alt: str


def draw(
    pictures: Sequence[Picture], width: int | Literal["stretch"] = "stretch", *, key: str
) -> None:
    """Beside each other, each so many pixels wide, in a container of that key."""
    place, images = st.container(key=key), ImageList()
    for at, one in enumerate(pictures):
        image = images.imgs.add()
        image.alt = one.alt
        where = f"{place._get_delta_path_str()}-{at}"
        kind = _TYPES[one.path.suffix]
        image.url = get_instance().media_file_mgr.add(one.path.read_bytes(), kind, where)
    place._enqueue("imgs", images, layout_config=LayoutConfig(width=width))
