"""The services that benchmarks evaluate: four kinds, in turn."""

from __future__ import annotations

from pathlib import Path

CLAIMS = (
    "alerts",
    "backup",
    "healthcheck",
    "load_test",
    "logging",
    "metrics",
    "on_call",
    "rollback_plan",
    "runbook",
    "security_review",
)

_READY: dict[str, bool] = dict.fromkeys(CLAIMS, True)

SERVICES: tuple[dict[str, bool], ...] = (
    _READY | {"load_test": False},
    _READY,
    {name: True for name in CLAIMS if name not in ("alerts", "runbook")} | {"load_test": False},
    _READY | {"security_review": False},
)
"""What each kind declares: not load-tested, ready, with several gaps, not secure."""

VERDICTS = ("go", "go", "conditional_go", "no_go")
"""What the rules of ``decide_policy.json`` make of each kind."""


def write_services(folder: Path, count: int) -> tuple[Path, ...]:
    """Write *count* manifests into *folder* and return them; the kinds take turns."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        path = folder / f"service-{number:05}.yaml"
        path.write_text(manifest_text(f"service-{number:05}", SERVICES[number % len(SERVICES)]))
        paths.append(path)
    return tuple(paths)


def manifest_text(name: str, declares: dict[str, bool]) -> str:
    """Return the manifest of the service *name*."""
    claims = "".join(f"    {claim}: {str(value).lower()}\n" for claim, value in declares.items())
    return (
        "apiVersion: readiness/v1\n"
        "kind: Service\n"
        f"metadata: {{name: {name}, owner: team-bench, tier: 2, version: 1.4.2}}\n"
        f"spec:\n  declares:\n{claims}"
    )
