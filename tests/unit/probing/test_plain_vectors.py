"""Test cases of other systems on addresses, health documents and redaction, against ours.

``tests/vectors/probe.json`` holds the cases, ``probe_not_applicable.d/plain.json`` names those that
nothing of ours corresponds to, with the reason. Where a case says that its system should not be
followed, what it recommends instead is expected.
"""

# ruff: noqa: ANN401  # a vector has any shape

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from director.model.health import HealthDocument, HealthStatus
from director.model.probe import Reply
from director.model.secrecy import masked_looks
from director.probing.guard import AddressPolicy, Reach
from director.probing.health.spring import aggregate
from director.probing.health_documents import read_health
from director.probing.url import UrlError, parse, scrub
from director.sinks.redact import Redactor

FOLDER = Path(__file__).parents[2] / "vectors"
AREAS = ("ssrf.cidr", "ssrf", "format.", "redaction", "http.url")
VECTORS = {
    each["id"]: each
    for each in json.loads((FOLDER / "probe.json").read_text("utf-8"))["vectors"]
    if each["area"].startswith(AREAS) and each["area"] != "ssrf.bypass"
}
NOT_APPLICABLE = json.loads((FOLDER / "probe_not_applicable.d" / "plain.json").read_text("utf-8"))

Said = tuple[object, object]
"""What we say, and what the case expects."""

REACHES = {
    "public_only": Reach.PUBLIC_ONLY,
    "deny_private": Reach.PUBLIC_ONLY,
    "allow_private": Reach.INTERNAL,
}


def some_of(first: str, last: str) -> Iterable[str]:
    """Return the ends of a range, and some addresses in between."""
    begin, end = ip_address(first), ip_address(last)
    step = max(1, (int(end) - int(begin)) // 7)
    yield from (str(type(begin)(number)) for number in range(int(begin), int(end) + 1, step))
    yield last


def ranges(given: Any, expect: Any) -> Said:
    """Whole ranges of addresses that a policy denies or allows."""
    policy = AddressPolicy(REACHES[given["profile"]])
    first, last = given["addresses"][0], given["addresses"][-1]
    found = {policy.check(address) is not None for address in some_of(first, last)}
    return found, {expect["denied"]}


def addresses(given: Any, expect: Any) -> Said:
    """One address, or one spelling of it, that a policy denies or allows."""
    policy = AddressPolicy(REACHES[given["policy"]])
    if "url" in given:
        try:
            host = parse(given["url"]).host
        except UrlError:
            return False, expect["allowed"]
        return policy.check(host) is None, expect["allowed"]
    return policy.check(given["connect_to"]) is None, expect["allowed"]


def document(body: object, code: int = 200, media: str = "application/health+json") -> Any:
    """Return what a page says of a service's health."""
    reply = Reply(
        url="http://a.test/",
        status=code,
        headers=(("content-type", media),),
        body=json.dumps(body).encode(),
    )
    return read_health(reply)


def health_json(given: Any, expect: Any) -> Said:
    """A document in health+json, and what it means."""
    if "normalized" in expect:
        return document(given["body"]).status.value, expect["normalized"]
    if "consistent" in expect:
        found = document({"status": given["status"]}, given["http"])
        return found.agrees, expect["consistent"]
    (part,) = document(given["body"]).components
    # "component:measurement" is the key; without a colon it is the measurement alone.
    return (part.name, part.observed), (
        ":".join(filter(None, (expect["component"], expect["measurement"]))),
        f"{expect['value']} {expect['unit']}",
    )


SPRING = "application/vnd.spring-boot.actuator.v3+json"


def spring(given: Any, expect: Any) -> Said:
    """What Spring makes of several words, and with which code it sends one."""
    if "aggregate" in expect:
        return aggregate(given["statuses"]), expect["aggregate"]
    codes = {
        code for code in (200, 503) if document({"status": given["status"]}, code, SPRING).agrees
    }
    return codes, {expect["http"]}


def microprofile(given: Any, expect: Any) -> Said:
    """A document in the format of MicroProfile, which is as bad as the worst of its checks."""
    checks = [{"name": f"c{n}", "status": word} for n, word in enumerate(given["checks"])]
    found: HealthDocument = document(
        {"status": expect["status"], "checks": checks}, expect["http"], "application/json"
    )
    lied = document(
        {"status": "UP", "checks": checks}, 200, "application/json"
    )  # fmt: skip
    passes = expect["status"] == "UP"
    assert found.agrees
    return (
        (found.status is HealthStatus.PASS, lied.status is HealthStatus.PASS),
        (passes, passes),
    )


def redaction(given: Any, expect: Any) -> Said:
    """What must not be seen of a text, or of what was asked."""
    if "target" in given:
        shown = scrub(given["target"])
        return [part for part in expect["log_excludes"] if part in shown], []
    ((name, value),) = given["config"].items()
    shown = masked_looks(f"{name}: {value}")
    line = Redactor()(None, "info", {name: value, "message": shown})
    return expect["output_excludes"] in f"{shown} {line}", False


def bearer(_: Any, expect: Any) -> Said:
    """A token in a header is masked, whoever prints the header."""
    value = expect["log_excludes"].replace(" ", "-") + "0123456789"
    return value in masked_looks(f"Authorization: Bearer {value}"), False


def urls(given: Any, expect: Any) -> Said:
    """What is a URL of ours, and what is none."""
    try:
        parse(given["target"].replace("PORT", "8080"))
    except UrlError:
        return False, expect["success"]
    return True, expect["success"]


READINGS: dict[str, Callable[[Any, Any], Said]] = {
    "ssrf.cidr": ranges,
    "ssrf": addresses,
    "format.health_json": health_json,
    "format.spring": spring,
    "format.mphealth": microprofile,
    "redaction": redaction,
    "redaction-004": bearer,
    "http.url": urls,
}
"""What reads the cases of each area, or a case by itself."""

APPLICABLE = sorted(VECTORS.keys() - NOT_APPLICABLE.keys())


@pytest.mark.parametrize("name", APPLICABLE)
def test_plain_cases_of_other_systems(name: str) -> None:
    """We say what the case expects."""
    vector = VECTORS[name]
    expect = vector["recommended_expect"] if vector["recommend"] == "differ" else vector["expect"]
    read = READINGS.get(name) or READINGS[vector["area"]]

    ours, theirs = read(vector["given"], expect)

    assert ours == theirs


def test_what_does_not_apply_has_a_reason() -> None:
    """Each case that is left out exists, and says why."""
    assert NOT_APPLICABLE.keys() <= VECTORS.keys()
    assert all(len(reason) > 20 for reason in NOT_APPLICABLE.values())
