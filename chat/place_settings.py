"""Settings of what this place is called, shows and says to those who come to it."""

import json
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from chat.mcp_settings import web_address
from chat.setting_kinds import from_root, says

NAME = "Parley"
LOGO_BYTES = 200_000
LINKS_MOST = 10
_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_MAIL = re.compile(r"mailto:[^\s@<>()]+@[^\s@<>()]+")
_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")


def _one_line(text: str) -> str:
    if not _ONE_LINE.fullmatch(text):
        raise ValueError
    return text


def _logo(written: str) -> str:
    """Of a picture that a browser shows; raises `ValueError` for another one."""
    if not written:
        return ""
    path = Path(from_root(written))
    try:
        with path.open("rb") as file:
            begin = file.read(LOGO_BYTES + 1)
    except OSError:
        raise ValueError from None
    is_svg = path.suffix == ".svg" and b"<svg" in begin
    if len(begin) > LOGO_BYTES or not (is_svg or begin.startswith(_BEGINNINGS)):
        raise ValueError
    return str(path)


def _read(value: object) -> object:
    """Environment variables hold JSON."""
    return json.loads(value) if isinstance(value, str) else value


def _address(text: str) -> str:
    return text if _MAIL.fullmatch(text) else web_address(text)


LinkName = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(_one_line)]
LinkAddress = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_address)]
Links = Annotated[dict[LinkName, LinkAddress], BeforeValidator(_read), Field(max_length=LINKS_MOST)]


class PlaceSettings(BaseModel):
    """``logo`` is a path; ``greeting`` is Markdown; ``links`` are addresses by what they say."""

    name: Annotated[
        str, Field(max_length=40), AfterValidator(_one_line), says("a name of up to 40 characters")
    ] = NAME
    logo: Annotated[
        str,
        AfterValidator(_logo),
        says("the path of a picture (PNG, JPEG, WebP or .svg) of a fifth of a megabyte at most"),
    ] = ""
    greeting: Annotated[str, Field(max_length=2_000), says("a text of up to 2000 characters")] = ""
    links: Annotated[
        Links,
        says(
            f"a JSON object of up to {LINKS_MOST} names with an address each that begins with "
            "https://, http:// or mailto:; in the file a table, [parley.links]"
        ),
    ] = {}
