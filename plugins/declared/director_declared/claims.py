"""How a declaration is judged: what all checks of this plugin have in common."""

from __future__ import annotations

from director.plugin import (
    Answer,
    CheckSpec,
    Claim,
    Evidence,
    EvidenceKind,
    Exemption,
    Failed,
    Manifest,
    NotApplicable,
    Passed,
    Unknown,
)

_DECLARED = EvidenceKind.DECLARED


def judge_claim(manifest: Manifest, name: str, spec: CheckSpec) -> Answer:
    """Judge a declaration that is a plain yes or no.

    Yes passes and no fails. What is absent, or is neither yes nor no, leaves it unknown:
    silence is not consent.

    Args:
        manifest: What the team declares.
        name: The key under ``declares``.
        spec: The check, whose remedy goes with a failure.
    """
    claim = find_claim(manifest, name)
    if not isinstance(claim, Claim):
        return claim
    if claim.value is True:
        return Passed(
            f"the team declares {name}: true", "true", "true", evidence=(evidence_of(claim, name),)
        )
    if claim.value is False:
        return Failed(
            f"the team declares {name}: false",
            remedy=spec.remedy,
            observed="false",
            expected="true",
            code="declared_false",
            evidence=(evidence_of(claim, name),),
        )
    return misdeclared(claim, name, "true or false")


def find_claim(manifest: Manifest, name: str) -> Claim | NotApplicable | Unknown:
    """Return the claim under *name*, or the answer that stands where there is none."""
    match manifest.declaration(name):
        case Claim() as claim:
            return claim
        case Exemption(reason):
            return NotApplicable(reason)
        case None:
            return Unknown(f"the manifest says nothing under declares.{name}", "not_declared")


def misdeclared(claim: Claim, name: str, expected: str) -> Unknown:
    """Return the answer to a claim that does not say what was asked."""
    return Unknown(
        f"declares.{name} must be {expected}, got {claim.value!r}",
        "misdeclared",
        (evidence_of(claim, name),),
    )


def evidence_of(claim: Claim, name: str) -> Evidence:
    """Return what stands behind *claim*: the team's own evidence, or else its word."""
    return Evidence(_DECLARED, claim.evidence or f"manifest: declares.{name}", claim.at)
