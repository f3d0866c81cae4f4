"""MCP servers as they are set, and what is known of one while Parley runs.

What is wrong is named down to the field, as the user wrote it; values never are, because
arguments, environments, addresses and headers hold secrets.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)
from pydantic_core import ErrorDetails

DESCRIPTION = "a table of servers, [parley.mcp.<name>]; in PARLEY_MCP a JSON object of them"
_NAMED = "named with up to 20 of a-z and 0-9, and single - or _ between them"
_EITHER = "a table with either command (and args, env) or url (and headers)"


def web_address(text: str) -> str:
    """The text itself; raises `ValueError` for what is no address of a web server."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", text):
        raise ValueError
    _ = parts.port  # raises when it is no port
    return text


def secret(check: Callable[[str], object]) -> AfterValidator:
    """For a secret whose text must be true for a check that may also raise `ValueError`."""

    def checked(value: SecretStr) -> SecretStr:
        if not check(value.get_secret_value()):
            raise ValueError
        return value

    return AfterValidator(checked)


def _read(value: object) -> object:
    """Environment variables hold JSON."""
    return json.loads(value) if isinstance(value, str) else value


ServerName = Annotated[
    str, StringConstraints(max_length=20, pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$")
]
"""Without ``__``, which ends it in the names of tools."""
Argument = Annotated[SecretStr, secret(re.compile(r"[^\x00]*").fullmatch)]
Variable = Annotated[str, StringConstraints(pattern=r"^[^=\x00]+$")]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
HeaderValue = Annotated[SecretStr, secret(re.compile(r"[!-~]([ -~]*[!-~])?").fullmatch)]


class McpServer(BaseModel):
    """A command that speaks over its stdin and stdout, or an address; each field says what it is.

    ``timeout`` is in seconds. Only ``tools`` are used when they are given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    command: str | None = Field(
        default=None,
        min_length=1,
        pattern=r"^[^\x00]+$",
        description="the name of a program or its path",
    )
    args: tuple[Argument, ...] = Field(default=(), description="a list of texts")
    env: dict[Variable, Argument] = Field(default={}, description="a table of texts")
    url: Annotated[SecretStr, secret(web_address)] | None = Field(
        default=None, description="an address that begins with http:// or https://"
    )
    headers: dict[HeaderName, HeaderValue] = Field(
        default={}, description="a table of texts in ASCII, each on one line"
    )
    timeout: float = Field(
        default=20, gt=0, le=600, description="a number of seconds above 0 and up to 600"
    )
    tools: tuple[str, ...] | None = Field(default=None, description="a list of the names of tools")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        by_command = self.command is not None and not (self.url or self.headers)
        by_url = self.url is not None and not (self.command or self.args or self.env)
        if not by_command and not by_url:
            raise ValueError
        return self

    @property
    def kind(self) -> Literal["stdio", "http"]:
        """How it is spoken to."""
        return "stdio" if self.command is not None else "http"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be written anywhere, the longest first."""
        args = [one.get_secret_value() for one in self.args]
        headers = [one.get_secret_value() for one in self.headers.values()]
        found = [*self.env.values(), *([self.url] if self.url else [])]
        texts = {one.get_secret_value() for one in found} | set(headers)
        texts |= {header.rpartition(" ")[2] for header in headers}
        for option, value in pairwise([*args, ""]):
            if option.startswith("--"):
                texts.add(option.partition("=")[2] if "=" in option else value)
        return tuple(sorted((text for text in texts if len(text) >= 8), key=len, reverse=True))


Servers = Annotated[dict[ServerName, McpServer], BeforeValidator(_read)]

State = Literal["connecting", "ready", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class McpStatus:
    """How a server is now; ``problem`` is why it is not ready, or what is odd about it."""

    name: str
    kind: Literal["stdio", "http"]
    state: State = "connecting"
    tools: tuple[str, ...] = ()
    problem: str = ""


def refusal(label: str, error: ErrorDetails) -> str:
    """The sentence about one of pydantic's errors below ``mcp``; ``label`` is how that is known."""
    path = [str(part) for part in error["loc"][1:]]
    field = McpServer.model_fields.get(path[1]) if len(path) > 1 else None
    if path[-1:] == ["[key]"]:
        path.pop()
    named = _named(label, path[:2] if field else path)
    if not path:
        return f"{named} must be {DESCRIPTION}."
    if len(path) == 1:
        return f"{named} must be {_NAMED if error['loc'][-1] == '[key]' else _EITHER}."
    if field is None:
        return f"{named} is not a setting; there are {', '.join(sorted(McpServer.model_fields))}."
    return f"{named} must be {field.description}."


def _named(label: str, path: list[str]) -> str:
    """``mcp.time.url in [parley] of secrets.toml``, or ``time.url in PARLEY_MCP``."""
    if not path:
        return label
    key, _, place = label.partition(" ")
    return f"{'.'.join([key, *path])} {place}" if place else f"{'.'.join(path)} in {label}"
