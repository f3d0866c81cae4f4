"""Settings: read once, typed, frozen.

From the environment (``PARLEY_*``, and the usual ``OPENAI_API_KEY`` and ``OPENAI_BASE_URL``)
and from the table ``[parley]`` of ``.streamlit/secrets.toml``; the environment wins. Empty
values count as not set. What is wrong is named as the user wrote it; values are never repeated,
because some of them are secrets.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from chat import mcp_settings
from chat.errors import ConfigurationError
from chat.modes import MODES, OFF, Mode, ModeName
from store.dialects import ADDRESSES, database_url

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ROOT / ".streamlit" / "secrets.toml"

# PARLEY_CHROMIUM is for the tests; Kubernetes sets the others beside a service named "parley".
_NOT_A_SETTING = re.compile(r"PARLEY_(CHROMIUM|SERVICE_(HOST|PORT).*|PORT(_\d+_.*)?)")


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", text):
        raise ValueError
    _ = parts.port  # raises when it is no port
    return text


def _key(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
        raise ValueError
    return secret


def _database(url: str) -> str:
    return database_url(url, ROOT)


WebAddress = Annotated[str, AfterValidator(_web_address)]
Key = Annotated[SecretStr, AfterValidator(_key)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]


class Settings(BaseModel):
    """All settings; each description ends the sentence "<setting> must be …".

    Timeouts are in seconds; ``message_max_chars`` is per message, ``context_tokens`` per call.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: DatabaseUrl = Field(
        default=f"sqlite:///{ROOT / 'data' / 'parley.db'}",
        repr=False,
        description=ADDRESSES,
    )
    openai_api_key: Key | None = Field(
        default=None, description="a key of letters, digits and signs, without spaces"
    )
    openai_base_url: WebAddress | None = Field(
        default=None, description="an address that begins with http:// or https://"
    )
    model: str = Field(default="", description="the name of a model, as text")
    model_titles: bool = Field(default=False, description="true or false")
    find_local_servers: bool = Field(default=True, description="true or false")
    offline_tokens_per_second: float = Field(
        default=60, gt=0, le=100_000, description="a number above 0 and up to 100000"
    )
    context_tokens: int = Field(
        default=32_000, ge=256, le=10_000_000, description="a whole number from 256 to 10000000"
    )
    message_max_chars: int = Field(
        default=4_000_000,
        ge=1_000,
        le=50_000_000,
        description="a whole number from 1000 to 50000000",
    )
    connect_timeout: float = Field(
        default=10, gt=0, le=600, description="a number of seconds above 0 and up to 600"
    )
    silence_timeout: float = Field(
        default=120, gt=0, le=3600, description="a number of seconds above 0 and up to 3600"
    )
    auth: Literal[""] | ModeName = Field(default="", description="off, password, oidc or guest")
    registration: Literal["closed", "invite", "open"] = Field(
        default="closed", description="closed, invite or open"
    )
    cookie_key: Key | None = Field(
        default=None,
        min_length=32,
        description="a secret of at least 32 letters, digits and signs, without spaces",
    )
    login_days: float = Field(
        default=30, gt=0, le=365, description="a number of days above 0 and up to 365"
    )
    session_ttl: int | None = Field(
        default=None,
        ge=60,
        le=31_536_000,
        description="a whole number of seconds from 60 to 31536000",
    )
    guest_messages_per_hour: int = Field(
        default=30, ge=1, le=100_000, description="a whole number from 1 to 100000"
    )
    guest_sessions: int = Field(
        default=20, ge=1, le=100_000, description="a whole number from 1 to 100000"
    )
    guest_message_max_chars: int = Field(
        default=8_000, ge=1, le=50_000_000, description="a whole number from 1 to 50000000"
    )
    metrics_token: Key | None = Field(
        default=None, description="a token of letters, digits and signs, without spaces"
    )
    agent_steps: int = Field(default=8, ge=1, le=50, description="a whole number from 1 to 50")
    agent_seconds: float = Field(
        default=300, gt=0, le=3600, description="a number of seconds above 0 and up to 3600"
    )
    private_addresses: bool = Field(default=False, description="true or false")
    ifixit_url: WebAddress = Field(
        default="https://www.ifixit.com/api/2.0",
        description="an address that begins with http:// or https://",
    )
    bluesky_url: WebAddress = Field(
        default="https://public.api.bsky.app",
        description="an address that begins with http:// or https://",
    )
    mastodon_url: WebAddress = Field(
        default="https://mastodon.social",
        description="an address that begins with http:// or https://",
    )
    x_url: WebAddress = Field(
        default="https://api.x.com/2",
        description="an address that begins with http:// or https://",
    )
    x_bearer_token: Key | None = Field(
        default=None, description="a token of letters, digits and signs, without spaces"
    )
    profile_source: str = Field(default="", description="the name of a source of profiles")
    profile_posts: int = Field(
        default=200, ge=1, le=5_000, description="a whole number from 1 to 5000"
    )
    mcp: mcp_settings.Servers = Field(default={}, description=mcp_settings.DESCRIPTION)
    trash_days: int = Field(default=30, ge=1, le=3650, description="a whole number from 1 to 3650")

    @property
    def mode(self) -> Mode:
        """How people log in; ``off`` unless something was set."""
        return MODES[self.auth] if self.auth else OFF

    @property
    def ttl_seconds(self) -> int | None:
        """How long a session lives after its last message; None, for ever."""
        return self.session_ttl or self.mode.session_ttl


VARIABLES = {
    name.upper() if name.startswith("openai_") else f"PARLEY_{name.upper()}": name
    for name in Settings.model_fields
}


def load(*, environment: Mapping[str, str] | None = None, secrets: Path = SECRETS) -> Settings:
    """The settings in force; `ConfigurationError` names the first one that cannot be used."""
    written = _from_secrets(secrets)
    written |= _from_environment(os.environ if environment is None else environment)
    try:
        return Settings.model_validate({name: value for name, (_, value) in written.items()})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
    if name == "mcp":
        raise ConfigurationError(mcp_settings.refusal(written[name][0], first))
    allowed = Settings.model_fields[name].description
    raise ConfigurationError(f"{written[name][0]} must be {allowed}.")


Written = dict[str, tuple[str, object]]
"""By field: how the user knows the setting, and its value."""


def _from_environment(environment: Mapping[str, str]) -> Written:
    written: Written = {}
    for variable, value in environment.items():
        if variable in VARIABLES:
            if value.strip():
                written[VARIABLES[variable]] = (variable, value.strip())
        elif variable.startswith("PARLEY_") and not _NOT_A_SETTING.fullmatch(variable):
            raise _unknown(variable, VARIABLES)
    return written


def _from_secrets(path: Path) -> Written:
    written: Written = {}
    for key, value in _table(path).items():
        name = key.lower()
        label = f"{key} in [parley] of {path.name}"
        if name not in Settings.model_fields:
            raise _unknown(label, Settings.model_fields)
        if isinstance(value, str):
            value = value.strip()
        if value != "":
            written[name] = (label, value)
    return written


def _table(path: Path) -> dict[str, object]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("parley", {})
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # bad TOML as well as bad UTF-8
        raise ConfigurationError(f"{path} is not valid TOML: {error}.") from None
    if not isinstance(table, dict):
        raise ConfigurationError(f"parley in {path} must be a table that begins with [parley].")
    return table


def _unknown(label: str, known: Mapping[str, object]) -> ConfigurationError:
    return ConfigurationError(f"{label} is not a setting; there are {', '.join(sorted(known))}.")
