"""model.receiver: who is told what."""

from __future__ import annotations

import pytest

from director.model.receiver import TELLABLE, TOLD, Concern, Receiver

CHANGED = "director.decision.changed"
CHECKOUT = Concern(service="checkout", environment="production", owner="team-a", tier=1)


def receiver(**filters: tuple[str, ...] | tuple[int, ...]) -> Receiver:
    """Return a receiver with filters."""
    return Receiver(name="pager", url="https://h.test/x", keys=(b"k" * 24,), **filters)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({}, True),
        ({"events": ("director.case.recorded",)}, False),
        ({"services": ("check*",)}, True),
        ({"services": ("pay-*", "checkout")}, True),
        ({"services": ("Check*",)}, False),
        ({"environments": ("staging",)}, False),
        ({"owners": ("team-b",)}, False),
        ({"owners": ("team-?",)}, True),
        ({"tiers": (0, 1)}, True),
        ({"tiers": (2,)}, False),
    ],
)
def test_every_filter_must_match(
    filters: dict[str, tuple[str, ...] | tuple[int, ...]], wanted: bool
) -> None:
    """One filter that does not match is enough not to be told."""
    assert receiver(**filters).wants(CHANGED, CHECKOUT) is wanted


def test_what_is_not_known_holds_nothing_back() -> None:
    """An event that does not tell owner and tier passes their filters, but not that of names."""
    picky = receiver(owners=("team-b",), tiers=(4,), environments=("production",))

    assert picky.wants(CHANGED, Concern(service="checkout", environment="production"))
    assert not picky.wants(CHANGED, Concern(service="checkout"))


def test_the_director_itself_concerns_everybody() -> None:
    """That the Director cannot see concerns whoever relies on it, whatever the services."""
    assert receiver(services=("pay-*",)).wants("director.director.degraded", Concern())


def test_telling_is_not_told() -> None:
    """An event that telling causes is never told: it would never end."""
    assert set(TOLD) <= set(TELLABLE)
    assert [name for name in TELLABLE if "notification" in name or "access" in name] == []


def test_the_url_is_not_shown() -> None:
    """A URL may hold a secret in its path: only the host is shown, and no key."""
    hidden = Receiver(name="p", url="https://hooks.test:8443/T0/s3cr3t?x=1", keys=(b"k" * 24,))

    assert hidden.shown_url == "https://hooks.test:8443/…"
    assert "s3cr3t" not in repr(hidden)
    assert "kkk" not in repr(hidden)
