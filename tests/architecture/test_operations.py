"""What operators get besides the program: alerts, a dashboard, runbooks, and ways to deploy it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from director.sinks.gauges import HELP, STATES
from director.sinks.metrics import COUNTED, RESULTS

METRICS = set(HELP) | set(COUNTED)
SUFFIXES = ("_bucket", "_sum", "_count")


def asked(expression: str) -> set[str]:
    """Return the metrics that an expression asks for, without the suffixes of histograms."""
    found = set(re.findall(r"\bdirector_[a-z_]+", expression))
    return {
        name.removesuffix(suffix)
        if (suffix := next((each for each in SUFFIXES if name.endswith(each)), ""))
        and name not in METRICS
        else name
        for name in found
    }


@pytest.fixture(scope="session")
def rules(root: Path) -> list[dict[str, Any]]:
    """Return every alert."""
    document = yaml.safe_load((root / "config/prometheus/director.rules.yaml").read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


@pytest.fixture(scope="session")
def dashboard(root: Path) -> dict[str, Any]:
    """Return the dashboard."""
    found: dict[str, Any] = json.loads((root / "config/grafana/director.json").read_text("utf-8"))
    return found


@pytest.mark.needs("promtool")
@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", "director.rules.yaml"),
        ("test", "rules", "director.rules.test.yaml"),
    ],
    ids=["check", "test"],
)
def test_promtool_takes_the_alerts(root: Path, words: tuple[str, ...]) -> None:
    """Prometheus's own tool accepts the rules, and what their tests expect happens."""
    ran = subprocess.run(
        ["promtool", *words],  # noqa: S607  # wherever it is
        cwd=root / "config/prometheus",
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_alerts_ask_for_what_there_is(rules: list[dict[str, Any]]) -> None:
    """Each metric and each word in an alert is one that is written."""
    for rule in rules:
        assert asked(rule["expr"]) - METRICS == set(), rule["alert"]
        for word in re.findall(r'outcome="([a-z_]+)"', rule["expr"]):
            assert word in (*STATES, "cancelled"), rule["alert"]
        for words in re.findall(r'result=~"([a-z_|]+)"', rule["expr"]):
            assert set(words.split("|")) <= set(RESULTS), rule["alert"]


def test_every_alert_has_a_runbook(root: Path, rules: list[dict[str, Any]]) -> None:
    """Each alert leads to its own section, which says what it means, where to look, what to do."""
    sections = (root / "docs/runbooks.md").read_text("utf-8").split("\n## ")[1:]
    titles = {section.partition("\n")[0]: section for section in sections}

    assert titles.keys() == {rule["alert"] for rule in rules}
    for rule in rules:
        link = rule["annotations"]["runbook_url"]
        assert link == f"docs/runbooks.md#{rule['alert'].lower()}"
        section = titles[rule["alert"]]
        assert all(part in section for part in ("**It means**", "**Look at**", "**Do**"))


def test_every_alert_is_tested(root: Path, rules: list[dict[str, Any]]) -> None:
    """Each alert fires in some test of promtool's."""
    document = yaml.safe_load(
        (root / "config/prometheus/director.rules.test.yaml").read_text("utf-8")
    )
    fired = {
        case["alertname"]
        for test in document["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }

    assert fired == {rule["alert"] for rule in rules}


def test_the_dashboard_asks_for_what_there_is(dashboard: dict[str, Any]) -> None:
    """Each metric in the dashboard is written, and each that is written is in the dashboard."""
    expressions = [
        target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())
    ]

    assert set[str]().union(*map(asked, expressions)) == METRICS


def test_the_dashboard_is_whole(dashboard: dict[str, Any]) -> None:
    """Panels have their own ids and places, a title, and the data source that is chosen."""
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
        assert panel["title"]
        for target in panel.get("targets", ()):
            assert target["datasource"]["uid"] == "${datasource}"
    variables = {each["name"] for each in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]+)\}?", json.dumps(panels)))
    assert used == variables


@pytest.mark.needs("promtool")
def test_expressions_of_the_dashboard_are_understood(
    dashboard: dict[str, Any], tmp_path: Path
) -> None:
    """Prometheus parses each of them."""
    rules = [
        {"record": f"x:{number}", "expr": expression}
        for number, expression in enumerate(_expressions(dashboard))
    ]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "x", "rules": rules}]}))

    ran = subprocess.run(
        ["promtool", "check", "rules", path],  # noqa: S607  # wherever it is
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr


def _expressions(dashboard: dict[str, Any]) -> Iterator[str]:
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield (
                target["expr"]
                .replace("$__rate_interval", "5m")
                .replace("$environment", ".*")
                .replace("$subject", ".*")
            )


def test_the_page_of_metrics_names_all(root: Path) -> None:
    """The table of metrics in the documents is the table that is written."""
    text = (root / "docs/metrics.md").read_text("utf-8")

    assert set(re.findall(r"^\| `(director_[a-z_]+)`", text, re.MULTILINE)) == METRICS


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(director_check_duration_seconds_bucket[5m])", {"director_check_duration_seconds"}),
        ("director_nothing > 1", {"director_nothing"}),
        ("up", set()),
    ],
)
def test_the_questions_are_found(expression: str, expected: set[str]) -> None:
    """What an expression asks for is found, also what does not exist."""
    assert asked(expression) == expected
