"""director.probing.health_documents: what a page says of a service's health."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.model.health import HealthDocument, HealthFormat, HealthStatus
from director.model.probe import Reply
from director.probing.health_documents import read_health

PASS, WARN, FAIL = HealthStatus.PASS, HealthStatus.WARN, HealthStatus.FAIL
HEALTH_JSON, SPRING = HealthFormat.HEALTH_JSON, HealthFormat.SPRING
SPRING_TYPE = "application/vnd.spring-boot.actuator.v3+json"
MICROPROFILE, ASPNET = HealthFormat.MICROPROFILE, HealthFormat.ASPNET


def page(body: object, status: int = 200, media: str = "application/json") -> Reply:
    """Return a page; what is no bytes is written as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(url="", status=status, headers=(("content-type", media),), body=data)


def document(body: object, status: int = 200, media: str = "application/json") -> HealthDocument:
    """Return the health document that a page is."""
    found = read_health(page(body, status, media))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("body", "format_", "status"),
    [
        ({"status": "pass"}, HEALTH_JSON, PASS),
        ({"status": "ok"}, HEALTH_JSON, PASS),
        ({"status": "warn"}, HEALTH_JSON, WARN),
        ({"status": "fail"}, HEALTH_JSON, FAIL),
        ({"status": "UP"}, SPRING, PASS),
        ({"status": "UNKNOWN"}, SPRING, WARN),
        ({"status": "DOWN"}, SPRING, FAIL),
        ({"status": "OUT_OF_SERVICE"}, SPRING, FAIL),
        ({"status": "UP", "components": {"db": {"status": "UP"}}}, SPRING, PASS),
        ({"status": "UP", "checks": []}, MICROPROFILE, PASS),
        ({"status": "DOWN", "checks": [{"name": "a", "status": "DOWN"}]}, MICROPROFILE, FAIL),
        ({"status": "Healthy", "entries": {}}, ASPNET, PASS),
        ({"Status": "Degraded", "Results": {}}, ASPNET, WARN),
        (b"Healthy", ASPNET, PASS),
        (b"Degraded\n", ASPNET, WARN),
        (b"Unhealthy", ASPNET, FAIL),
        (b"\xef\xbb\xbf" + b'{"status": "pass"}', HEALTH_JSON, PASS),
    ],
)
def test_every_format_is_known_by_its_shape(
    body: object, format_: HealthFormat, status: HealthStatus
) -> None:
    """A document says what it says, whatever it is written in."""
    found = document(body)

    assert (found.format, found.status, found.fault) == (format_, status, "")


@pytest.mark.parametrize(
    "body",
    [b"", b"ok", b"<html>Healthy</html>", b"[]", b"null", {"hello": 1}, {"status": 200}, b"{"],
)
def test_other_pages_are_none(body: object) -> None:
    """A page that is no health document says nothing."""
    assert read_health(page(body)) is None


@pytest.mark.parametrize(
    ("body", "code", "agrees"),
    [
        ({"status": "pass"}, 200, True),
        ({"status": "warn"}, 299, True),
        ({"status": "pass"}, 503, False),
        ({"status": "fail"}, 503, True),
        ({"status": "fail"}, 200, False),
        ({"status": "DOWN"}, 200, False),
        ({"status": "UP"}, 503, False),
        ({"status": "DOWN", "checks": []}, 503, True),
        ({"status": "DOWN", "checks": []}, 404, False),
        (b"Unhealthy", 200, False),
        (b"Healthy", 200, True),
    ],
)
def test_a_document_agrees_with_its_code_or_does_not(body: object, code: int, agrees: bool) -> None:
    """The document and the status code say the same, or that is a finding."""
    assert document(body, code).agrees is agrees


def test_parts_have_their_own_names() -> None:
    """Components become observations of their own, with what was measured."""
    body = {
        "status": "warn",
        "checks": {
            "cpu:load": [{"status": "warn", "observedValue": 85, "observedUnit": "percent"}],
            "db": [{"status": "pass"}, {"status": "pass"}],
        },
    }
    nested = {
        "status": "DOWN",
        "components": {"db": {"status": "DOWN", "components": {"eu": {"status": "DOWN"}}}},
    }

    assert [(part.name, part.status, part.observed) for part in document(body).components] == [
        ("cpu:load", WARN, "85 percent"),
        ("db", PASS, ""),
        ("db/2", PASS, ""),
    ]
    assert [part.name for part in document(nested, 503).components] == ["db", "db/eu"]


@pytest.mark.parametrize(
    ("body", "media", "part"),
    [
        ({"status": "fine"}, "application/health+json", "must be one of"),
        ({}, "application/health+json", "was missing"),
        (b"<html>", "application/health+json", "must be JSON"),
        (b"[]", "application/health+json", "must be a JSON object"),
        ({"status": "pass", "checks": 1}, "application/health+json", "must be an object"),
        (b'{"status": "pass", "n": NaN}', "application/json", "finite"),
        (b'{"status": "pass", "status": "fail"}', "application/json", "once"),
        (b'{"status": "pass", "x": "\xff"}', "application/json", "UTF-8"),
        (b'{"status": "pass"', "application/json", "must be JSON"),
        (b'{"status": "pass", "x":' + b"[" * 100 + b"]" * 100 + b"}", "application/json", "deeper"),
        ({"status": "pass", "x": "y" * 300_000}, "application/json", "longer"),
        ({"status": "UP", "components": []}, SPRING_TYPE, "must be an object"),
        ({"status": "UP", "components": {"a": {"status": "DOWN"}}}, "text/json", "its parts"),
        ({"status": "UP", "checks": [{"status": "UP"}]}, "application/json", "must have a name"),
        ({"status": "pass", "checks": {f"{n}": [{"status": "pass"}] for n in range(1001)}},
         "application/json", "1000 components"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_fails(body: object, media: str, part: str) -> None:
    """A document that is one and cannot be used is a fault, never a success."""
    found = document(body, 200, media)

    assert found.status is FAIL
    assert part in found.fault


def test_words_of_the_peer_are_printable() -> None:
    """Names come from the peer, and go to terminals and logs."""
    found = document(
        {"status": "pass", "checks": {"a\x1b[31m\u202e" + "b" * 999: [{"status": "pass"}]}}
    )

    (part,) = found.components
    assert part.name.isprintable()
    assert len(part.name) <= 200


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8)
    | st.sampled_from(["pass", "UP", "DOWN", "Healthy", "fail", "ok"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["status", "checks", "components", "entries", "name", "details", "a"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.binary(max_size=200), st.sampled_from(["", "application/health+json", "text/plain"]))
def test_any_bytes_are_read(body: bytes, media: str) -> None:
    """Whatever a peer sends, reading it ends in a document or in none."""
    found = read_health(page(body, 200, media))

    assert found is None or found.status is FAIL or b"ealthy" in body.lower() or b'"' in body


@given(json_values, st.sampled_from(["application/json", "application/health+json"]))
def test_only_a_positive_word_passes(value: Any, media: str) -> None:  # noqa: ANN401  # any JSON
    """Nothing passes that does not say so in a word of its format."""
    found = read_health(page(value, 200, media))

    if found is not None and found.status is PASS:
        assert isinstance(value, dict) or value == "Healthy"
        assert found.said.lower() in {"pass", "ok", "up", "healthy"}
        assert found.fault == ""


@given(st.sampled_from(["pass", "warn", "fail"]), st.lists(st.sampled_from(["pass", "warn"])))
def test_a_failing_part_never_improves(own: str, parts: list[str]) -> None:
    """One more part that fails leaves the whole as bad as it was, or makes it worse."""
    order = [PASS, WARN, FAIL]
    checks = {f"part{n}": [{"status": each}] for n, each in enumerate(parts)}
    before = document({"status": own, "checks": checks})
    after = document({"status": own, "checks": {**checks, "bad": [{"status": "fail"}]}})

    assert order.index(after.status) >= order.index(before.status)
