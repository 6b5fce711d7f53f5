"""--log-format: the same lines under the names of other standards, from a real evaluation."""

from __future__ import annotations

import json

import pytest

from director.loading.standard_names import from_ecs, from_otel


@pytest.fixture
def manifest(home):
    """Write the manifest of a service that is ready."""
    path = home / "readiness.yaml"
    declares = "logging metrics alerts healthcheck load_test security_review runbook on_call"
    said = ", ".join(f"{name}: true" for name in declares.split())
    path.write_text(
        "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: svc}\n"
        f"spec: {{declares: {{{said}}}}}\n"
    )
    return path


@pytest.mark.parametrize("names", ["ecs", "otel"])
async def test_every_line_can_be_read_back(director, home, manifest, log_lines, names):
    """Read back, each line is one of the published schema."""
    log = home / "log"
    ran = await director(
        *("evaluate", "--no-store", "--profile", "baseline", "--log", log),
        *("--log-format", names, manifest),
    )
    assert ran.exit == 0, ran.stderr
    written = [json.loads(line) for line in log.read_text().splitlines()]
    read = [
        line
        for each in written
        for line in ([from_ecs(each)] if names == "ecs" else from_otel(each))
    ]
    lines = log_lines("\n".join(map(json.dumps, read)))
    assert lines[-1]["event.name"] == "director.decision.made"
    assert len(lines) == len(written) > 10


async def test_an_unknown_name_is_refused(director, manifest):
    """With what is known, and no line written."""
    ran = await director("evaluate", "--log-format", "gelf", manifest)
    assert ran.exit == 2
    assert "'gelf' is not one of 'director', 'ecs', 'otel'" in ran.stderr
