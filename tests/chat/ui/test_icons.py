"""Labels that show a picture and are called what they are called."""

import base64
import html
import re
from xml.etree import ElementTree

import pytest

from chat.ui.icons import icon_label

ICONS = ["more", "regenerate", "good", "bad", "previous", "next", "edit", "settings"]


@pytest.mark.parametrize("icon", ICONS)
def test_each_picture_is_an_svg(icon: str) -> None:
    found = re.fullmatch(r"!\[Name\]\(data:image/svg\+xml;base64,(.+)\)", icon_label("Name", icon))
    assert found
    assert ElementTree.fromstring(base64.b64decode(found[1])).tag.endswith("svg")


@pytest.mark.parametrize(
    "name",
    ["My [odd] *title*", "a]b(c)", "`x` $y$ :red[z] :material/home:", "back\\slash", "é 日本 🎉"],
)
def test_no_sign_of_the_name_means_anything(name: str) -> None:
    alt = icon_label(name, "more").removeprefix("![").rpartition("](")[0]
    assert html.unescape(alt) == name
    assert not set("[]*_`$:\\<>") & set(alt)


def test_lines_become_spaces() -> None:
    assert icon_label(" two\n\n lines\t", "more").startswith("![two lines](")


def test_unknown_icon_is_an_error() -> None:
    with pytest.raises(KeyError):
        icon_label("Name", "nothing")
