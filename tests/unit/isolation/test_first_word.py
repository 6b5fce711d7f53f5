"""What a worker says first is believed only where it can be."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from director.errors import PluginError
from director.isolation.codec import plain
from director.isolation.first_word import offered
from director.isolation.worker import Worker
from director.model.catalog import Offer, OptionKind, OptionSpec
from director.model.check import CheckSpec
from director.model.definition import DefinitionError, Flaw

SPEC = CheckSpec(id="far.good", title="t", category="c", why="w", remedy="r")
OFFER = Offer(SPEC, (OptionSpec(name="path", kind=OptionKind.TEXT, default="/"),))


def said(first: Any) -> Worker:  # noqa: ANN401  # any JSON
    """Return a worker that said *first*."""
    return cast("Worker", SimpleNamespace(first=first, how=("crash:SIGSEGV", "it is gone")))


def offering(*offers: Offer) -> Worker:
    """Return a worker that offers that."""
    return said({"offers": plain(offers), "defined": ["far.good"]})


def test_what_is_sound_is_believed() -> None:
    """Offers, and which definitions became one."""
    other = replace(OFFER, spec=replace(SPEC, id="far.other"))
    assert offered(offering(OFFER, other), "far") == ((OFFER, other), frozenset({"far.good"}))


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        (offering(replace(OFFER, spec=replace(SPEC, id="http.health"))), "must begin with 'far.'"),
        (offering(OFFER, OFFER), "offered once"),
        (offering(replace(OFFER, spec=replace(SPEC, why="a\nb"))), "one printable line"),
        (offering(replace(OFFER, spec=replace(SPEC, why="a" * 1001))), "one printable line"),
        (offering(replace(OFFER, spec=cast("Any", "far.good"))), "made of CheckSpec"),
        (offering(replace(OFFER, spec=replace(SPEC, title=cast("Any", 3)))), "made of str"),
        (offering(replace(OFFER, spec=replace(SPEC, role=cast("Any", "blocker")))), "made of Role"),
        (offering(replace(OFFER, spec=replace(SPEC, effort=cast("Any", 1)))), "made of Effort"),
        (offering(replace(OFFER, spec=replace(SPEC, reads=cast("Any", (1,))))), "made of str"),
        (offering(replace(OFFER, options=cast("Any", "path"))), "made of OptionSpec"),
        (
            offering(replace(OFFER, options=(replace(OFFER.options[0], default=cast("Any", ())),))),
            "plain default",
        ),
        (
            offering(replace(OFFER, options=(replace(OFFER.options[0], kind=cast("Any", "x")),))),
            "made of OptionKind",
        ),
        (
            offering(
                replace(OFFER, options=(replace(OFFER.options[0], tighter=cast("Any", "x")),))
            ),
            "made of Tighter",
        ),
        (said({"offers": {"Passed": ["so"]}, "defined": []}), "not well-formed|made of Offer"),
        (said({"offers": []}), "defined"),
        (said({"refused": ["import_failed", "no module"]}), "no module"),
        (said({"refused": "x"}), "unpack"),
        (said({}), "offers"),
        (said(None), "while it was loaded: it is gone"),
        (said({"flaws": [1]}), "made of Flaw"),
    ],
)
def test_what_is_not_breaks_the_plugin(first: Worker, problem: str) -> None:
    """One line says what is wrong, and the plugin offers nothing."""
    with pytest.raises(PluginError, match=problem):
        offered(first, "far")


def test_flaws_are_passed_on() -> None:
    """What is wrong with definitions is the operator's to mend."""
    flaw = Flaw("far.good", ("command",), "must be a list, got a text")

    with pytest.raises(DefinitionError) as raised:
        offered(said({"flaws": plain((flaw,))}), "far")

    assert raised.value.flaws == (flaw,)
