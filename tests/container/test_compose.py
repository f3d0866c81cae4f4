"""What compose.yaml gives Parley are settings that it takes."""

from __future__ import annotations

import re

import yaml
from sqlalchemy import make_url

from chat.config import load
from tests.processes import ROOT

GIVEN = {"DOMAIN": "chat.example.org", "POSTGRES_PASSWORD": "p@ss:w/rd%41"}


def filled(value: str) -> str:
    """As compose reads it, where only what has to be given is."""
    return re.sub(r"\$\{(\w+):[-?]([^}]*)\}", lambda at: GIVEN.get(at[1], at[2]), value)


def test_it_is_taken() -> None:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text())
    parley, proxy = found["services"]["parley"], found["services"]["proxy"]
    database = found["services"]["database"]
    environment = {name: filled(value) for name, value in parley["environment"].items()}
    settings = load(environment=environment, secrets=ROOT / "none")
    assert settings.auth == "password"
    url = make_url(settings.database_url)
    assert (url.username, url.host, url.database) == ("parley", "database", "parley")
    # In an address, signs would mean something.
    assert (url.password, environment["PGPASSWORD"]) == (None, GIVEN["POSTGRES_PASSWORD"])
    assert "--host" in database["healthcheck"]["test"]
    [network] = found["networks"]["inside"]["ipam"]["config"]
    assert [str(one) for one in settings.trusted_proxies] == [network["subnet"]]
    assert settings.hosts == (GIVEN["DOMAIN"],)
    assert [filled(word) for word in proxy["command"]][-2:] == ["--to", "parley:8501"]
    assert {"parley", "proxy", "database"} == found["services"].keys()
    each = found["services"].values()
    mounted = [one.partition(":")[0] for service in each for one in service["volumes"]]
    assert sorted(mounted) == sorted(found["volumes"])
