"""cli.candidates: what a word that is being typed could become."""

from __future__ import annotations

import pytest

from director.cli.candidates import declarations_of
from director.model.check import CheckSpec


@pytest.mark.parametrize(
    ("reads", "names"),
    [
        ((), []),
        (("base_url",), []),
        (("declares.load_test",), ["load_test"]),
        (("base_url", "declares.sla", "declares.runbook"), ["sla", "runbook"]),
        (("declares.sla.latency_ms",), ["sla"]),
        (("declares",), []),
        (("declares.",), []),
        (("", ".", "declared.sla"), []),
    ],
)
def test_whatever_a_check_says_it_reads(reads: tuple[str, ...], names: list[str]) -> None:
    """A plugin names what it reads as it likes, and completion goes on."""
    spec = CheckSpec(id="a.b", title="t", category="c", why="w", remedy="r", reads=reads)

    assert list(declarations_of(spec)) == names
