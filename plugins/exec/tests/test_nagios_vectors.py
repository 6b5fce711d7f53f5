"""Test cases of other systems on the plugin interface of Nagios, against ours.

``tests/vectors/probe.json`` holds the cases. Where a case says that its system should not be
followed, what it recommends instead is expected.
"""

# ruff: noqa: ANN401  # a vector has any shape

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from director.plugin import CheckSpec, Failed, Passed, Unknown, Warned
from director_exec.output import read_output
from director_exec.perfdata import Metric, read_perfdata
from director_exec.ranges import Range, read_range
from director_exec.recipe import Recipe, Threshold
from director_exec.running import Ended
from director_exec.verdict import judged

VECTORS = {
    each["id"]: each
    for each in json.loads(
        (Path(__file__).parents[3] / "tests" / "vectors" / "probe.json").read_text("utf-8")
    )["vectors"]
    if each["area"].startswith("nagios.")
}
NOT_APPLICABLE: dict[str, str] = {}
"""Every case is one of ours."""

SPEC = CheckSpec(id="exec.x", title="t", category="c", why="w", remedy="r")
AT = datetime(2026, 11, 1, tzinfo=UTC)
STATES = {"OK": Passed, "WARNING": Warned, "CRITICAL": Failed, "UNKNOWN": Unknown}


def plain(limit: Range | None) -> Any:
    """Return a range as the cases write it: a number where it begins at 0, else a text."""
    if limit is None:
        return None
    return limit.end if limit.start == 0 and ":" not in limit.text else limit.text


def look(metric: Metric) -> dict[str, Any]:
    """Return a metric as the cases write it."""
    ranges = {"warn": plain(metric.warn), "crit": plain(metric.crit)}
    rest = ("label", "value", "unit", "min", "max")
    return {**ranges, **{name: getattr(metric, name) for name in rest}}


def run(area: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return what we say to what is *given*, under the names of the cases."""
    match area, given:
        case "nagios.exit", {"exit_status": status}:
            answer = judged(Recipe(SPEC, "", ("p",)), Ended(status, "text", ""), AT)
            return {"state": {kind: word for word, kind in STATES.items()}[type(answer)]}
        case "nagios.range", {"range": text, "values": values}:
            return {"alert": [read_range(text).alerts(value) for value in values]}
        case "nagios.threshold", {"warning": warning, "critical": critical, "values": values}:
            threshold = Threshold("x", "", read_range(warning), read_range(critical))
            recipe = Recipe(SPEC, "", ("p",), (threshold,))
            answers = [judged(recipe, Ended(0, f"ok|x={value}", ""), AT) for value in values]
            words = {kind: word for word, kind in STATES.items()}
            return {"state": [words[type(answer)] for answer in answers]}
        case "nagios.output", {"stdout": text}:
            output = read_output(text)
            lines = (output.message, *output.more.split("\n"))
            return {"text": [line.strip() for line in lines], "perfdata": output.perfdata.split()}
        case "nagios.perfdata", {"perfdata": text}:
            measured = read_perfdata(text)
            found = {"error": bool(measured.faults), "count": len(measured.metrics)}
            return {**found, **(look(measured.metrics[0]) if measured.metrics else {})}
        case _:
            raise AssertionError(f"nobody runs {area}")


def near(found: Any, expected: Any) -> Any:
    """Return what was *expected* if it is a number and what was *found* is as good as the same."""
    number = isinstance(expected, float) and isinstance(found, int | float)
    return expected if number and found == pytest.approx(expected) else found


@pytest.mark.parametrize("name", VECTORS)
def test_other_systems_agree(name: str) -> None:
    """We say what the case expects, number by number."""
    case = VECTORS[name]
    expected = {**case["expect"], **case.get("recommended_expect", {})}
    if "text" in expected:
        expected["text"] = [line.strip() for line in expected["text"].split("\n")]

    found = run(case["area"], case["given"])

    assert found.keys() >= expected.keys()
    assert {key: near(found[key], value) for key, value in expected.items()} == expected
