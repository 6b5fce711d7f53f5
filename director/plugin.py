"""Door 1: everything a plugin may import.

A plugin is a distribution with one entry point in the group ``director``::

    [project.entry-points.director]
    acme = "director_acme"

whose module implements the hooks it needs::

    from director.plugin import Check, hookimpl

    @hookimpl
    def director_checks() -> Iterable[type[Check]]:
        return (Latency,)

A check is a frozen dataclass. Its ``spec`` is its identity; its fields are its options, with
units in their names; ``judge`` or ``run`` examines once. ``dataclass`` of this module is the
standard library's in all that can be seen, and quicker to declare.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Any, Final

import pluggy

from director.model.answers import (
    DnsAnswer,
    DnsRecord,
    Greeting,
    Handshake,
    RecordType,
    StartTls,
)
from director.model.check import CheckSpec, Effort, Role, Tighter
from director.model.definition import Definition, DefinitionError, Flaw
from director.model.event import DecisionChanged, Event
from director.model.evidence import Evidence, EvidenceKind
from director.model.health import Component, HealthDocument, HealthFormat, HealthStatus
from director.model.judgement import Expectation, Finding, Judgement, Verdict
from director.model.manifest import (
    Claim,
    Declaration,
    Environment,
    Exemption,
    Manifest,
    Sla,
    Target,
)
from director.model.outcome import Answer, Failed, NotApplicable, Passed, Unknown, Warned
from director.model.probe import (
    Hop,
    Phase,
    Phases,
    ProbeError,
    ProbeReason,
    Redirects,
    Reply,
    Seen,
)
from director.model.secrecy import names_secret
from director.model.tls import TlsFacts
from director.model.value import dataclass
from director.ports import Check, LiveCheck, ManifestCheck, Probe, Sink

__all__ = [
    "API_VERSION",
    "Answer",
    "Check",
    "CheckSpec",
    "Claim",
    "Component",
    "DecisionChanged",
    "Declaration",
    "Definition",
    "DefinitionError",
    "DnsAnswer",
    "DnsRecord",
    "Effort",
    "Environment",
    "Event",
    "Evidence",
    "EvidenceKind",
    "Exemption",
    "Expectation",
    "Failed",
    "Finding",
    "Flaw",
    "Greeting",
    "Handshake",
    "HealthDocument",
    "HealthFormat",
    "HealthStatus",
    "Hop",
    "Judgement",
    "LiveCheck",
    "Manifest",
    "ManifestCheck",
    "NotApplicable",
    "Passed",
    "Phase",
    "Phases",
    "Probe",
    "ProbeError",
    "ProbeReason",
    "RecordType",
    "Redirects",
    "Reply",
    "Role",
    "Seen",
    "Sink",
    "Sla",
    "StartTls",
    "Target",
    "Tighter",
    "TlsFacts",
    "Unknown",
    "Verdict",
    "Warned",
    "dataclass",
    "director_checks",
    "director_sinks",
    "hookimpl",
    "names_secret",
    "option",
]

API_VERSION: Final = 1
"""The version of this door. It grows when something in it is taken away or changes its meaning.

A plugin may say ``DIRECTOR_PLUGIN_API = 1`` in its module, the version it was written for; a
Director understands its own version and the one before, and lists any other as incompatible.
"""

hookimpl = pluggy.HookimplMarker("director")
_hookspec = pluggy.HookspecMarker("director")


@_hookspec
def director_checks(definitions: tuple[Definition, ...]) -> Iterable[type[Check]]:
    """Offer checks.

    Called once, when the process starts and before any evaluation. Return the check classes;
    the Director makes one of each that is planned, passing the options as keyword arguments.
    Do no I/O here.

    A plugin that makes checks of what the operator defines names the argument; every other
    leaves it out: ``def director_checks():``. It offers one check for each definition, with
    the definition's ``spec``, besides what it always offers.

    Args:
        definitions: What the operator defines, sorted by id; only those whose id begins with
            the plugin's name. Empty where nothing is defined.

    Raises:
        DefinitionError: Some of them cannot become checks; it holds everything that is wrong,
            and the operator is told where it was written.

    .. versionadded:: 0.1
    """
    raise NotImplementedError


@_hookspec
def director_sinks() -> Iterable[Sink]:
    """Offer sinks for events.

    Called once, when the process starts and before any evaluation. Each sink hangs behind its
    own bounded queue: a slow one loses its own events and delays nobody. Do no I/O here.

    .. versionadded:: 0.1
    """
    raise NotImplementedError


def option(default: Any, *, tighter: Tighter | None = None) -> Any:  # noqa: ANN401  # as field()
    """Declare an option of a check that has a direction.

    A manifest may only move such an option the tighter way; a plain field without this is the
    service team's to set, unless the profile sets it.

    Args:
        default: The value where nobody sets one.
        tighter: Which way is stricter: ``Tighter.LOWER`` for a budget, ``Tighter.HIGHER`` for
            a minimum.
    """
    return field(default=default, metadata={"tighter": tighter})
