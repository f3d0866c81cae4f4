"""Settings: read once, typed, frozen.

From the environment (``PARLEY_*``, and the usual ``OPENAI_API_KEY`` and ``OPENAI_BASE_URL``)
and from the table ``[parley]`` of ``.streamlit/secrets.toml``, here or, as Streamlit has it, in the
home folder; the environment wins, then what is here. Empty values count as not set. What is wrong
is named as the user wrote it; values are never repeated, because some of them are secrets.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError

from chat import mcp_settings, peers
from chat.budget_settings import BudgetSettings
from chat.errors import ConfigurationError
from chat.modes import MODES, OFF, Mode, ModeName, SharingName
from chat.place_settings import PlaceSettings
from chat.setting_kinds import (
    ADDRESS,
    ROOT,
    BareToken,
    CheckedAddress,
    Flag,
    Secret,
    WebAddress,
    above_zero,
    from_root,
    says,
    whole,
)
from store.dialects import ADDRESSES, database_url

SECRETS = ROOT / ".streamlit" / "secrets.toml"
IN_HOME = "~/.streamlit/secrets.toml"

# PARLEY_CHROMIUM is for the tests; Kubernetes sets the others beside a service named "parley".
_NOT_A_SETTING = re.compile(r"PARLEY_(CHROMIUM|SERVICE_(HOST|PORT).*|PORT(_\d+_.*)?)")


def _folder(written: str) -> str:
    return from_root(written) if written else ""


DatabaseUrl = Annotated[str, AfterValidator(lambda url: database_url(url, ROOT))]


class Settings(PlaceSettings, BudgetSettings):
    """All settings; each description ends the sentence "<setting> must be …".

    Timeouts are in seconds; ``message_max_chars`` is per message, ``context_tokens`` per call.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: Annotated[DatabaseUrl, Field(repr=False, description=ADDRESSES)] = (
        f"sqlite:///{ROOT / 'data' / 'parley.db'}"
    )
    openai_api_key: Annotated[
        Secret | None, says("a key of letters, digits and signs, without spaces")
    ] = None
    openai_base_url: Annotated[CheckedAddress | None, ADDRESS] = None
    model: Annotated[str, says("the name of a model, as text")] = ""
    model_titles: Flag = False
    find_local_servers: Flag = True
    offline_tokens_per_second: Annotated[float, above_zero(100_000)] = 60
    context_tokens: Annotated[int, whole(256, 10_000_000)] = 32_000
    message_max_chars: Annotated[int, whole(1_000, 50_000_000)] = 4_000_000
    answer_max_chars: Annotated[int, whole(1_000, 50_000_000)] = 1_000_000
    connect_timeout: Annotated[float, above_zero(600, "of seconds ")] = 10
    silence_timeout: Annotated[float, above_zero(3600, "of seconds ")] = 120
    refresh_seconds: Annotated[float, above_zero(600, "of seconds ")] = 2
    auth: Annotated[Literal[""] | ModeName, says("off, password, oidc or guest")] = ""
    registration: Annotated[Literal["closed", "invite", "open"], says("closed, invite or open")] = (
        "closed"
    )
    trusted_proxies: Annotated[
        tuple[peers.Network, ...],
        BeforeValidator(peers.networks),
        says("addresses or networks of proxies, separated by commas"),
    ] = ()
    hosts: Annotated[
        tuple[str, ...],
        BeforeValidator(peers.host_names),
        says("names of hosts without port, separated by commas"),
    ] = ()
    cors_origins: Annotated[
        tuple[str, ...],
        BeforeValidator(peers.origins),
        says("origins such as https://app.example.org, separated by commas"),
    ] = ()
    frame_ancestors: Annotated[
        tuple[str, ...],
        BeforeValidator(peers.origins),
        says("origins such as https://www.example.org, separated by commas"),
    ] = ()
    oidc_domains: Annotated[
        tuple[str, ...],
        BeforeValidator(peers.host_names),
        says("mail domains such as example.org, separated by commas"),
    ] = ()
    cookie_key: Annotated[
        Secret | None,
        Field(min_length=32),
        says("a secret of at least 32 letters, digits and signs, without spaces"),
    ] = None
    login_days: Annotated[float, above_zero(365, "of days ")] = 30
    session_ttl: Annotated[int | None, whole(60, 31_536_000, "of seconds ")] = None
    metrics_token: BareToken = None
    agent_steps: Annotated[int, whole(1, 50)] = 8
    agent_seconds: Annotated[float, above_zero(3600, "of seconds ")] = 300
    private_addresses: Flag = False
    ifixit_url: WebAddress = "https://www.ifixit.com/api/2.0"
    bluesky_url: WebAddress = "https://public.api.bsky.app"
    mastodon_url: WebAddress = "https://mastodon.social"
    x_url: WebAddress = "https://api.x.com/2"
    x_bearer_token: BareToken = None
    profile_source: Annotated[str, says("the name of a source of profiles")] = ""
    profile_posts: Annotated[int, whole(1, 5_000)] = 200
    mcp: Annotated[mcp_settings.Servers, says(mcp_settings.DESCRIPTION)] = Field(default={})
    files: Annotated[str, AfterValidator(_folder), says("the path of a folder")] = ""
    file_mb: Annotated[int, whole(1, 10_000)] = 100
    user_files_mb: Annotated[int, whole(1, 10_000_000)] = 2_000
    guest_file_mb: Annotated[int, whole(1, 10_000)] = 10
    guest_files_mb: Annotated[int, whole(1, 10_000_000)] = 50
    message_files: Annotated[int, whole(1, 100)] = 10
    results_mb: Annotated[int, whole(1, 1_000_000)] = 200
    import_mb: Annotated[int, whole(1, 100_000)] = 500
    backups: Annotated[str, AfterValidator(_folder), says("the path of a folder")] = ""
    backup_hours: Annotated[int, whole(1, 8_760)] = 24
    backups_kept: Annotated[int, whole(1, 1_000)] = 7
    trash_days: Annotated[int, whole(1, 3650)] = 30
    sharing: Annotated[Literal[""] | SharingName, says("off, login or public")] = ""
    share_days: Annotated[int, whole(1, 3650)] = 30
    inactive_days: Annotated[int | None, whole(1, 3650)] = None
    min_free_mb: Annotated[int, whole(0, 1_000_000_000)] = 200

    @property
    def mode(self) -> Mode:
        """How people log in; ``off`` unless something was set."""
        return MODES[self.auth] if self.auth else OFF

    @property
    def shared_with(self) -> SharingName:
        """Who may open links to chats: nobody, whoever is logged in here, or everybody."""
        return self.sharing or ("login" if self.mode.accounts else "public")

    @property
    def files_folder(self) -> Path:
        """Where attached files are; beside the database, where that is a file."""
        beside = Path(self.database_url.removeprefix("sqlite:///")).parent
        is_file = self.database_url.startswith("sqlite:///")
        return Path(self.files) if self.files else (beside if is_file else ROOT / "data") / "files"

    @property
    def ttl_seconds(self) -> int | None:
        """How long a session lives after its last message; None, for ever."""
        return self.session_ttl or self.mode.session_ttl


VARIABLES = {
    name.upper() if name.startswith("openai_") else f"PARLEY_{name.upper()}": name
    for name in Settings.model_fields
}


def load(*, environment: Mapping[str, str] | None = None, secrets: Path | None = None) -> Settings:
    """The settings in force; `ConfigurationError` names the first one that cannot be used."""
    written: Written = {}
    for called, path in (_secrets() if secrets is None else {secrets.name: secrets}).items():
        written |= _from_secrets(path, called)
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


def _secrets() -> Mapping[str, Path]:
    """The files by what they are called, the one that wins last; no home of somebody else's."""
    here = {SECRETS.name: SECRETS}
    try:
        home = Path(IN_HOME).expanduser()
    except RuntimeError:  # nobody has one
        return here
    return {IN_HOME: home, **here} if os.access(home, os.R_OK) else here


def _from_environment(environment: Mapping[str, str]) -> Written:
    written: Written = {}
    for variable, value in environment.items():
        if variable in VARIABLES:
            if value.strip():
                written[VARIABLES[variable]] = (variable, value.strip())
        elif variable.startswith("PARLEY_") and not _NOT_A_SETTING.fullmatch(variable):
            raise _unknown(variable, VARIABLES)
    return written


def _from_secrets(path: Path, called: str) -> Written:
    written: Written = {}
    for key, value in _table(path).items():
        name = key.lower()
        label = f"{key} in [parley] of {called}"
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
