"""loading.places: a fault points where a person would look."""

from __future__ import annotations

from director.errors import Fault
from director.loading.places import Mark, Places, Spot

PLACES = Places(
    "x.yaml",
    {
        (): Spot("x.yaml", Mark(1, 1), branch=True),
        ("a",): Spot("x.yaml", Mark(3, 3), Mark(2, 1), branch=True),
        ("a", "b"): Spot("x.yaml", Mark(3, 6), Mark(3, 3)),
    },
)


def test_a_plain_value_is_pointed_at_itself() -> None:
    """A fault of a plain value points at the value, one of its key at the key."""
    assert PLACES.fault(("a", "b"), "bad") == Fault("x.yaml", 3, 6, "bad")
    assert PLACES.fault(("a", "b"), "bad", at_key=True) == Fault("x.yaml", 3, 3, "bad")


def test_a_block_is_pointed_at_its_key() -> None:
    """A fault of a mapping points at its key, for the block itself begins a line later."""
    assert PLACES.fault(("a",), "bad") == Fault("x.yaml", 2, 1, "bad")


def test_what_is_not_there_is_pointed_at_its_parent() -> None:
    """A fault of an absent value points at the nearest value around it."""
    assert PLACES.fault(("a", "c", 0), "bad") == Fault("x.yaml", 2, 1, "bad")
    assert PLACES.fault(("a", "c"), "bad", at_key=True) == Fault("x.yaml", 2, 1, "bad")
    assert PLACES.fault(("z",), "bad") == Fault("x.yaml", 1, 1, "bad")


def test_without_places_the_source_is_named() -> None:
    """Where nothing is known of lines, the fault names the source alone."""
    assert str(Places("x.yaml", {}).fault(("a",), "bad")) == "x.yaml: bad"


def test_the_upper_places_hide_the_lower() -> None:
    """Of two merged inputs, each value is placed where it was written last."""
    upper = Places("y.yaml", {("a", "b"): Spot("y.yaml", Mark(9, 9))})

    both = upper.over(PLACES)

    assert both.fault(("a", "b"), "bad").source == "y.yaml"
    assert both.fault(("a",), "bad").source == "x.yaml"
