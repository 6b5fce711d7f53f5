"""Metrics in Prometheus text exposition format or OpenMetrics, read within limits.

The formats: https://prometheus.io/docs/instrumenting/exposition_formats/ and
https://github.com/prometheus/OpenMetrics.
"""

from __future__ import annotations

from collections.abc import Mapping

MOST_BYTES = 1_048_576
"""Longest text that is read, in bytes."""

LONGEST_LINE = 16_384
"""Longest line that is read, in characters: the parser's work grows with its square."""

OPEN_METRICS = "application/openmetrics-text"


def read_series(text: str, kind: str) -> Mapping[str, frozenset[str]]:
    """Return the names of the series in *text*, each with the names of its labels.

    It may take a second, so it is no work for the event loop.

    Args:
        text: What was answered.
        kind: Its media type; OpenMetrics is read by its own, stricter rules.

    Raises:
        ValueError: It is not in the format, or too long.
    """
    # On first use: nobody else needs it, and it is slow to import.
    from prometheus_client import parser  # noqa: PLC0415
    from prometheus_client.openmetrics import parser as strict  # noqa: PLC0415

    if len(text) > MOST_BYTES:
        raise ValueError(f"must not be longer than {MOST_BYTES} bytes")
    longest = max(map(len, text.split("\n")))
    if longest > LONGEST_LINE:
        raise ValueError(f"must have lines of at most {LONGEST_LINE} characters, has {longest}")
    found: dict[str, set[str]] = {}
    chosen = strict if kind.startswith(OPEN_METRICS) else parser
    try:
        for family in chosen.text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    except (IndexError, ValueError) as error:
        # The parser looks behind the end of some broken lines, and has no words for others.
        said = "" if isinstance(error, IndexError) else str(error)
        raise ValueError(said or "a line cannot be read") from error
    return {name: frozenset(labels) for name, labels in found.items()}
