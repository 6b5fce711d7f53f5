"""How a declaration is judged: what all checks of this plugin have in common."""

from __future__ import annotations

from dataclasses import replace

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


class YesOrNo:
    """A declaration that is a plain yes or no.

    Yes passes and no fails. What is absent, or is neither yes nor no, leaves it unknown:
    silence is not consent. The two usual answers are made once; they are the same for every
    service that says just yes or no.

    Args:
        name: The key under ``declares``.
        spec: The check, whose remedy goes with a failure.
    """

    __slots__ = ("_name", "_no", "_yes")

    def __init__(self, name: str, spec: CheckSpec) -> None:
        word = (Evidence(_DECLARED, f"manifest: declares.{name}"),)
        self._name = name
        self._yes = Passed(f"the team declares {name}: true", "true", "true", word)
        self._no = Failed(
            f"the team declares {name}: false",
            remedy=spec.remedy,
            observed="false",
            expected="true",
            code="declared_false",
            evidence=word,
        )

    def judge(self, manifest: Manifest) -> Answer:
        """Return what *manifest* says under this name."""
        claim = find_claim(manifest, self._name)
        if not isinstance(claim, Claim):
            return claim
        if claim.value is not True and claim.value is not False:
            return misdeclared(claim, self._name, "true or false")
        usual = self._yes if claim.value else self._no
        if claim.evidence or claim.at:
            return replace(usual, evidence=(evidence_of(claim, self._name),))
        return usual


def find_claim(manifest: Manifest, name: str) -> Claim | NotApplicable | Unknown:
    """Return the claim under *name*, or the answer that stands where there is none."""
    declaration = manifest.declaration(name)
    if isinstance(declaration, Claim):
        return declaration
    if isinstance(declaration, Exemption):
        return NotApplicable(declaration.reason)
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
