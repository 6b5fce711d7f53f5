"""What docs/probing.md and docs/expectations.md say of the prober is so."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
import yaml

from director.loading.manifest import read_manifest
from director.loading.secrets import read_secrets
from director.model.answers import DnsAnswer, Greeting, Handshake, RecordType, StartTls
from director.model.judgement import Verdict
from director.model.manifest import CheckRequest
from director.model.probe import Phase, ProbeReason, Redirects, Reply
from director.model.probed import Seen
from director.model.tls import TlsFacts
from director.probing import guard
from director.probing.conditions import ExpectationError, compile_expectation
from director.probing.conditions.subjects import ARGUMENTS, KINDS, Foreign, value_of
from director.probing.conditions.tree import Kind, Operator, Subject
from director.probing.guard import AddressPolicy, Reach
from director.probing.settings import ProbeSettings
from director.probing.sighting import Place, sighting
from director.wiring import fault_of_expectation

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TLS = TlsFacts(
    version="TLSv1.3", cipher="c", verify_code=0, subject="CN=a", issuer="CN=b", names=("a.test",),
    not_before=NOW, not_after=NOW + timedelta(days=9), chain_not_after=NOW + timedelta(days=9),
    chain=2, fingerprint="00", seen_at=NOW,
)  # fmt: skip


@pytest.fixture(scope="module")
def probing(root: Path) -> str:
    """The page about the prober."""
    return (root / "docs" / "probing.md").read_text("utf-8")


@pytest.fixture(scope="module")
def expectations(root: Path) -> str:
    """The page about expectations."""
    return (root / "docs" / "expectations.md").read_text("utf-8")


def table(text: str, head: str) -> list[list[str]]:
    """Return the cells of the table whose first column is called *head*, without its head."""
    found = re.search(rf"(?m)^\| {re.escape(head)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text)
    assert found is not None, head
    rows = [
        re.split(r"(?<!\\) \| ", line.strip().strip("|").strip()) for line in found[1].splitlines()
    ]
    return [[cell.strip() for cell in row] for row in rows]


def words(rows: list[list[str]]) -> list[str]:
    """Return the first word in backticks of each row."""
    return [re.findall("`([^`]+)`", row[0])[0] for row in rows]


def test_every_reason_is_explained(probing: str) -> None:
    """The closed set of reasons, in its order, each with what it does to a check."""
    rows = table(probing, "Reason")

    assert words(rows) == [reason.value for reason in ProbeReason]
    assert {word: row[2] for word, row in zip(words(rows), rows, strict=True)} == {
        reason.value: "unknown" if reason.blind else "failed" for reason in ProbeReason
    }


def test_every_phase_is_explained(probing: str) -> None:
    """Each phase stands there, in its order."""
    assert words(table(probing, "Phase")) == [phase.value for phase in Phase]


def test_how_far_redirects_are_followed(probing: str) -> None:
    """Each of the ways that a check can choose stands there."""
    assert words(table(probing, "How far")) == [each.value for each in Redirects]


def test_every_fact_of_tls_is_explained(probing: str) -> None:
    """What stands in the evidence of a handshake stands there, and nothing else."""
    shown = sighting(Place("a"), Handshake(where="a:443", tls=TLS), NOW).evidence
    facts = {name for name, _ in shown.facts if name.startswith(("tls.", "director.probe.tls."))}

    assert set(words(table(probing, "Fact of the evidence"))) == facts


def test_every_denied_range_is_listed(probing: str) -> None:
    """The table of addresses is the prober's own, and the prober does what it says."""
    rows = table(probing, "Rule")
    ranges = {(rule, text) for rule, row in zip(words(rows), rows, strict=True)
              for text in re.findall("`([^`]+)`", row[1])}  # fmt: skip

    assert ranges == {*guard._ALWAYS, *guard._BEYOND_PUBLIC}
    public, internal = AddressPolicy(Reach.PUBLIC_ONLY), AddressPolicy()
    always = {rule for rule, row in zip(words(rows), rows, strict=True) if row[2] == "denied"}
    assert {row[3] for row in rows} == {"denied"}
    for rule, text in ranges:
        network = ip_network(text)
        address = str(network[network.num_addresses // 2])
        assert public.check(address) is not None, text
        denied = internal.check(address)
        assert rule == "embedded" or (denied is not None) is (rule in always), text


def test_the_limits_are_those_of_the_settings(probing: str) -> None:
    """What the page says in figures is what is set where nobody says otherwise."""
    usual = ProbeSettings()

    assert f"a request takes at most {usual.request_limit_s:g} s" in probing
    assert f"a name takes at most {usual.dns_limit_s:g} s" in probing
    assert f"({usual.per_host} requests at a time and host)" in probing
    assert f"at most {usual.redirects}, each hop" in probing
    assert f"more than {usual.redirects} redirects" in probing
    assert usual.body_cap_bytes == 1024 * 1024
    assert "Over 1 MiB, counted after decoding" in probing


def test_what_can_be_asked_without_a_manifest(probing: str) -> None:
    """Each kind of records and each protocol before a handshake is named."""
    rows = {row[0]: row[1] for row in table(probing, "URL")}

    assert ", ".join(RecordType) in rows["`dns:name?type=MX`"]
    said = rows["`smtp+tls://host:port`"]
    assert {"smtp", *re.findall("`([a-z0-9]+)`", said)} == {each.value for each in StartTls}


ANSWERS: dict[str, Seen] = {
    "a page": Reply(
        url="https://a.test/", status=200, body=b"{}", address="192.0.2.1:443", tls=TLS
    ),
    "a handshake": Handshake(where="a.test:443", tls=TLS, address="192.0.2.1:443"),
    "a greeting": Greeting(where="a.test:25", address="192.0.2.1:25"),
    "DNS records": DnsAnswer(name="a.test", type=RecordType.A, resolver="b", rcode="NOERROR"),
}


def test_every_subject_is_explained(expectations: str) -> None:
    """Each with its type, its argument, and the answers that have it."""
    rows = table(expectations, "Subject")
    told = [re.fullmatch(r'([a-z._]+)(\("[^"]+"\))?', word) for word in words(rows)]
    names = [each[1] for each in told if each]

    assert sorted(names) == sorted(KINDS)
    assert {each[1] for each in told if each and each[2]} == ARGUMENTS
    for name, row in zip(names, rows, strict=True):
        assert row[1] == KINDS[name].value, name
        subject = Subject(name=name, kind=KINDS[name], argument="x")
        has = [
            what
            for what, answer in ANSWERS.items()
            if value_of(subject, answer, lambda _: None) is not Foreign
        ]
        assert row[2] == ("everything" if len(has) == len(ANSWERS) else ", ".join(has)), name


SAMPLES = {
    Kind.NUMBER: ("status", "1"),
    Kind.DURATION: ("total", "1s"),
    Kind.TEXT: ("body", '"x"'),
    Kind.TEXTS: ('header("x")', '"x"'),
    Kind.TRUTH: ("tls.trusted", "true"),
    Kind.VERSION: ("tls.version", "1.2"),
    Kind.JSON: ('json("$.x")', '"x"'),
}


def understood(text: str) -> bool:
    """Return whether an expectation can be read."""
    try:
        compile_expectation(text)
    except ExpectationError:
        return False
    return True


def test_every_operator_is_explained(expectations: str) -> None:
    """Each with the types that it can be asked of."""
    rows = table(expectations, "Operator")

    assert words(rows) == [operator.value for operator in Operator]
    for operator, row in zip(words(rows), rows, strict=True):
        bare = operator in (Operator.PRESENT, Operator.ABSENT)
        takes = [
            kind.value
            for kind, (subject, operand) in SAMPLES.items()
            if understood(f"{subject} {operator}" if bare else f"{subject} {operator} {operand}")
            or understood(f"{subject} {operator} 1")
        ]
        said = [kind.value for kind in Kind] if row[1] == "everything" else row[1].split(", ")
        assert sorted(said) == sorted(takes), operator


PAGE = Reply(
    url="http://a.test/",
    status=200,
    headers=(("x-a", "1"),),
    body=b'{"status": "ok", "n": 3, "parts": [{"ms": 4}, {"ms": 90}]}',
)
WORDS = {
    Verdict.MET: "holds",
    Verdict.UNMET: "does not hold",
    Verdict.UNKNOWN: "cannot be told",
}


def test_what_is_not_there_is_judged_as_said(expectations: str) -> None:
    """Each example of the page is held against the page it speaks of."""
    assert PAGE.text() in expectations
    rows = table(expectations, "Expectation")

    assert {row[1] for row in rows} == set(WORDS.values())
    for text, row in zip(words(rows), rows, strict=True):
        verdict = compile_expectation(text).judge(PAGE, lambda _: None).verdict
        assert WORDS[verdict] == row[1], text


def test_the_two_forms_say_the_same(expectations: str) -> None:
    """The tree beside each text has its key, and says it in text."""
    rows = table(expectations, "Text")

    for row, key in zip(rows, ("all", "any", "not"), strict=True):
        tree = re.findall("`([^`]+)`", row[1])[0]
        assert list(yaml.safe_load(tree)) == [key]
        (check,) = manifest(f"checks: {{http.expect: {{expect: {{{tree}}}}}}}")
        text = str(dict(check.options)["expect"])
        assert re.sub("[()]", "", text) == re.findall("`([^`]+)`", row[0])[0]


def manifest(spec: str) -> tuple[CheckRequest, ...]:
    """Return what a manifest with *spec* asks of checks."""
    head = "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: a}\nspec:\n"
    return read_manifest((head + textwrap.indent(spec, "  ")).encode(), "a").manifest.checks


def test_the_examples_are_understood(probing: str, expectations: str) -> None:
    """What is shown as YAML is taken by a manifest, and every expectation in it is read."""
    found: Iterator[str] = iter(re.findall(r"```yaml\n(.*?)```", probing + expectations, re.DOTALL))
    read = 0
    for block in (each for each in found if "kind: Secrets" not in each):
        for check in manifest(block):
            for name, value in check.options:
                if name == "expect":
                    read += 1
                    assert fault_of_expectation(str(value)) == "", value
    assert read == 3


def test_a_wrong_table_is_noticed() -> None:
    """The reader of tables takes cells as they stand, and misses none."""
    text = "| Reason | What |\n|---|---|\n| `a` | x, y |\n| `b` \\| c | z |\n\nno | table |\n"

    assert table(text, "Reason") == [["`a`", "x, y"], ["`b` \\| c", "z"]]
    assert json.dumps(words(table(text, "Reason"))) == '["a", "b"]'


def test_the_secrets_file_is_one(root: Path, tmp_path: Path) -> None:
    """What the document shows of a secrets file can be used as it stands."""
    text = (root / "docs" / "probing.md").read_text("utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (shown,) = (block for block in blocks if "kind: Secrets" in block)
    file = tmp_path / "secrets.yaml"
    file.write_text(shown)

    found = read_secrets(file, {"PAY_TOKEN": "abcdefgh", "OLD_TOKEN": "ijklmnop"})

    assert [each.name for each in found.registered] == ["old-token", "pay-token"]
    assert found.values == ("ijklmnop", "abcdefgh")
