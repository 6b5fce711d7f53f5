"""The shape of a profile: every key, what it takes and what it is for.

It is the shape of a profile with everything it extends laid under it; defaults stand in the model.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from director.loading import terms
from director.loading.document import (
    API_VERSION,
    CheckId,
    Document,
    DurationS,
    Name,
    OptionName,
    OptionValue,
    Text,
    choice,
    number,
    whole,
    word,
)
from director.model.check import Role
from director.model.profile import LEAST_CHECKS, Need, Unproven


class Permission(StrEnum):
    """Whether something is taken."""

    ALLOWED = "allowed"
    REFUSED = "refused"


Ratio = Annotated[Fraction, number(terms.ratio, 1)]
Weight = Annotated[Fraction, number(terms.weight, terms.LARGEST_WEIGHT)]
Count = Annotated[int, whole(terms.count, 0, terms.LARGEST_COUNT)]
MinimumChecks = Annotated[int, whole(terms.minimum_checks, LEAST_CHECKS, terms.LARGEST_COUNT)]
AnyRole = Annotated[Role, choice(Role)]
Permitted = Annotated[Permission, choice(Permission)]


class ThresholdsDocument(Document):
    """Scores that open the gate: 0 < conditional < go <= 1."""

    go: Ratio = Field(description="Score from which a decision may be GO.", examples=[0.9])
    conditional: Ratio = Field(description="Score below which a decision is NO_GO.", examples=[0.7])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 < self.conditional < self.go <= 1:
            got = f"conditional {float(self.conditional):g} and go {float(self.go):g}"
            raise ValueError(f"must be 0 < conditional < go <= 1, got {got}")
        return self


class ConditionsDocument(Document):
    """What a CONDITIONAL_GO asks for."""

    due_in: DurationS | None = Field(
        default=None,
        description="Time to close a condition, for example 14d; the default.",
        examples=["14d"],
    )


class CategoryDocument(Document):
    """A group of checks."""

    weight: Weight | None = Field(
        default=None,
        description="How much it counts beside the others; 1 by default.",
        examples=[3],
    )
    role: AnyRole | None = Field(
        default=None,
        description="The least role of every check in it, third parties' too.",
        examples=["blocker"],
    )
    floor: Ratio | None = Field(
        default=None, description="Score it must reach, 0 to 1.", examples=[0.75]
    )
    minimum_checks: Count | None = Field(
        default=None, description="Conclusive checks it must have; 0 by default.", examples=[2]
    )


class CheckDocument(Document):
    """What the profile says about one check."""

    category: Name = Field(description="The category it counts in.", examples=["reliability"])
    role: AnyRole = Field(description="What its failure means.", examples=["required"])
    weight: Weight | None = Field(
        default=None,
        description="How much it counts within its category; 1 by default.",
        examples=[1],
    )
    when: Annotated[Need, choice(Need)] | None = Field(
        default=None,
        description="What the target must have for it to apply; always if absent.",
        examples=["base_url"],
    )
    when_unproven: Annotated[Unproven, choice(Unproven)] | None = Field(
        default=None,
        description="What it means if it is required and cannot tell; no_go.",
        examples=["no_go"],
    )
    max_age: DurationS | None = Field(
        default=None,
        description="Oldest evidence that still counts; any age if absent.",
        examples=["365d"],
    )
    undated: Permitted | None = Field(
        default=None,
        description="Whether evidence without a date counts as fresh; allowed.",
        examples=["refused"],
    )
    not_applicable: Permitted | None = Field(
        default=None,
        description="Whether a reasoned 'does not apply' counts; allowed but for blockers.",
        examples=["refused"],
    )
    options: dict[OptionName, OptionValue] = Field(
        default_factory=dict,
        description="Options of the check; a manifest may tighten them.",
        examples=[{"budget_s": 0.5}],
    )


class OverrideDocument(Document):
    """Who may force a GO, and for how long."""

    roles: list[Name] = Field(
        default_factory=list,
        description="Roles whose signature counts; nobody's by default.",
        examples=[["vp"]],
    )
    expires_in: DurationS | None = Field(
        default=None, description="Longest life of an override; 72h by default.", examples=["72h"]
    )
    second_approver: list[CheckId] = Field(
        default_factory=list,
        description="Checks that need a second, different approver.",
        examples=[["declared.security_review"]],
    )
    never: list[CheckId] = Field(
        default_factory=list,
        description="Checks that nobody can override.",
        examples=[["declared.security_review"]],
    )


class WaiversDocument(Document):
    """Who may excuse a service from a check, and for how long."""

    roles: list[Name] | None = Field(
        default=None,
        description="Roles whose signature counts; by default those that may override.",
        examples=[["sre_lead"]],
    )
    expires_in: DurationS | None = Field(
        default=None, description="Longest life of a waiver; 90d by default.", examples=["90d"]
    )


class ProfileSpecDocument(Document):
    """The policy."""

    extends: Text | None = Field(
        default=None,
        description="A profile to begin with: its name, or a file relative to this one."
        " Mappings are merged key by key; other values and lists replace what was there.",
        examples=["standard", "./ours.yaml"],
    )
    thresholds: ThresholdsDocument = Field(
        description="Scores that open the gate.", examples=[{"go": 0.9, "conditional": 0.7}]
    )
    minimum_checks: MinimumChecks | None = Field(
        default=None,
        description="Conclusive counting checks that a decision needs; at least 3, the default.",
        examples=[3],
    )
    fail_budget: Count | None = Field(
        default=None,
        description="Failed required checks that are tolerated; 0 by default.",
        examples=[0],
    )
    warn_budget: Count | None = Field(
        default=None, description="Gaps that are tolerated for a GO; 0 by default.", examples=[0]
    )
    max_age: DurationS | None = Field(
        default=None,
        description="How long a decision stays valid; 24h by default.",
        examples=["24h"],
    )
    conditions: ConditionsDocument = Field(
        default_factory=ConditionsDocument,
        description="What a CONDITIONAL_GO asks for.",
        examples=[{"due_in": "14d"}],
    )
    categories: dict[Name, CategoryDocument] = Field(
        default_factory=dict,
        description="Categories by name; one that is not listed weighs 1 and has no floor.",
        examples=[{"security": {"weight": 3, "role": "blocker"}}],
    )
    checks: dict[CheckId, CheckDocument] = Field(
        default_factory=dict,
        description="The checks that must answer, by id.",
        examples=[{"declared.load_test": {"category": "reliability", "role": "advisory"}}],
    )
    override: OverrideDocument = Field(
        default_factory=OverrideDocument,
        description="Who may force a GO, and for how long.",
        examples=[{"roles": ["vp"], "expires_in": "72h"}],
    )
    waivers: WaiversDocument = Field(
        default_factory=WaiversDocument,
        description="Who may excuse a service from a check, and for how long.",
        examples=[{"roles": ["sre_lead"], "expires_in": "90d"}],
    )


class ProfileMetadataDocument(Document):
    """Which profile this is."""

    name: Name = Field(description="The profile.", examples=["payments"])
    description: Text | None = Field(
        default=None,
        description="What the profile is for.",
        examples=["For services that move money"],
    )


class ProfileHeadDocument(Document):
    """What every file of a profile says of itself, whatever it leaves to others."""

    api_version: Annotated[str, word(API_VERSION)] = Field(
        alias="apiVersion", description="The version of this format.", examples=[API_VERSION]
    )
    kind: Annotated[str, word("Profile")] = Field(
        description="What this file is.", examples=["Profile"]
    )
    metadata: ProfileMetadataDocument = Field(
        description="Which profile this is.", examples=[{"name": "payments"}]
    )


class ProfileDocument(ProfileHeadDocument):
    """The policy that a review follows."""

    model_config = ConfigDict(title="Readiness profile")

    spec: ProfileSpecDocument = Field(
        description="The policy.", examples=[{"extends": "standard", "warn_budget": 0}]
    )
