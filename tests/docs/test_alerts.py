"""docs/operate.md's configuration of Prometheus and its alerts, tried with Prometheus' own tool."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from chat.config import Settings
from chat.metrics import Metrics
from tests.docs.promtool import promtool
from tests.processes import ROOT

PAGE = (ROOT / "docs" / "operate.md").read_text()
SCRAPE, ALERTS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
DAY = 24 * 60
Series = dict[str, str]


def up(values: str) -> Series:
    return {"series": 'up{job="parley", instance="a"}', "values": values}


def turns(status: str, values: str) -> Series:
    series = f'parley_turns_total{{job="parley", status="{status}"}}'
    return {"series": series, "values": values}


def backup(values: str) -> Series:
    return {"series": 'parley_backup_timestamp_seconds{job="parley"}', "values": values}


GOOD = backup("0x200")


def asked(*arguments: object) -> str:
    said = subprocess.run([promtool(), *map(str, arguments)], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def test_how_prometheus_asks_is_understood(tmp_path: Path) -> None:
    (tmp_path / "prometheus.yml").write_text(SCRAPE)
    asked("check", "config", tmp_path / "prometheus.yml")


@pytest.mark.parametrize(
    ("series", "minutes", "fires"),
    [
        ([GOOD, up("1x200")], 60, set()),
        ([GOOD, up("1x10 0x20")], 11, set()),
        ([GOOD, up("1x10 0x20")], 14, {"ParleyDown"}),
        ([GOOD, turns("complete", "0+10x100"), turns("error", "0+1x100")], 60, set()),
        (
            [GOOD, turns("complete", "0+10x100"), turns("error", "0+5x100")],
            60,
            {"ParleyAnswersFail"},
        ),
        ([GOOD, turns("complete", "0x100"), turns("error", "0x10 1x90")], 30, set()),
        ([backup(f"0x{3 * DAY}")], DAY, set()),
        ([backup(f"0x{3 * DAY}")], 2 * DAY + 70, {"ParleyBackupOld"}),
    ],
)
def test_alerts(tmp_path: Path, series: list[Series], minutes: int, fires: set[str]) -> None:
    _try_rules(tmp_path, ALERTS, series, minutes, fires)


def test_where_there_never_was_a_good_backup(tmp_path: Path) -> None:
    gauge = 'parley_backup_timestamp_seconds{job="parley"}'
    assert gauge in ALERTS, "which is not a number until there is one"
    rules = ALERTS.replace(gauge, "vector(NaN)")
    _try_rules(tmp_path, rules, [], 120, {"ParleyBackupOld"})


def _try_rules(
    tmp_path: Path, rules: str, series: list[Series], minutes: int, fires: set[str]
) -> None:
    (tmp_path / "rules.yml").write_text(rules)
    about = {"expr": "count by (alertname) (ALERTS{alertstate='firing'})"}
    found = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in fires]
    trial = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": series,
                "promql_expr_test": [{**about, "eval_time": f"{minutes}m", "exp_samples": found}],
            }
        ],
    }
    (tmp_path / "trial.yml").write_text(yaml.safe_dump(trial))
    asked("test", "rules", tmp_path / "trial.yml")


def test_each_series_that_is_named_is_one_of_parleys_and_none_is_missing(
    settings: Settings,
) -> None:
    text = Metrics(settings.model_copy(update={"metrics_token": SecretStr("x" * 32)})).text()
    kinds = dict(re.findall(r"^# TYPE (parley_\w+) (\w+)$", text.decode(), re.MULTILINE))
    there = {name for name in kinds if not name.endswith("_created")}
    listed = {
        name
        for row in re.findall(r"^\| (`parley_.*?) \|", PAGE, re.MULTILINE)
        for name in re.findall(r"`(parley_\w+)", row)
    }
    assert listed == there
    assert set(re.findall(r"parley_\w+", ALERTS)) <= there
