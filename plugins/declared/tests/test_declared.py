"""declared: what a team says of its service is judged, and silence is not consent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from director.plugin import (
    Claim,
    Declaration,
    Evidence,
    EvidenceKind,
    Exemption,
    Failed,
    Manifest,
    ManifestCheck,
    NotApplicable,
    Passed,
    Role,
    Sla,
    Tighter,
    Unknown,
    Warned,
)
from director_declared import director_checks
from director_declared.coverage import CoverageCheck
from director_declared.reliability import BackupCheck
from director_declared.security import SecurityReviewCheck
from director_declared.sla import ANY_LATENCY_MS, SLACheck

REVIEWED_AT = datetime(2026, 10, 1, tzinfo=UTC)

YES_OR_NO = [
    "alerts",
    "backup",
    "healthcheck",
    "load_test",
    "logging",
    "metrics",
    "on_call",
    "rollback_plan",
    "runbook",
    "security_review",
]
CHECKS = {class_.spec.id: class_ for class_ in director_checks()}


def manifest(**declares: Declaration) -> Manifest:
    """Return a manifest with these declarations."""
    return Manifest(name="pay", digest="sha256:0", declares=tuple(sorted(declares.items())))


def check(name: str) -> ManifestCheck:
    """Return the check of that declaration with its defaults."""
    made = CHECKS[f"declared.{name}"]()
    assert isinstance(made, ManifestCheck)
    return made


def test_every_declaration_has_its_check() -> None:
    """The plugin offers one check per declaration, and nothing else."""
    assert sorted(CHECKS) == sorted(
        f"declared.{name}" for name in [*YES_OR_NO, "sla", "test_coverage"]
    )


def test_a_security_review_blocks_by_default() -> None:
    """Where no profile says otherwise, no other result outweighs a missing security review."""
    assert SecurityReviewCheck.spec.role is Role.BLOCKER
    assert SecurityReviewCheck.spec.category == "security"


@pytest.mark.parametrize("name", YES_OR_NO)
def test_yes_passes(name: str) -> None:
    """A declaration of true passes on the team's word."""
    outcome = check(name).judge(manifest(**{name: Claim(value=True)}))

    assert outcome == Passed(
        f"the team declares {name}: true",
        "true",
        "true",
        (Evidence(EvidenceKind.DECLARED, f"manifest: declares.{name}"),),
    )


@pytest.mark.parametrize("name", YES_OR_NO)
def test_no_fails_with_a_remedy(name: str) -> None:
    """A declaration of false fails and says what to do."""
    outcome = check(name).judge(manifest(**{name: Claim(value=False)}))

    assert isinstance(outcome, Failed)
    assert outcome.reason == f"the team declares {name}: false"
    assert outcome.remedy == CHECKS[f"declared.{name}"].spec.remedy
    assert (outcome.observed, outcome.expected, outcome.code) == ("false", "true", "declared_false")
    assert outcome.evidence[0].kind is EvidenceKind.DECLARED


@pytest.mark.parametrize("name", [*YES_OR_NO, "sla", "test_coverage"])
def test_silence_is_not_consent(name: str) -> None:
    """What is not declared is unknown, and the answer names the key."""
    outcome = check(name).judge(manifest())

    key = "test_coverage_percent" if name == "test_coverage" else name
    assert outcome == Unknown(f"the manifest says nothing under declares.{key}", "not_declared")


@pytest.mark.parametrize("name", [*YES_OR_NO, "sla", "test_coverage"])
def test_an_exemption_gives_its_reason(name: str) -> None:
    """What the team says does not apply is not applicable, for the team's reason."""
    key = "test_coverage_percent" if name == "test_coverage" else name
    outcome = check(name).judge(manifest(**{key: Exemption("stateless")}))

    assert outcome == NotApplicable("stateless")


@pytest.mark.parametrize("name", YES_OR_NO)
@pytest.mark.parametrize("value", [1, 0, 1.0, 87.5, Sla(99.9)])
def test_neither_yes_nor_no_is_unknown(name: str, value: float | Sla) -> None:
    """A number in the place of a yes or no proves nothing, not even 1."""
    outcome = check(name).judge(manifest(**{name: Claim(value)}))

    assert isinstance(outcome, Unknown)
    assert outcome.code == "misdeclared"


@pytest.mark.parametrize("value", [True, False])
def test_evidence_and_date_of_the_claim_are_kept(value: bool) -> None:  # a case
    """What the team gives as evidence stands in the answer, with its date."""
    claim = Claim(value=value, evidence="https://wiki/sec-42", at=REVIEWED_AT)

    outcome = check("security_review").judge(manifest(security_review=claim))

    assert isinstance(outcome, Passed | Failed)
    assert outcome.evidence == (
        Evidence(EvidenceKind.DECLARED, "https://wiki/sec-42", REVIEWED_AT),
    )


def test_backup_reads_the_backup_field() -> None:
    """BackupCheck judges declares.backup and nothing else."""
    declared = manifest(backup=Claim(value=True), logging=Claim(value=False))

    assert isinstance(BackupCheck().judge(declared), Passed)


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(0, Failed), (79.9, Failed), (80, Passed), (80.1, Passed), (100, Passed)],
)
def test_the_minimum_coverage_is_inclusive(percent: float, expected: type) -> None:
    """Coverage of exactly the minimum is enough."""
    outcome = CoverageCheck(80.0).judge(manifest(test_coverage_percent=Claim(percent)))

    assert isinstance(outcome, expected)
    assert isinstance(outcome, Passed | Failed)
    assert outcome.observed == f"{percent:g} %"
    assert outcome.expected == "80 %"
    assert outcome.evidence[0].source == "manifest: declares.test_coverage_percent"


@pytest.mark.parametrize("value", [True, -0.1, 100.1, float("nan"), float("inf"), Sla(99.0)])
def test_coverage_without_a_percentage_is_unknown(value: float | Sla) -> None:
    """A claim that names no percentage from 0 to 100 proves nothing."""
    outcome = CoverageCheck().judge(manifest(test_coverage_percent=Claim(value)))

    assert isinstance(outcome, Unknown)
    assert outcome.code == "misdeclared"


def test_unmeasured_coverage_fails() -> None:
    """A team that says it has no coverage fails, with a remedy."""
    outcome = CoverageCheck().judge(manifest(test_coverage_percent=Claim(value=False)))

    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.remedy) == ("declared_false", CoverageCheck.spec.remedy)


def test_no_sla_fails() -> None:
    """A team that promises nothing fails, with a remedy."""
    outcome = SLACheck().judge(manifest(sla=Claim(value=False)))

    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.remedy) == ("declared_false", SLACheck.spec.remedy)


@pytest.mark.parametrize("value", [True, Sla()])
def test_an_sla_without_a_figure_warns(value: bool | Sla) -> None:  # a case
    """A promise that nobody can measure is half a promise."""
    outcome = SLACheck().judge(manifest(sla=Claim(value)))

    assert isinstance(outcome, Warned)
    assert outcome.remedy == SLACheck.spec.remedy


@pytest.mark.parametrize(
    ("sla", "observed"),
    [
        (Sla(99.9, 300), "99.9 % available, within 300 ms"),
        (Sla(99.9), "99.9 % available"),
        (Sla(None, 300), "within 300 ms"),
    ],
)
def test_any_figure_passes_by_default(sla: Sla, observed: str) -> None:
    """Where nothing particular is asked, any figure is a promise."""
    outcome = SLACheck().judge(manifest(sla=Claim(sla, "https://wiki/sla", REVIEWED_AT)))

    assert isinstance(outcome, Passed)
    assert (outcome.observed, outcome.expected) == (observed, "any figure")
    assert outcome.evidence == (Evidence(EvidenceKind.DECLARED, "https://wiki/sla", REVIEWED_AT),)


@pytest.mark.parametrize(
    ("sla", "expected"),
    [
        (Sla(99.49, 300), Failed),
        (Sla(99.5, 300), Passed),
        (Sla(99.51, 300), Passed),
        (Sla(99.9, 499), Passed),
        (Sla(99.9, 500), Passed),
        (Sla(99.9, 501), Failed),
        (Sla(99.0), Failed),
        (Sla(None, 501), Failed),
        (Sla(float("nan"), 300), Failed),
        (Sla(99.9), Unknown),
        (Sla(None, 300), Unknown),
        (Sla(), Unknown),
    ],
)
def test_what_is_asked_of_an_sla_is_inclusive(sla: Sla, expected: type) -> None:
    """Exactly what is asked is enough; less fails; a figure that is asked and absent is unknown."""
    demanding = SLACheck(min_availability_percent=99.5, max_latency_ms=500.0)

    assert isinstance(demanding.judge(manifest(sla=Claim(sla))), expected)


@pytest.mark.parametrize(
    "demanding", [SLACheck(min_availability_percent=99.5), SLACheck(max_latency_ms=500.0)]
)
def test_a_bare_yes_is_not_enough_where_a_figure_is_asked(demanding: SLACheck) -> None:
    """sla: true leaves a demanding check unknown."""
    outcome = demanding.judge(manifest(sla=Claim(value=True)))

    assert isinstance(outcome, Unknown)
    assert outcome.code == "no_figure"


def test_an_sla_that_is_a_number_is_unknown() -> None:
    """A number without a name could be availability or latency."""
    outcome = SLACheck().judge(manifest(sla=Claim(99.9)))

    assert isinstance(outcome, Unknown)
    assert outcome.code == "misdeclared"


def test_the_options_have_a_direction() -> None:
    """A manifest may raise a minimum and lower a maximum, never the other way."""
    directions = {
        name: field.metadata["tighter"]
        for class_ in (SLACheck, CoverageCheck)
        for name, field in class_.__dataclass_fields__.items()
        if name != "spec"
    }

    assert directions == {
        "min_availability_percent": Tighter.HIGHER,
        "max_latency_ms": Tighter.LOWER,
        "min_percent": Tighter.HIGHER,
    }
    assert SLACheck().max_latency_ms == ANY_LATENCY_MS
