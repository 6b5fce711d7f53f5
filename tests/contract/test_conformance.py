"""Every check that comes with the Director passes the suite that its kit gives to others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from director.loading.catalog import discover
from director.loading.settings import BUNDLED
from director.plugin import Check
from director.testing import Candidate, State, conform

NEEDED: Mapping[str, Mapping[str, str]] = {
    "dns.consistent": {"resolvers": "192.0.2.53, 192.0.2.54"},
    "http.security-auth": {"paths": "/admin"},
}
"""Options without which a check has nothing to ask."""

INSTALLED = discover(frozenset(BUNDLED))


def made(check: str) -> Callable[[], Check]:
    """Return what makes *check*, with the options that it needs."""
    class_: Any = INSTALLED.classes[check]
    return partial(class_, **NEEDED.get(check, {}))


@pytest.mark.parametrize("check", sorted(INSTALLED.classes))
async def test_the_installed_checks_conform(check: str) -> None:
    """No clause fails for a check of ours, and those of its kind apply."""
    verdicts = await conform(Candidate(made(check), check.partition(".")[0]))

    assert [each for each in verdicts if each.state is State.FAILED] == []
    assert sum(each.state is State.OK for each in verdicts) >= 9
