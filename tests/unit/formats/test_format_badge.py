"""formats.badge: an SVG for a README."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from director.errors import Fault
from director.formats.badge import COLOURS, LABEL_COLOUR, text_width
from director.formats.format import Setting, make_format
from director.formats.headline import State
from director.formats.text import Look
from director.model.report import Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"/></title><script>alert(1)</script>&lt;\x00\x1b]]>\ufffe\u202e\ud800'"
RED, GREEN, GREY = COLOURS[State.NO_GO], COLOURS[State.GO], "#57606a"


def drawn(*items: Item) -> ET.Element:
    """Return the badge of *items*, parsed."""
    form = make_format("badge", Setting(Look(), several=len(items) > 1))
    text = form.begin() + "".join(map(form.item, items)) + form.end()
    return ET.fromstring(text.encode())  # noqa: S314  # what we wrote ourselves


def said(badge: ET.Element) -> list[str]:
    """Return the texts of *badge*."""
    return [str(text.text) for text in badge.iter(f"{SVG}text")]


def colours(badge: ET.Element) -> set[str]:
    """Return every colour of a ground in *badge*."""
    shapes = chain(badge.iter(f"{SVG}rect"), badge.iter(f"{SVG}path"))
    return {shape.attrib["fill"] for shape in shapes} - {LABEL_COLOUR}


@pytest.mark.parametrize(
    ("decision", "message", "state"),
    [
        ("go", "GO 88%", State.GO),
        ("conditional_go", "CONDITIONAL_GO 88%", State.CONDITIONAL_GO),
        ("no_go", "NO_GO 88%", State.NO_GO),
    ],
)
def test_one_target_shows_its_decision(
    desk: Desk, decision: str, message: str, state: State
) -> None:
    """The badge of one target has the decision with the pass rate, in its colour."""
    badge = drawn(Judged(desk.record(decision), recorded=True))

    assert said(badge) == ["readiness", message]
    assert colours(badge) == {COLOURS[state]}


def test_it_is_accessible(desk: Desk) -> None:
    """The badge is one image with a name that says all: target, decision, how long it holds."""
    badge = drawn(Judged(desk.record(), recorded=True))
    name = "readiness of payment-service@production: GO 88%, valid until 2026-01-16 09:30 UTC"

    assert badge.attrib["role"] == "img"
    assert badge.attrib["aria-label"] == name
    assert badge.findtext(f"{SVG}title") == name


def test_what_expired_is_grey(desk: Desk) -> None:
    """An expired GO is a grey EXPIRED without a pass rate."""
    badge = drawn(Judged(desk.record(), recorded=True, expired=True))

    assert said(badge) == ["readiness", "EXPIRED"]
    assert colours(badge) == {GREY}
    assert "GO" not in ET.tostring(badge, "unicode")
    assert "expired 2026-01-16" in str(badge.findtext(f"{SVG}title"))


@pytest.mark.parametrize(
    "item",
    [
        Rejected("a.yaml", (Fault("a.yaml", 3, 7, "no"),)),
        Undecided("a.yaml", "shop", "no"),
        Interrupted("a.yaml", "shop"),
    ],
)
def test_no_decision_is_grey(item: Item) -> None:
    """Where there is no decision the badge is grey and says so."""
    badge = drawn(item)

    assert said(badge) == ["readiness", "NO DECISION"]
    assert colours(badge) == {GREY}


def test_nothing_is_no_decision() -> None:
    """A run that ended before its first target makes no green badge."""
    badge = drawn()

    assert (said(badge)[1], colours(badge)) == ("NO DECISION", {GREY})


def test_several_targets_show_the_worst(desk: Desk) -> None:
    """The badge of several targets has the worst decision and of how many."""
    go, no_go = (Judged(desk.record(word), recorded=True) for word in ("go", "no_go"))

    assert said(drawn(go, no_go, go, no_go))[1] == "NO_GO 2/4"
    assert colours(drawn(go, no_go, go, no_go)) == {RED}
    assert (said(drawn(go, go))[1], colours(drawn(go, go))) == ("GO 2/2", {GREEN})


@pytest.mark.parametrize("colour", [*COLOURS.values(), LABEL_COLOUR])
def test_white_can_be_read(colour: str) -> None:
    """White text on every ground has a contrast of at least 4.5 (WCAG 2.2, 1.4.3)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    assert 1.05 / (luminance + 0.05) >= 4.5


def test_texts_fit_their_grounds(desk: Desk) -> None:
    """Each text ends before its ground does, whatever font there is."""
    badge = drawn(Judged(desk.record("conditional_go"), recorded=True))
    label, message = badge.iter(f"{SVG}text")

    assert int(message.attrib["x"]) + int(message.attrib["textLength"]) + 6 == int(
        badge.attrib["width"]
    )
    assert int(label.attrib["x"]) + int(label.attrib["textLength"]) < int(message.attrib["x"])
    assert text_width("WWW") > text_width("ABC") > text_width("abc") > text_width("I I")
    assert text_width("界") > text_width("a")


def test_hostile_texts_stay_texts(desk: Desk) -> None:
    """What a team or a store says is text in the badge, never a sign, and never too long."""
    record = desk.record("no_go", service=HOSTILE, environment=HOSTILE, pass_rate=HOSTILE * 50)

    badge = drawn(Judged(record, recorded=True))

    assert {node.tag.removeprefix(SVG) for node in badge.iter()} == {
        "svg",
        "title",
        "rect",
        "path",
        "g",
        "text",
    }
    assert set(badge.attrib) == {"width", "height", "role", "aria-label"}
    assert "</title><script>" in badge.attrib["aria-label"]
    assert said(badge)[1].startswith("NO_GO ")
    assert len(said(badge)[1]) == 40
