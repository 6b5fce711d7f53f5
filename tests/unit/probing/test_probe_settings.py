"""director.probing.settings: limits that are limits."""

from __future__ import annotations

import pytest

from director.probing.guard import Reach
from director.probing.settings import ProbeSettings


def test_the_defaults_are_the_documented_ones() -> None:
    """What nobody decides is decided cautiously."""
    settings = ProbeSettings()

    assert (settings.policy.reach, settings.policy.allow) == (Reach.INTERNAL, ())
    assert (settings.request_limit_s, settings.dns_limit_s) == (10.0, 5.0)
    assert (settings.per_host, settings.redirects) == (8, 5)
    assert settings.body_cap_bytes == 1_048_576


@pytest.mark.parametrize("name", ["request_limit_s", "dns_limit_s", "per_host", "body_cap_bytes"])
@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan")])
def test_a_limit_is_positive_and_finite(name: str, value: float) -> None:
    """Nothing is unlimited, and nothing is forbidden by a limit of nothing."""
    with pytest.raises(ValueError, match=name):
        ProbeSettings(**{name: value})  # type: ignore[arg-type]


def test_redirects_may_be_none_but_not_fewer() -> None:
    """No redirect at all is a choice; less is not."""
    assert ProbeSettings(redirects=0).redirects == 0
    with pytest.raises(ValueError, match="redirects"):
        ProbeSettings(redirects=-1)
