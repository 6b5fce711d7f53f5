"""Forced where an answer is held against what was expected of it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from director.model.health import HealthStatus
from director.model.judgement import Verdict
from director.model.outcome import Failed, Passed
from director.ports import Probe

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place


def expecting(text: str) -> Callable[[Probe], Awaitable[Passed | Failed]]:
    """Return an act that passes if the page is as *text* says."""

    async def act(probe: Probe) -> Passed | Failed:
        met = probe.judge(await probe.get("/"), text).verdict is Verdict.MET
        return Passed("so") if met else Failed("not so")

    return act


async def healthy(probe: Probe) -> Passed | Failed:
    """Pass if the page says that the service is well."""
    found = probe.health(await probe.get("/"))
    well = found is not None and found.status is HealthStatus.PASS
    return Passed("so") if well else Failed("not so")


async def values_do_not_fit(place: Place) -> Answers:
    """What is there is of another kind, too much, too deep, or no JSON."""
    deep = b'{"a":' * 200 + b"1" + b"}" * 200
    cases = (
        ('json("$.a") == 1', b'{"a": "1"}'),
        ('each(json("$[*]")) == 1', json.dumps([1] * 2_000).encode()),
        ('json("$..x") == 1 or json("$.a") == 2', deep),
        ('not json("$.a") == 2', b"<html>"),
    )
    return [await over(place, expecting(text), body) for text, body in cases]


async def texts_are_none(place: Place) -> Answers:
    """What is expected cannot be understood."""
    texts = ('json("asdf") == 1', 'body matches "("', r'body matches "\d("')
    return [await over(place, expecting(text), b"{}") for text in texts]


async def documents_are_none(place: Place) -> Answers:
    """A health document is no text, or no JSON."""
    bodies = (b'{"status": "pass", "x": "\xff"}', b'{"status": "pass"')
    return [await over(place, healthy, body) for body in bodies]


async def over(
    place: Place, act: Callable[[Probe], Awaitable[Passed | Failed]], body: bytes
) -> object:
    """Return the decision where a page has *body* and *act* judges it."""
    async with place.serving(place.reply_of("200 OK", body=body)) as port:
        return await place.asked(act, f"http://127.0.0.1:{port}")


def flags_say_nothing(place: Place) -> Answers:
    """A manifest, a flag or a file of certificates that cannot be used."""
    text = "  checks: {http.expect: {expect: 'tota < 5s'}}\n"
    junk = place.path / "ca.pem"
    junk.write_text("no certificate")
    return [
        place.command(place.manifest("expects", text)),
        place.called("probe", "http://127.0.0.1:1/", "--expect", "tota < 5"),
        place.called("probe", "http://127.0.0.1:1/", "--ca-file", junk),
    ]


TABLE: Table = {
    "loading.authorities:read_authorities:(ssl.SSLError, ValueError)": flags_say_nothing,
    "probing.conditions.evaluate:Judge._held:BudgetError": values_do_not_fit,
    "probing.conditions.evaluate:Judge._held:_Mismatch": values_do_not_fit,
    "probing.conditions.json_path:Path.values:(JSONPathError, RecursionError)": values_do_not_fit,
    "probing.conditions.json_path:path:(JSONPathError, RecursionError)": texts_are_none,
    "probing.conditions.patterns:pattern:(re2.error, UnicodeError)": texts_are_none,
    "probing.conditions.subjects:_of_reply:ValueError": values_do_not_fit,
    "probing.conditions.text:_Parser._made:(PathError, PatternError)": texts_are_none,
    "probing.conditions.text:_text:ValueError": texts_are_none,
    "probing.health.document:_decoded:UnicodeDecodeError": documents_are_none,
    "probing.health.document:read_document:ValueError": documents_are_none,
    "probing.inspector:Inspector.require:ValueError": flags_say_nothing,
    "wiring:fault_of_expectation:ValueError": flags_say_nothing,
}
"""Each clause that is forced here, and by what."""


def test_what_an_expectation_catches_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []


async def test_what_is_as_expected_is_go(place: Place) -> None:
    """Without anything forced an answer that is as expected opens the gate."""
    assert await over(place, expecting('json("$.a") == 1'), b'{"a": 1}') == "go"
    assert await over(place, healthy, b'{"status": "pass"}') == "go"
