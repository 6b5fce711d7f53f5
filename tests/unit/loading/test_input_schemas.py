"""loading.schema: editors accept what we accept, and refuse what they can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from director.loading.schema import manifest_schema, profile_schema

MANIFEST, POLICY = manifest_schema(), profile_schema()
SERVICE = "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: a}\n"
PROFILE = "apiVersion: readiness/v1\nkind: Profile\nmetadata: {name: a}\n"
THRESHOLDS = "thresholds: {go: 0.9, conditional: 0.7}"


def accepts(schema: dict[str, Any], text: str) -> bool:
    """Return whether *schema* takes the YAML in *text*."""
    return Draft202012Validator(schema).is_valid(yaml.safe_load(text))


@pytest.mark.parametrize("schema", [MANIFEST, POLICY], ids=["service", "profile"])
def test_the_schemas_are_schemas(schema: dict[str, Any]) -> None:
    """Both are valid JSON Schemas of draft 2020-12, with a title."""
    Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] in {"Service manifest", "Readiness profile"}


def mappings(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each mapping with named keys in *schema*."""
    yield schema
    yield from schema["$defs"].values()


@pytest.mark.parametrize("schema", [MANIFEST, POLICY], ids=["service", "profile"])
def test_every_key_is_explained(schema: dict[str, Any]) -> None:
    """Each mapping takes no other keys than its own, and each key says what it is for."""
    for mapping in mappings(schema):
        assert mapping["description"], mapping["title"]
        assert (
            mapping["additionalProperties"] is False or mapping["title"] == "CheckRequestDocument"
        )
        for key, value in mapping["properties"].items():
            explained = value.get("description") or value["$ref"]
            assert explained, f"{mapping['title']}.{key}"
            assert {"type": "null"} not in value.get("anyOf", ()), f"{mapping['title']}.{key}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spec: {}",
        "spec: {declares: {logging: true, sla: {latency_ms: 1}, test_coverage_percent: 87}}",
        "spec: {declares: {logging: {value: true, evidence: x, at: '2026-10-01'}}}",
        "spec: {declares: {backup: {not_applicable: stateless}, sla: {value: true}}}",
        "spec: {environments: {prod: {base_url: https://x/y, schedule: {every: 5m}}}}",
        "spec: {checks: {http.health: {role: blocker, path: /, budget_s: 0.5, strict: true}}}",
        "spec: {waivers: [{check: a.b, reason: x, ticket: y, expires_at: '2026-12-31'}]}",
    ],
)
def test_good_manifests_are_accepted(text: str) -> None:
    """What loads is accepted by the schema."""
    assert accepts(MANIFEST, SERVICE + text)


@pytest.mark.parametrize(
    "text",
    [
        "metdata: {}",
        "spec: ~",
        "spec: {profile: mine.yaml}",
        "spec: {declares: {logging: maybe}}",
        "spec: {declares: {logging: ~}}",
        "spec: {declares: {loging: true}}",
        "spec: {declares: {sla: {}}}",
        "spec: {declares: {test_coverage_percent: true}}",
        "spec: {declares: {test_coverage_percent: 101}}",
        "spec: {declares: {backup: {not_applicable: x, value: true}}}",
        "spec: {environments: {Prod: {}}}",
        "spec: {environments: {prod: {base_url: 'ftp://x'}}}",
        "spec: {environments: {prod: {base_url: 'https://u:p@x'}}}",
        "spec: {environments: {prod: {schedule: {every: 5}}}}",
        "spec: {checks: {health: {}}}",
        "spec: {checks: {http.health: {Path: x}}}",
        "spec: {checks: {http.health: {path: []}}}",
        "spec: {checks: {http.health: {role: shadow}}}",
        "spec: {waivers: [{check: a.b}]}",
        "spec: {artifact: {digest: 'sha256:abc'}}",
    ],
)
def test_bad_manifests_are_refused(text: str) -> None:
    """What does not load for its shape is refused by the schema."""
    assert not accepts(MANIFEST, SERVICE + text)


@pytest.mark.parametrize(
    "text",
    [
        f"spec: {{{THRESHOLDS}}}",
        f"spec: {{{THRESHOLDS}, checks: {{a.b: {{category: c, role: required}}}}}}",
        "spec: {extends: base}",
        "spec: {extends: base, thresholds: {go: 1}, checks: {a.b: {max_age: 30d}}}",
        f"spec: {{{THRESHOLDS}, categories: {{c: {{floor: 0.5, weight: 2}}}}, max_age: 24h}}",
        f"spec: {{{THRESHOLDS}, override: {{roles: [vp], never: [a.b]}}}}",
    ],
)
def test_good_profiles_are_accepted(text: str) -> None:
    """What loads is accepted by the schema, and a child may leave keys to its parent."""
    assert accepts(POLICY, PROFILE + text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spec: {}",
        "spec: {thresholds: {go: 0.9}}",
        f"spec: {{{THRESHOLDS}, checks: {{a.b: {{role: required}}}}}}",
        f"spec: {{{THRESHOLDS}, minimum_checks: 2}}",
        f"spec: {{{THRESHOLDS}, fail_budget: -1}}",
        f"spec: {{{THRESHOLDS}, fail_budget: 1.5}}",
        f"spec: {{{THRESHOLDS}, max_age: 1}}",
        f"spec: {{{THRESHOLDS}, categories: {{c: {{weight: -1}}}}}}",
        "spec: {extends: base, thresholds: {go: 1.1}}",
        "spec: {extends: base, checks: {a.b: {when: never}}}",
        "spec: {extends: base, checks: {a.b: {undated: maybe}}}",
        "spec: {extends: base, override: {roles: vp}}",
    ],
)
def test_bad_profiles_are_refused(text: str) -> None:
    """What does not load for its shape is refused by the schema."""
    assert not accepts(POLICY, PROFILE + text)


def test_each_call_returns_a_new_schema() -> None:
    """Whoever changes a schema changes only their own."""
    manifest_schema().clear()

    assert manifest_schema()["title"] == "Service manifest"
