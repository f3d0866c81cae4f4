"""Settings: where they come from, which one wins, and what is refused in which words."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from chat import config
from chat.config import ROOT, VARIABLES, Settings, load
from chat.errors import ConfigurationError
from chat.limits.budget import WINDOWS
from chat.limits.payers import KINDS
from store.budgets import COUNTED

BOUNDS = ("gt", "ge", "le", "min_length", "max_length")
SECRET = "sk-never-shown"


def written(folder: Path, text: str) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(environment: dict[str, str], secrets: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(environment=environment, secrets=secrets)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return str(refused.value)


def test_nothing_set_gives_the_defaults(tmp_path: Path) -> None:
    assert load(environment={"PATH": "/bin"}, secrets=tmp_path / "missing.toml") == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    secrets = written(
        tmp_path,
        '[parley]\nmodel = "file"\ntrash_days = 7\nOPENAI_API_KEY = "sk-file"\n[other]\nx = 1\n',
    )
    environment = {"PARLEY_MODEL": "env", "OPENAI_BASE_URL": "http://localhost:1234/v1\n"}
    settings = load(environment=environment, secrets=secrets)
    assert (settings.model, settings.trash_days) == ("env", 7)
    assert settings.openai_api_key
    assert settings.openai_api_key.get_secret_value() == "sk-file"
    assert settings.openai_base_url == "http://localhost:1234/v1"


def test_the_file_of_the_home_folder_counts_where_no_other_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(config, "SECRETS", tmp_path / "secrets.toml")
    assert load(environment={}) == Settings()
    (tmp_path / "home" / ".streamlit").mkdir(parents=True)
    at_home = tmp_path / "home" / ".streamlit" / "secrets.toml"
    at_home.write_text('[parley]\nauth = "guest"\ntrash_days = 3\n')
    (tmp_path / "secrets.toml").write_text("[parley]\ntrash_days = 4\n")
    settings = load(environment={})
    assert (settings.auth, settings.trash_days) == ("guest", 4)
    at_home.write_text('[parley]\nauth = "guests"\n')
    with pytest.raises(ConfigurationError, match=r"^auth in \[parley\] of ~/.streamlit/secrets"):
        load(environment={})


def test_empty_values_count_as_not_set(tmp_path: Path) -> None:
    secrets = written(tmp_path, '\ufeff[parley]\nmodel = "file"\nopenai_base_url = ""\n')
    environment = {"PARLEY_MODEL": " ", "PARLEY_TRASH_DAYS": "", "OPENAI_API_KEY": ""}
    assert load(environment=environment, secrets=secrets) == Settings(model="file")


@pytest.mark.parametrize("value", ["'Example.org, b.example '", "['example.org', 'b.example']"])
def test_mail_domains_are_written_as_people_write_them(value: str, tmp_path: Path) -> None:
    secrets = written(tmp_path, f"[parley]\noidc_domains = {value}\n")
    assert load(environment={}, secrets=secrets).oidc_domains == ("example.org", "b.example")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PARLEY_TRASH_DAYS", "soon"),
        ("PARLEY_AUTH", "maybe"),
        ("PARLEY_REGISTRATION", "yes"),
        ("PARLEY_OIDC_DOMAINS", "example.org,"),
        ("PARLEY_OIDC_DOMAINS", "eve@example.org"),
        ("PARLEY_COOKIE_KEY", "short"),
        ("PARLEY_COOKIE_KEY", "with spaces " * 4),
        ("PARLEY_SESSION_TTL", "1"),
        ("PARLEY_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("PARLEY_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("PARLEY_TRUSTED_PROXIES", "10.0.0.1,,::1"),
        ("PARLEY_TRUSTED_PROXIES", "*"),
        ("PARLEY_HOSTS", "*"),
        ("PARLEY_HOSTS", "https://a.example"),
        ("PARLEY_HOSTS", "a.example:80"),
        ("PARLEY_HOSTS", "a..b"),
        ("PARLEY_CORS_ORIGINS", "*"),
        ("PARLEY_CORS_ORIGINS", "https://a.example/path"),
        ("PARLEY_FRAME_ANCESTORS", "*"),
        ("PARLEY_FRAME_ANCESTORS", "https://a.example; script-src https:"),
        ("PARLEY_TRASH_DAYS", "0"),
        ("PARLEY_TRASH_DAYS", "1.5"),
        ("PARLEY_FIND_LOCAL_SERVERS", "maybe"),
        ("PARLEY_SILENCE_TIMEOUT", "nan"),
        ("PARLEY_SILENCE_TIMEOUT", "inf"),
        ("PARLEY_CONTEXT_TOKENS", "255"),
        ("PARLEY_DATABASE_URL", f"mysql://u:{SECRET}@h/d"),
        ("PARLEY_DATABASE_URL", f"postgresql+psycopg2://u:{SECRET}@h/d"),
        ("PARLEY_DATABASE_URL", f"postgresql://u:{SECRET}@h:port/d"),
        ("PARLEY_DATABASE_URL", "data/parley.db"),
        ("PARLEY_DATABASE_URL", "sqlite://"),
        ("PARLEY_DATABASE_URL", "sqlite:///"),
        ("PARLEY_DATABASE_URL", "sqlite:///:memory:"),
        ("PARLEY_DATABASE_URL", "sqlite:///parley.db?mode=ro"),
        ("PARLEY_DATABASE_URL", "sqlite:///file:parley.db"),
        ("PARLEY_PRICES", "[]"),
        ("PARLEY_PRICES", '{"a": 1}'),
        ("PARLEY_PRICES", '{"a": [1, 2, 3, 4]}'),
        ("PARLEY_PRICES", "/nowhere/prices.yaml"),
        ("PARLEY_PRICES", '{"a": [1, NaN]}'),
        ("PARLEY_PRICES", '{"a": [1, -1]}'),
        ("PARLEY_GUEST_MODELS", "x" * 201),
        ("PARLEY_GUEST_COST_PER_DAY", "0"),
        ("PARLEY_GUEST_ALL_TOKENS_PER_HOUR", "many"),
        ("PARLEY_USER_ANSWERS_AT_ONCE", "0"),
        ("OPENAI_BASE_URL", "localhost:1234/v1"),
        ("OPENAI_BASE_URL", "ftp://localhost/v1"),
        ("OPENAI_BASE_URL", "http://"),
        ("OPENAI_BASE_URL", "http://localhost:99999/v1"),
        ("OPENAI_BASE_URL", "http://[::1/v1"),
        ("OPENAI_BASE_URL", "http://a b/v1"),
        ("OPENAI_API_KEY", f"{SECRET} “quoted”"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence_without_it(
    variable: str, value: str, tmp_path: Path
) -> None:
    sentence = refusal({variable: value}, tmp_path / "missing.toml")
    allowed = Settings.model_fields[VARIABLES[variable]].description
    assert sentence == f"{variable} must be {allowed}."
    assert SECRET not in sentence


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("[parley]\ntrash_days = 0", "trash_days in [parley] of secrets.toml must be a whole"),
        ("[parley]\nOPENAI_API_KEY = 5", "OPENAI_API_KEY in [parley] of secrets.toml must be a"),
        ("[parley]\nmodle = 'x'", "modle in [parley] of secrets.toml is not a setting; there are"),
        ("parley = 1", "parley in "),
        ("[parley\n", "secrets.toml is not valid TOML: "),
    ],
)
def test_the_file_is_refused_by_name(text: str, begins: str, tmp_path: Path) -> None:
    sentence = refusal({}, written(tmp_path, text))
    assert sentence.removeprefix(f"{tmp_path}/").startswith(begins)
    assert sentence.endswith(".")


def test_files_that_are_no_text_or_no_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets.toml"
    path.write_bytes(b"\xff\xfe[parley]")
    assert "is not valid TOML" in refusal({}, path)
    assert f"{tmp_path} cannot be read: " in refusal({}, tmp_path)


def test_an_unknown_variable_is_refused_and_the_known_ones_are_listed(tmp_path: Path) -> None:
    sentence = refusal({"PARLEY_MODEL_TITLE": SECRET}, tmp_path / "missing.toml")
    assert sentence.startswith("PARLEY_MODEL_TITLE is not a setting; there are OPENAI_API_KEY, ")
    assert "PARLEY_MODEL_TITLES" in sentence
    assert SECRET not in sentence


@pytest.mark.parametrize(
    "variable",
    ["PARLEY_CHROMIUM", "PARLEY_SERVICE_HOST", "PARLEY_PORT", "PARLEY_PORT_8501_TCP_ADDR"],
)
def test_variables_that_tests_and_kubernetes_set_are_none_of_ours(
    variable: str, tmp_path: Path
) -> None:
    assert load(environment={variable: "x"}, secrets=tmp_path / "missing.toml") == Settings()


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("sqlite:///data/other.db", f"sqlite:///{ROOT}/data/other.db"),
        ("sqlite:////srv/parley.db", "sqlite:////srv/parley.db"),
        ("sqlite:///~/parley.db", f"sqlite:///{Path.home()}/parley.db"),
        ("postgresql://u:p@h:5432/d?sslmode=require", None),
        ("postgresql+psycopg://u:p@[::1]/d", None),
        ("postgresql:///d?host=/run/postgresql", None),
    ],
)
def test_database_urls(url: str, meant: str | None) -> None:
    assert Settings(database_url=url).database_url == (meant or url)


def test_secrets_are_not_in_the_repr() -> None:
    settings = load(
        environment={
            "OPENAI_API_KEY": SECRET,
            "PARLEY_DATABASE_URL": f"postgresql://u:{SECRET}@h/d",
        },
        secrets=Path("missing.toml"),
    )
    assert SECRET not in repr(settings)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().model = "other"


def test_each_description_states_the_bounds_that_are_checked() -> None:
    for name, field in Settings.model_fields.items():
        bounds = {
            str(bound)
            for rule in field.metadata
            for bound in (getattr(rule, sign, None) for sign in BOUNDS)
            if bound is not None
        }
        stated = set(re.findall(r"\d+", field.description or ""))
        assert field.description, name
        assert bounds == stated, name


@pytest.mark.process
def test_nothing_is_read_at_import() -> None:
    subprocess.run(
        [sys.executable, "-W", "error", "-c", "import chat.config"],
        cwd=ROOT,
        env={"PARLEY_TRASH_DAYS": "wrong"},
        check=True,
    )


def test_models_and_prices_of_a_demo() -> None:
    environment = {"PARLEY_GUEST_MODELS": "small, other,small,", "PARLEY_PRICES": '{"a": [0.5, 2]}'}
    settings = load(environment=environment, secrets=Path("/nowhere"))
    assert settings.guest_models == ("small", "other")
    assert settings.prices == {"a": (0.5, 2.0)}
    assert Settings(guest_models=["a"]).guest_models == ("a",)


@pytest.mark.parametrize("kind", KINDS)
def test_each_payer_has_the_same_limits(kind: str) -> None:
    rest = {f"{unit}_per_{name}" for unit in COUNTED for name in WINDOWS} | {"answers_at_once"}
    assert {f"{kind}_{name}" for name in rest} <= set(Settings.model_fields)
