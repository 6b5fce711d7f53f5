"""The shape of ``readiness.yaml``: every key, what it takes and what it is for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from director.loading import terms
from director.loading.document import (
    API_VERSION,
    CheckId,
    Document,
    Name,
    OptionName,
    PolicyName,
    Term,
    Text,
    choice,
    number,
    spelled,
    whole,
    word,
)
from director.loading.schedule_document import ScheduleDocument
from director.model.check import Role
from director.model.manifest import Scalar
from director.model.waiver import WaiverCode

_YES_NO = Term(terms.yes_no, {"type": "boolean"})
_COVERAGE = Term(
    terms.coverage,
    {"anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, {"const": False}]},
)
_LATENCY = number(terms.latency_ms, terms.LONGEST_LATENCY_MS, over=True)
_AVAILABILITY = number(terms.availability, 100, over=True)

_URL = {
    "type": "string",
    "format": "uri",
    "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\\\?#@]+$",
    "maxLength": terms.LONGEST_URL,
}

_OptionValue = Annotated[
    Scalar,
    Term(
        terms.option_value,
        # A tree of expectations is text by the time it is read here.
        {
            "type": ["string", "number", "boolean", "array", "object"],
            "maxLength": terms.LONGEST_TEXT,
            "minItems": 1,
            "minProperties": 1,
        },
    ),
]

Instant = Annotated[datetime, Term(terms.instant, spelled(terms.INSTANT_PATTERN))]


class ExemptionDocument(Document):
    """The question does not apply to this service."""

    model_config = ConfigDict(title="exemption")

    not_applicable: Text = Field(
        description="Why the question does not apply.",
        examples=["stateless, all data lives in the ledger"],
    )


class SlaDocument(Document):
    """A promised level of service; at least one of the two."""

    model_config = ConfigDict(title="service level", json_schema_extra={"minProperties": 1})

    availability_percent: Annotated[float, _AVAILABILITY] | None = Field(
        default=None, description="Share of time the service answers, in percent.", examples=[99.9]
    )
    latency_ms: Annotated[float, _LATENCY] | None = Field(
        default=None, description="Longest acceptable answer, in milliseconds.", examples=[300]
    )

    @model_validator(mode="after")
    def _promises_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("must have availability_percent, latency_ms or both, got neither")
        return self


class _Backed(Document):
    """A claim with what it rests on."""

    evidence: Text | None = Field(
        default=None,
        description="Where it can be looked up, usually a URL.",
        examples=["https://wiki.example.com/sec-42"],
    )
    at: Instant | None = Field(
        default=None,
        description="When it was so: a date (UTC), or an RFC 3339 time with its offset.",
        examples=["2026-10-01"],
    )


class YesNoDocument(_Backed):
    """A claim that is true or false, with what it rests on."""

    model_config = ConfigDict(title="claim")

    value: Annotated[bool, _YES_NO] = Field(description="Whether it is so.", examples=[True])


class CoverageDocument(_Backed):
    """A measured test coverage, with what it rests on."""

    model_config = ConfigDict(title="claim")

    value: Annotated[float | bool, _COVERAGE] = Field(
        description="Covered share of the code in percent, or false.", examples=[87, False]
    )


def _form(value: object) -> str:
    if not isinstance(value, dict):
        return "<plain>"
    return "<exemption>" if "not_applicable" in value else "<claim>"


def _level_form(value: object) -> str:
    backed = isinstance(value, dict) and not {"value", "evidence", "at"}.isdisjoint(value)
    form = _form(value)
    return "<level>" if form == "<claim>" and not backed else form


_Plain = Annotated[bool, _YES_NO, Tag("<plain>")]
_Level = Annotated[SlaDocument, Tag("<level>")]
_Exempt = Annotated[ExemptionDocument, Tag("<exemption>")]


class SlaClaimDocument(_Backed):
    """A promised level of service, with what it rests on."""

    model_config = ConfigDict(title="claim")

    value: Annotated[_Plain | _Level, Discriminator(_level_form)] = Field(
        description="The promise, or whether there is one.",
        examples=[{"availability_percent": 99.9}],
    )


YesNo = Annotated[_Plain | Annotated[YesNoDocument, Tag("<claim>")] | _Exempt, Discriminator(_form)]
Coverage = Annotated[
    Annotated[float | bool, _COVERAGE, Tag("<plain>")]
    | Annotated[CoverageDocument, Tag("<claim>")]
    | _Exempt,
    Discriminator(_form),
]
Sla = Annotated[
    _Plain | _Level | Annotated[SlaClaimDocument, Tag("<claim>")] | _Exempt,
    Discriminator(_level_form),
]


class DeclaresDocument(Document):
    """What the team claims. False fails the check; what is absent stays unknown."""

    logging: YesNo | None = Field(
        default=None,
        description="Writes structured logs to the central log store.",
        examples=[True, False],
    )
    metrics: YesNo | None = Field(
        default=None, description="Exports metrics that are collected.", examples=[True, False]
    )
    alerts: YesNo | None = Field(
        default=None,
        description="Has alerts that reach a person when users are affected.",
        examples=[True, False],
    )
    healthcheck: YesNo | None = Field(
        default=None,
        description="Has a health endpoint that says whether it can serve.",
        examples=[True, False],
    )
    load_test: YesNo | None = Field(
        default=None,
        description="Was tested under the load that is expected.",
        examples=[
            True,
            False,
            {"value": True, "evidence": "https://ci.example.com/load/7", "at": "2026-10-01"},
        ],
    )
    security_review: YesNo | None = Field(
        default=None,
        description="Was reviewed for security, and the findings are closed.",
        examples=[
            True,
            False,
            {"value": True, "evidence": "https://wiki.example.com/sec-42", "at": "2026-10-01"},
        ],
    )
    runbook: YesNo | None = Field(
        default=None,
        description="Has a runbook for the incidents that are likely.",
        examples=[True, False],
    )
    on_call: YesNo | None = Field(
        default=None, description="Has a person on call at all times.", examples=[True, False]
    )
    backup: YesNo | None = Field(
        default=None,
        description="Backs up its data, and a restore was tried.",
        examples=[True, False, {"not_applicable": "stateless, all data lives in the ledger"}],
    )
    rollback_plan: YesNo | None = Field(
        default=None,
        description="Can be rolled back, and the team knows how.",
        examples=[True, False],
    )
    test_coverage_percent: Coverage | None = Field(
        default=None,
        description="Share of the code that its tests cover, in percent.",
        examples=[87, False],
    )
    sla: Sla | None = Field(
        default=None,
        description="The level of service that is promised.",
        examples=[{"availability_percent": 99.9, "latency_ms": 300}, False],
    )


class MetadataDocument(Document):
    """Which service this is."""

    name: Name = Field(
        description="The service; the same for its whole life.", examples=["payment-service"]
    )
    owner: Text | None = Field(
        default=None, description="The team that answers for it.", examples=["team-payments"]
    )
    tier: Annotated[int, whole(terms.tier, 0, 4)] | None = Field(
        default=None, description="How critical it is: 0 (most) to 4.", examples=[1]
    )
    version: Text | None = Field(
        default=None,
        description="The version that is launched; in quotes where it looks like a number.",
        examples=["2.7.1"],
    )
    description: Text | None = Field(
        default=None, description="What the service does.", examples=["Takes card payments"]
    )


class ArtifactDocument(Document):
    """What exactly is launched."""

    digest: Annotated[str, Term(terms.digest, spelled(terms.DIGEST_PATTERN))] = Field(
        description="Digest of the artifact: 'sha256:' and 64 hexadecimal digits.",
        examples=[f"sha256:{64 * '0'}"],
    )


class EnvironmentDocument(Document):
    """One place in which the service runs."""

    base_url: Annotated[str, Term(terms.base_url, _URL)] | None = Field(
        default=None,
        description="Where the service answers there; live checks ask it.",
        examples=["https://pay.example.com"],
    )
    schedule: ScheduleDocument | None = Field(
        default=None,
        description="How often it is evaluated again; only on request if absent.",
        examples=[{"every": "5m"}],
    )


class CheckRequestDocument(Document):
    """Options of one check, and perhaps a stricter role. They may tighten, never loosen."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"propertyNames": {"pattern": f"^(?:{terms.OPTION_PATTERN})$"}},
    )

    role: Annotated[Role, choice(Role, Role.SHADOW)] | None = Field(
        default=None, description="The role it shall have at least.", examples=["required"]
    )
    __pydantic_extra__: dict[OptionName, _OptionValue]

    @property
    def options(self) -> dict[str, Scalar]:
        """The options, which are all keys but the reserved one."""
        return dict(self.__pydantic_extra__)


class WaiverDocument(Document):
    """A wish to be excused from one check; without effect until somebody else approves it."""

    check: CheckId = Field(
        description="The check to be excused from.", examples=["declared.load_test"]
    )
    reason: Text = Field(description="Why.", examples=["waiting for the rig"])
    ticket: Text = Field(description="Where the work is tracked.", examples=["OPS-123"])
    expires_at: Instant = Field(
        description="When it ends: a date (the start of that day, UTC) or an RFC 3339 time.",
        examples=["2026-12-31"],
    )
    code: Annotated[WaiverCode, choice(WaiverCode)] | None = Field(
        default=None,
        description="What kind of reason it is; accepted_risk.",
        examples=["fix_scheduled"],
    )


class SpecDocument(Document):
    """What the team declares and asks for."""

    profile: PolicyName | None = Field(
        default=None,
        description="The profile to be reviewed under, by its name.",
        examples=["standard", "strict"],
    )
    artifact: ArtifactDocument | None = Field(
        default=None,
        description="What exactly is launched.",
        examples=[{"digest": f"sha256:{64 * '0'}"}],
    )
    declares: DeclaresDocument = Field(
        default_factory=DeclaresDocument,
        description="What the team claims.",
        examples=[{"logging": True, "load_test": False}],
    )
    environments: dict[Name, EnvironmentDocument] = Field(
        default_factory=dict,
        max_length=terms.MOST_ENVIRONMENTS,
        description="Where the service runs, by name.",
        examples=[{"production": {"base_url": "https://pay.example.com"}}],
    )
    checks: dict[CheckId, CheckRequestDocument] = Field(
        default_factory=dict,
        max_length=terms.MOST_REQUESTS,
        description="Options of single checks, by check id.",
        examples=[{"http.health": {"path": "/healthz", "budget_s": 0.5}}],
    )
    waivers: list[WaiverDocument] = Field(
        default_factory=list,
        max_length=terms.MOST_REQUESTS,
        description="Requests to be excused from checks.",
        examples=[
            [
                {
                    "check": "declared.load_test",
                    "reason": "waiting for the rig",
                    "ticket": "OPS-123",
                    "expires_at": "2026-12-31",
                }
            ]
        ],
    )


class ManifestDocument(Document):
    """What a team declares about its service's readiness for production."""

    model_config = ConfigDict(title="Service manifest")

    api_version: Annotated[str, word(API_VERSION)] = Field(
        alias="apiVersion", description="The version of this format.", examples=[API_VERSION]
    )
    kind: Annotated[str, word("Service")] = Field(
        description="What this file is.", examples=["Service"]
    )
    metadata: MetadataDocument = Field(
        description="Which service this is.",
        examples=[{"name": "payment-service", "owner": "team-payments"}],
    )
    spec: SpecDocument = Field(
        default_factory=SpecDocument,
        description="What the team declares and asks for.",
        examples=[{"profile": "standard", "declares": {"logging": True}}],
    )
