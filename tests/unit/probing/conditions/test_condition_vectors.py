"""Test cases of other systems on conditions, against our expectations.

``tests/vectors/probe.json`` holds the cases, ``probe_not_applicable.d/condition.json`` names those
that nothing of ours corresponds to, with the reason. What another system writes is translated word
by word: a condition of Gatus, a tree of Sentry, a group of Uptime Kuma. Where a case says that its
system should not be followed, what it recommends instead is expected.
"""

# ruff: noqa: ANN401  # a vector has any shape

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from director.model.answers import DnsAnswer, DnsRecord, RecordType
from director.model.judgement import Verdict
from director.model.outcome import Passed
from director.model.probe import Phases, ProbeError, ProbeReason, Reply
from director.model.probed import Seen
from director.model.tls import TlsFacts
from director.probing.conditions import ExpectationError, compile_expectation
from director.probing.verdict import verdict

FOLDER = Path(__file__).parents[3] / "vectors"
VECTORS = {
    each["id"]: each
    for each in json.loads((FOLDER / "probe.json").read_text("utf-8"))["vectors"]
    if each["area"].startswith("condition")
}
NOT_APPLICABLE = json.loads(
    (FOLDER / "probe_not_applicable.d" / "condition.json").read_text("utf-8")
)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def quoted(text: str) -> str:
    """Return *text* as a text of ours."""
    return json.dumps(text, ensure_ascii=False)


# Gatus: "[SUBJECT] op value", with functions around either side.

_CONDITION = re.compile(r"(.+?) (==|!=|<=|>=|<|>) (.+)")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_SUBJECTS = {
    "[STATUS]": "status",
    "[RESPONSE_TIME]": "total",
    "[IP]": "address",
    "[CERTIFICATE_EXPIRATION]": "tls.expires_in",
}


def subject_of(text: str, operator: str, value: str) -> str:
    """Return a subject of Gatus in our words."""
    if match := re.fullmatch(r"len\((.+)\)", text):
        return f"len({subject_of(match[1], operator, value)})"
    if text == "[BODY]":
        # It compares what looks like a number as one; ours is one only as JSON.
        return 'json("$")' if operator in ("<", "<=", ">", ">=") else "body"
    if text.startswith("[BODY]"):
        return f"json({quoted('$' + text.removeprefix('[BODY]'))})"
    return _SUBJECTS[text]


def literal_of(subject: str, text: str) -> str:
    """Return a value of Gatus, which has no kinds, as the subject needs it."""
    if subject in ("total", "tls.expires_in"):
        return text if re.fullmatch(r"\d+[a-z]+", text) else f"{text}ms"
    if subject == "address":
        return quoted(f"{text}:443")
    if subject.startswith("len(") or subject == "status":
        return text
    if subject.startswith("json("):
        return text if re.fullmatch(r"-?\d+(\.\d+)?|true|false", text) else quoted(text)
    return quoted(text)


def gatus(condition: str) -> str:
    """Return a condition of Gatus as an expectation.

    Raises:
        ValueError: It is none.
    """
    match = _CONDITION.fullmatch(condition)
    if match is None or condition.count("(") != condition.count(")"):
        raise ValueError(f"no condition: {condition}")
    left, operator, right = match.groups()
    if right.startswith("[") or left.startswith(("pat(", "any(")):
        left, operator, right = right, _FLIPPED[operator], left
    if right.startswith("["):
        raise ValueError(f"it compares one subject with another: {condition}")
    if left == "[CONNECTED]":
        return f"status {'present' if right == 'true' else 'absent'}"
    if has := re.fullmatch(r"has\((.+)\)", left):
        there = (right == "true") is (operator == "==")
        return f"{subject_of(has[1], operator, right)} {'present' if there else 'absent'}"
    subject = subject_of(left, operator, right)
    if pattern := re.fullmatch(r"pat\((.+)\)", right):
        if subject == "status":  # a pattern of digits is a range of numbers
            digits = pattern[1].rstrip("*")
            return f"status in {digits.ljust(3, '0')}-{digits.ljust(3, '9')}"
        ending = ":*" if subject == "address" and not pattern[1].endswith("*") else ""
        return f"{subject} like {quoted(pattern[1] + ending)}"
    if among := re.fullmatch(r"any\((.+)\)", right):
        values = [literal_of(subject, value.strip()) for value in among[1].split(",")]
        return f"{subject} in {', '.join(values)}"
    return f"{subject} {operator} {literal_of(subject, right)}"


def seen(observed: dict[str, Any]) -> Seen | ProbeError:
    """Return what was observed as a probe of ours would have it."""
    if "error" in observed:
        return ProbeError(ProbeReason(observed["error"].replace("connection ", "connect_")), "no")
    expires = timedelta(hours=observed.get("cert_expires_in_h", 24))
    return Reply(
        url="https://a.test/",
        status=observed.get("status", 200),
        headers=tuple((k.lower(), v) for k, v in observed.get("headers", {}).items()),
        body=observed.get("body", "").encode(),
        phases=Phases(ttfb_s=observed.get("response_time_ms", 1) / 1000),
        address=f"{observed.get('ip', '10.0.0.1')}:443",
        tls=TlsFacts(
            version="TLSv1.3", cipher="c", verify_code=0, subject="CN=a", issuer="CN=b",
            names=("a.test",), not_before=NOW, not_after=NOW + expires,
            chain_not_after=NOW + expires, chain=2, fingerprint="00", seen_at=NOW,
        ),
    )  # fmt: skip


def passes(expectation: str, answer: Seen | ProbeError) -> bool:
    """Return whether *answer* is a success under *expectation*, and under nothing else."""
    if isinstance(answer, ProbeError):
        return isinstance(verdict(answer, None, None), Passed)
    return compile_expectation(expectation).judge(answer, lambda _: None).verdict is Verdict.MET


def conditions(given: Any, expect: Any) -> tuple[object, object]:
    """A condition of Gatus, and what it was held against; one that makes no sense never passes."""
    try:
        expectation = gatus(given["condition"])
        compile_expectation(expectation)
    except ExpectationError:
        return False, expect["success"]
    return passes(expectation, seen(given["observed"])), expect["success"]


def syntax(given: Any, expect: Any) -> tuple[object, object]:
    """A condition of Gatus that is written well, or is not."""
    try:
        compile_expectation(gatus(given["condition"]))
    except (ValueError, KeyError):
        return False, expect["valid"]
    return True, expect["valid"]


def globs(given: Any, expect: Any) -> tuple[object, object]:
    """A pattern that fits the whole of a value."""
    expectation = f"body like {quoted(given['pattern'])}"
    return passes(expectation, seen({"body": given["value"]})), expect["match"]


def paths(given: Any, expect: Any) -> tuple[object, object]:
    """A path into a document, and what stands there."""
    subject = f"json({quoted('$.' + given['path'])})"
    answer = seen({"body": given["body"]})
    if "error" in expect:
        return passes(f"{subject} present", answer), not expect["error"]
    # Every value is a text there, whatever it is in the document.
    texts = (quoted(expect["value"]), expect["value"] if expect["value"][0].isdigit() else "null")
    return any(passes(f"{subject} == {text}", answer) for text in texts), True


def grouped(group: Any, subject: str) -> str:
    """Return a group of Uptime Kuma: each word joins its condition to those before it."""
    text = ""
    for each in group:
        if isinstance(each, list):
            text += f"{' and ' if text else ''}({grouped(each, subject)})"
            continue
        joins, operator, value = re.fullmatch(r"(and |or )?(\w+) (.+)", each).groups()  # type: ignore[union-attr]
        text += f"{f' {joins}' if text else ''}{subject} {operator} {quoted(value)}"
    return text


def logic(given: Any, expect: Any) -> tuple[object, object]:
    """Conditions on a record of a name server, joined by words; or one on nothing known."""
    if "variable" in given:
        with pytest.raises(ExpectationError):
            compile_expectation(f"{given['variable']} present")
        return True, expect["error"]
    record = DnsAnswer(
        name="a.test", type=RecordType.MX, resolver="192.0.2.53:53", rcode="NOERROR",
        records=(DnsRecord(type=RecordType.MX, value=given["record"], ttl_s=60),),
        phases=Phases(dns_s=0.01),
    )  # fmt: skip
    return passes(grouped(given["group"], "dns.values"), record), expect["result"]


_SENTRY = {"gt": ">", "lt": "<", "eq": "==", "ne": "!="}


def sentry(tree: Any) -> str:
    """Return a tree of Sentry as an expectation."""
    ((kind, inside),) = tree.items()
    if kind == "not":
        return f"not ({sentry(inside)})"
    if kind in ("and", "or"):
        return f" {kind} ".join(f"({sentry(each)})" for each in inside)
    ((operator, value),) = inside.items()
    return f"{kind} {_SENTRY[operator]} {value}"


def trees(given: Any, expect: Any) -> tuple[object, object]:
    """A tree of Sentry on a status."""
    return passes(sentry(given["tree"]), seen(given["observed"])), expect["success"]


def selections(given: Any, expect: Any) -> tuple[object, object]:
    """What a JSONPath of Sentry selects; it has no kinds, so a number may be a text."""
    if expect.get("config_error"):
        wrong = given.get("pattern") or re.search(r"jsonpath '(.*)'", given["tree"])[1]  # type: ignore[index]
        with pytest.raises(ExpectationError):
            compile_expectation(f"status == 1 and not (json({quoted(wrong)}) present)")
        return True, True
    subject = f"each(json({quoted(given['path'])}))"
    ((kind, value),) = given["operand"].items()
    if kind == "glob":
        text = f"{subject} like {quoted(value)}"
    else:
        operator = _SENTRY[given["op"]]
        text = f"{subject} {operator} {quoted(value)} or {subject} {operator} {value}"
    return passes(text, seen({"body": json.dumps(given["body"])})), expect["success"]


_ASSERTIONS = {"eq": "==", "contains": "contains"}


def asserted(assertion: dict[str, str]) -> str:
    """Return an assertion of OpenStatus as an expectation."""
    if "header" in assertion:
        return f"not header({quoted(assertion['header'])}) contains " + quoted(
            assertion["not_contains"]
        )
    if "body" in assertion:
        operator, _, value = assertion["body"].partition(" ")
        return f"body {_ASSERTIONS[operator]} {quoted(value)}"
    return f"{assertion['type']} present"


def fail_closed(given: Any, expect: Any) -> tuple[object, object]:
    """Where other systems let through what nobody saw."""
    if "condition" in given:
        return conditions(given, expect)
    answer = seen(given)
    assert isinstance(answer, Reply)
    if expect.get("config_error"):
        with pytest.raises(ExpectationError):
            compile_expectation(asserted(given["assertions"][0]))
        return True, True
    # Without any assertion the status alone counts.
    texts = ["status in 200-299", *map(asserted, given["assertions"])]
    return passes(" and ".join(f"({text})" for text in texts), answer), expect["success"]


READINGS: dict[str, Callable[[Any, Any], tuple[object, object]]] = {
    "condition": conditions,
    "condition.syntax": syntax,
    "condition.glob": globs,
    "condition.path": paths,
    "condition.logic": logic,
    "condition.tree": trees,
    "condition.jsonpath": selections,
    "condition.failclosed": fail_closed,
}
"""What reads the cases of each area: what we say, and what the case expects."""

APPLICABLE = sorted(VECTORS.keys() - NOT_APPLICABLE.keys())


@pytest.mark.parametrize("name", APPLICABLE)
def test_conditions_of_other_systems(name: str) -> None:
    """We say what the case expects."""
    vector = VECTORS[name]
    expect = vector["recommended_expect"] if vector["recommend"] == "differ" else vector["expect"]

    ours, theirs = READINGS[vector["area"]](vector["given"], expect)

    assert ours == theirs


def test_what_does_not_apply_has_a_reason() -> None:
    """Each case that is left out exists, and says why."""
    assert NOT_APPLICABLE.keys() <= VECTORS.keys()
    assert all(len(reason) > 20 for reason in NOT_APPLICABLE.values())
