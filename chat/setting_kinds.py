"""Kinds of settings, each with the words that end the sentence "<setting> must be …"."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from chat import mcp_settings

ROOT = Path(__file__).resolve().parent.parent


def from_root(written: str) -> str:
    """The path that was written, from the project's folder where it is no whole one."""
    return str(ROOT / Path(written).expanduser())


def says(words: str) -> object:
    """A setting that must be this."""
    return Field(description=words)


def whole(least: int, most: int, of: str = "") -> object:
    """A whole number."""
    return Field(ge=least, le=most, description=f"a whole number {of}from {least} to {most}")


def above_zero(most: int, of: str = "") -> object:
    """A number that is not zero."""
    return Field(gt=0, le=most, description=f"a number {of}above 0 and up to {most}")


ADDRESS = says("an address that begins with http:// or https://")
CheckedAddress = Annotated[str, AfterValidator(mcp_settings.web_address)]
WebAddress = Annotated[CheckedAddress, ADDRESS]
Secret = Annotated[SecretStr, mcp_settings.secret(re.compile(r"[!-~]+").fullmatch)]
BareToken = Annotated[Secret | None, says("a token of letters, digits and signs, without spaces")]
Flag = Annotated[bool, says("true or false")]
