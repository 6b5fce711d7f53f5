"""Manifests and targets in one line."""

from __future__ import annotations

from hashlib import sha256

from director.model.manifest import (
    Claim,
    Declaration,
    Environment,
    Exemption,
    Manifest,
    Sla,
    Target,
)

_NAME = "sample-service"


def manifest(**declares: bool | float | Sla | Declaration) -> Manifest:
    """Return the manifest of a sample service that declares what is given.

    >>> manifest(logging=True).declaration("logging")
    Claim(value=True, evidence='', at=None)
    """
    return Manifest(
        name=_NAME,
        digest=f"sha256:{sha256(repr(sorted(declares.items())).encode()).hexdigest()}",
        owner="team-sample",
        declares=tuple(sorted((name, _declaration(value)) for name, value in declares.items())),
    )


def target(base_url: str | None = None, /, **declares: bool | float | Sla | Declaration) -> Target:
    """Return the sample service in production.

    Args:
        base_url: Where it answers; None if it cannot be asked.
        declares: What it declares: plain values, claims or exemptions.
    """
    return Target(manifest(**declares), Environment("production", base_url))


def _declaration(value: bool | float | Sla | Declaration) -> Declaration:
    return value if isinstance(value, Claim | Exemption) else Claim(value)
