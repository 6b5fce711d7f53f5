"""What the service knows of its targets, as lines of an exposition. Pure.

Written by hand, as there are some 15 lines for each of maybe 10,000 targets. These lines are the
same in the text format of Prometheus and in OpenMetrics 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

from director.model.catalog import Disposition
from director.model.decision import Verdict
from director.model.notification import EndpointHealth
from director.model.outcome import Word
from director.model.record import Counts
from director.model.service import Health, PluginHealth, Watched

Target: TypeAlias = tuple[str, str]
"""A service and an environment."""

UNKNOWN = "unknown"
"""The state of a target of which no decision is held true."""

STATES = (*(verdict.value for verdict in Verdict), UNKNOWN)

HELP: Mapping[str, str] = MappingProxyType(
    {
        "director_decision": "The decision that is held true of a target: 1 for that, else 0.",
        "director_checks": "Checks of the last evaluation of a target, by what they said.",
        "director_last_evaluation_timestamp_seconds": "When a target was decided on last.",
        "director_next_evaluation_timestamp_seconds": "When a target is evaluated next.",
        "director_overrides_active": "Overrides in force on a target.",
        "director_override_expiry_timestamp_seconds": "When the override in force ends.",
        "director_schedule_lag_seconds": "How late evaluations begin, at the 99th percentile.",
        "director_plugin_up": "Whether a plugin is loaded and answers.",
        "director_webhook_queue_length": "Deliveries that wait for a receiver.",
    }
)
"""Every gauge that is asked of the service when somebody looks, and what it says."""


def target_lines(
    targets: Sequence[Watched],
    counts: Mapping[Target, Counts],
    expiries: Mapping[Target, datetime],
) -> Iterator[str]:
    """Yield the lines about targets.

    Args:
        targets: What the service holds true.
        counts: What the checks of their last evaluation said, as far as that is known.
        expiries: When the override in force ends, as far as that is known.
    """
    labelled = [(each, _labels(each)) for each in targets]
    yield from _family(
        "director_decision",
        (
            f'{labels},tier="{"" if each.tier is None else each.tier}",outcome="{state}"}} '
            f"{int(state == (each.held.value if each.held else UNKNOWN))}"
            for each, labels in labelled
            for state in STATES
        ),
    )
    yield from _family(
        "director_checks",
        (
            f'{labels},status="{word}"}} {getattr(found, word)}'
            for each, labels in labelled
            if (found := counts.get((each.service, each.environment))) is not None
            for word in _WORDS
        ),
    )
    yield from _family(
        "director_last_evaluation_timestamp_seconds",
        (
            f"{labels}}} {each.latest.decided_at.timestamp():.3f}"
            for each, labels in labelled
            if each.latest is not None
        ),
    )
    yield from _family(
        "director_next_evaluation_timestamp_seconds",
        (
            f"{labels}}} {each.next_at.timestamp():.3f}"
            for each, labels in labelled
            if each.next_at is not None
        ),
    )
    yield from _override_lines(labelled, expiries)


def service_lines(
    health: Health, plugins: Iterable[PluginHealth], endpoints: Iterable[EndpointHealth]
) -> Iterator[str]:
    """Yield the lines about the service itself."""
    yield from _family("director_schedule_lag_seconds", [f" {health.lateness_s:.6f}"])
    yield from _family(
        "director_plugin_up",
        (
            f'{{plugin="{escaped(each.plugin.name)}"}} '
            f"{int(each.plugin.disposition is Disposition.LOADED and not each.trouble)}"
            for each in plugins
        ),
    )
    yield from _family(
        "director_webhook_queue_length",
        (f'{{endpoint="{escaped(each.name)}"}} {each.waiting}' for each in endpoints),
    )


def escaped(text: str) -> str:
    r"""Return *text* as the value of a label.

    >>> escaped('a"b\\')
    'a\\"b\\\\'
    """
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _override_lines(
    labelled: Sequence[tuple[Watched, str]], expiries: Mapping[Target, datetime]
) -> Iterator[str]:
    yield from _family(
        "director_overrides_active",
        (f"{labels}}} {int(bool(each.gate.override))}" for each, labels in labelled),
    )
    yield from _family(
        "director_override_expiry_timestamp_seconds",
        (
            f"{labels}}} {expires_at.timestamp():.3f}"
            for each, labels in labelled
            if each.gate.override
            and (expires_at := expiries.get((each.service, each.environment))) is not None
        ),
    )


def _family(name: str, samples: Iterable[str]) -> Iterator[str]:
    yield f"# HELP {name} {HELP[name]}\n# TYPE {name} gauge\n"
    for sample in samples:
        yield f"{name}{sample}\n"


def _labels(each: Watched) -> str:
    return f'{{subject="{escaped(each.service)}",environment="{escaped(each.environment)}"'


_WORDS = tuple(word.value for word in Word)
