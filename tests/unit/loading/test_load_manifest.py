"""loading.manifest: what a team writes is what the manifest says."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from time import process_time

import pytest

from director.errors import Fault, ManifestError
from director.loading.manifest import LoadedManifest, read_manifest
from director.model.check import Role
from director.model.manifest import (
    CheckRequest,
    Claim,
    Environment,
    Exemption,
    Manifest,
    Schedule,
    Sla,
    WaiverRequest,
)

SMALLEST = "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: a}\n"
DIGEST = "sha256:" + "0a" * 32
FULL = f"""\
apiVersion: readiness/v1
kind: Service
metadata:
  name: payment-service
  owner: team-payments
  tier: 1
  version: 2.7.1
  description: |
    Takes card
    payments
spec:
  profile: standard
  artifact: {{digest: "{DIGEST}"}}
  declares:
    logging: true
    load_test: false
    security_review: {{value: true, evidence: https://wiki/sec-42, at: 2026-10-01}}
    backup: {{not_applicable: "stateless, all data lives in the ledger"}}
    test_coverage_percent: {{value: 87, at: "2026-10-01T02:00:00+02:00"}}
    sla: {{availability_percent: 99.9, latency_ms: 300}}
  environments:
    staging: {{}}
    production: {{base_url: https://pay.example.com/, schedule: {{every: 5m}}}}
  checks:
    http.health: {{path: /healthz, budget_s: 0.5, role: blocker, strict: true, tries: 2}}
    declared.sla: {{}}
  waivers:
    - check: declared.load_test
      reason: waiting for the rig
      ticket: OPS-123
      expires_at: 2026-12-31
"""


def read(text: str) -> LoadedManifest:
    """Read *text* as a manifest."""
    return read_manifest(text.encode(), "readiness.yaml")


def declared(declaration: str) -> object:
    """Return the one declaration of a manifest that makes just that."""
    text = f"{SMALLEST}spec: {{declares: {{{declaration}}}}}"
    return read(text).manifest.declares[0][1]


def refused(text: str) -> list[str]:
    """Return the faults of *text*, from the line number on."""
    with pytest.raises(ManifestError) as caught:
        read(text)
    return [str(fault).removeprefix("readiness.yaml:") for fault in caught.value.faults]


def test_the_smallest_manifest_has_a_name() -> None:
    """A manifest with a name and nothing else is valid, and declares nothing."""
    manifest = read(SMALLEST).manifest

    assert manifest == Manifest(name="a", digest=manifest.digest)
    assert read(SMALLEST + "spec: {}").manifest.declares == ()


def test_a_full_manifest() -> None:
    """Everything that can be written arrives, sorted by name, in the model's units."""
    manifest = read(FULL).manifest

    assert manifest == Manifest(
        name="payment-service",
        digest=manifest.digest,
        owner="team-payments",
        tier=1,
        version="2.7.1",
        description="Takes card payments",
        profile="standard",
        artifact=DIGEST,
        declares=(
            ("backup", Exemption("stateless, all data lives in the ledger")),
            ("load_test", Claim(value=False)),
            ("logging", Claim(value=True)),
            (
                "security_review",
                Claim(
                    value=True,
                    evidence="https://wiki/sec-42",
                    at=datetime(2026, 10, 1, tzinfo=UTC),
                ),
            ),
            ("sla", Claim(Sla(availability_percent=99.9, latency_ms=300.0))),
            ("test_coverage_percent", Claim(87.0, "", datetime(2026, 10, 1, tzinfo=UTC))),
        ),
        environments=(
            Environment("production", "https://pay.example.com", Schedule(300.0)),
            Environment("staging"),
        ),
        checks=(
            CheckRequest("declared.sla"),
            CheckRequest(
                "http.health",
                Role.BLOCKER,
                (("budget_s", 0.5), ("path", "/healthz"), ("strict", True), ("tries", 2)),
            ),
        ),
        waivers=(
            WaiverRequest(
                "declared.load_test",
                "waiting for the rig",
                "OPS-123",
                datetime(2026, 12, 31, tzinfo=UTC),
            ),
        ),
    )


def test_identity_is_the_exact_bytes() -> None:
    """Two files that differ in a comment are two manifests."""
    one, other = read(SMALLEST).manifest, read(SMALLEST + "# \n").manifest

    assert one.digest != other.digest
    assert one.digest.startswith("sha256:")


def test_a_manifest_is_frozen_all_the_way_down() -> None:
    """Nothing in a loaded manifest can be changed, and all of it can be hashed."""
    loaded = read(FULL)

    with pytest.raises(FrozenInstanceError):
        loaded.manifest.name = "other"  # type: ignore[misc]
    assert hash(loaded.manifest) == hash(read(FULL).manifest)


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("alerts: true", Claim(value=True)),
        ("alerts: {value: false, evidence: ask Ann}", Claim(value=False, evidence="ask Ann")),
        ("alerts: {not_applicable: batch job}", Exemption("batch job")),
        ("test_coverage_percent: 0", Claim(0.0)),
        ("test_coverage_percent: false", Claim(value=False)),
        ("test_coverage_percent: {value: false}", Claim(value=False)),
        ("test_coverage_percent: {not_applicable: no code}", Exemption("no code")),
        ("sla: true", Claim(value=True)),
        ("sla: false", Claim(value=False)),
        ("sla: {latency_ms: 1}", Claim(Sla(latency_ms=1.0))),
        ("sla: {value: {availability_percent: 100}}", Claim(Sla(availability_percent=100.0))),
        ("sla: {value: true, evidence: e}", Claim(value=True, evidence="e")),
        ("sla: {not_applicable: internal}", Exemption("internal")),
    ],
)
def test_forms_of_a_declaration(declaration: str, expected: object) -> None:
    """A declaration is a plain value, a value with what backs it, or an exemption."""
    assert declared(declaration) == expected


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("alerts: yes", "must be true or false, got 'yes'"),
        ("alerts: 1", "must be true or false, got 1"),
        ("alerts: {evidence: x}", "must have the key 'value'"),
        ("alerts: {not_applicable: ''}", "must be text, got an empty one"),
        ("alerts: {not_applicable: true}", "must be text, got true: put it in quotes"),
        ("alerts: {not_applicable: x, value: true}",
         "must not have the key 'value' beside the others"),
        ("alerts: {value: {value: true}}", "must be true or false, got a mapping"),
        ("sla: {}", "must have availability_percent, latency_ms or both, got neither"),
        ("sla: {availability_percent: 0}", "must be over 0, got 0"),
        ("sla: {availability_percent: '99'}", "must be a number from 0 to 100, got '99'"),
        ("sla: {latency_ms: .inf}", "must be a finite number, got .inf"),
        ("sla: 99.9", "must be true or false, got 99.9"),
        ("sla: {value: {}}", "must have availability_percent, latency_ms or both, got neither"),
        ("test_coverage_percent: true", "must be a percentage from 0 to 100, or false, got true"),
        ("test_coverage_percent: {value: 101}",
         "must be a percentage from 0 to 100, or false, got 101"),
        ("loadtest: true", "unknown key 'loadtest', did you mean 'load_test'?"),
    ],
)  # fmt: skip
def test_a_declaration_of_no_form_is_refused(declaration: str, expected: str) -> None:
    """What is neither yes nor no, nor a figure where one belongs, is one fault."""
    faults = refused(f"{SMALLEST}spec: {{declares: {{{declaration}}}}}")

    assert [fault.partition(": ")[2] for fault in faults] == [expected]


def test_a_version_that_looks_like_a_number_must_be_quoted() -> None:
    """The version 2.7 is a number to YAML, so the fault asks for quotes; 2.7.1 is text."""
    text = SMALLEST.replace("name: a", "name: a, version: {}")

    assert refused(text.replace("{}", "2.70")) == ["3:30: must be text, got 2.7: put it in quotes"]
    assert read(text.replace("{}", "'2.70'")).manifest.version == "2.70"


def test_a_manifest_cannot_point_at_a_profile_file() -> None:
    """The profile is asked for by name: policy never comes from the folder that is judged."""
    for profile in ("./mine.yaml", "mine.yaml", "../x", "/etc/x.yml"):
        assert len(refused(f"{SMALLEST}spec: {{profile: {profile}}}")) == 1


def test_many_faults_are_placed_in_one_pass() -> None:
    """The places are found once, however many faults a later stage has."""
    options = ", ".join(f"o{number}: 1" for number in range(9_000))
    loaded = read(f"{SMALLEST}spec: {{checks: {{a.b: {{{options}}}}}}}")
    pointers = [("spec", "checks", "a.b", f"o{number}") for number in range(500)]

    began_s = process_time()
    found = {loaded.fault(pointer, "bad").column for pointer in pointers}

    assert len(found) == 500
    assert process_time() - began_s < 3  # One pass takes a tenth of a second, 500 a minute.


@pytest.mark.parametrize(
    ("part", "entry", "most"),
    [("environments", "e{}: {{}}", 100), ("checks", "a.c{}: {{}}", 200)],
)
def test_a_manifest_asks_for_no_more_than_can_be_planned(part: str, entry: str, most: int) -> None:
    """Environments and checks are bounded, as each environment plans every check."""
    entries = [entry.format(number) for number in range(most + 1)]

    assert read(f"{SMALLEST}spec: {{{part}: {{{', '.join(entries[:-1])}}}}}").manifest.name == "a"
    assert refused(f"{SMALLEST}spec: {{{part}: {{{', '.join(entries)}}}}}") == [
        f"4:8: must have at most {most} entries, got {most + 1}"
    ]


def test_later_stages_can_place_faults() -> None:
    """A loaded manifest finds the line of an option that only the catalog can judge."""
    loaded = read(FULL)

    assert loaded.fault(("spec", "checks", "http.health", "budget_s"), "bad") == Fault(
        "readiness.yaml", 25, 45, "bad"
    )
    assert str(loaded.fault(("spec", "checks", "nobody.knows"), "bad")) == (
        "readiness.yaml:24:3: bad"
    )


def test_all_faults_of_a_file_come_at_once() -> None:
    """Faults of YAML, of shape and of value are reported together, in the order of the text."""
    faults = refused(
        "apiVersion: readiness/v2\n"
        "kind: Service\n"
        "kind: Profile\n"
        "metdata: {name: a}\n"
        "spec:\n"
        "  declares: {logging: on, alerts: &a true, metrics: .nan}\n"
        "  environments: {production: {base_url: pay.example.com, schedule: {every: 5}}}\n"
        "  checks: {http.health: {role: shadow, Budget: 1}}\n"
        "  waivers: [{check: health, reason: x, ticket: y, expires_at: soon}]\n"
    )

    assert [fault.partition(" ")[0] for fault in faults] == [
        "1:1:", "1:13:", "3:1:", "4:1:", "6:23:", "6:35:", "6:53:", "7:41:", "7:76:", "8:32:",
        "8:48:", "9:21:", "9:63:",
    ]  # fmt: skip


def test_a_report_can_point_at_what_a_check_is_about() -> None:
    """The lines of declarations, checks and environments are known; the rest is not kept."""
    text = (
        "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: svc}\nspec:\n"
        "  declares:\n    logging: true\n    sla: {latency_ms: 300}\n"
        "  environments:\n    production:\n      base_url: https://svc.example.com\n"
        "  checks:\n    http.health: {path: /up}\n"
    )

    lines = read_manifest(text.encode(), "svc.yaml").lines

    assert lines == {
        "": 1,
        "declares": 5,
        "declares.logging": 6,
        "declares.sla": 7,
        "environments": 8,
        "environments.production": 9,
        "environments.production.base_url": 10,
        "checks": 11,
        "checks.http.health": 12,
    }
