"""loading.schema: editors accept what we accept, and refuse what they can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from director.loading.schema import manifest_schema, profile_schema
from director.model.catalog import Offer, OptionKind, OptionSpec
from director.model.check import CheckSpec, Tighter

MANIFEST, POLICY = manifest_schema(), profile_schema()
SERVICE = "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: a}\n"
PROFILE = "apiVersion: readiness/v1\nkind: Profile\nmetadata: {name: a}\n"
THRESHOLDS = "thresholds: {go: 0.9, conditional: 0.7}"


def accepts(schema: dict[str, Any], text: str) -> bool:
    """Return whether *schema* takes the YAML in *text*."""
    return Draft7Validator(schema).is_valid(yaml.safe_load(text))


def offer(check: str, *options: OptionSpec) -> Offer:
    """Return a check as the catalog has it."""
    spec = CheckSpec(id=check, title="Does it", category="c", why="It must.", remedy="Do it.")
    return Offer(spec, options)


BUDGET = OptionSpec(name="budget_s", kind=OptionKind.NUMBER, default=1.0, tighter=Tighter.LOWER)
EXPECT = OptionSpec(name="expect", kind=OptionKind.EXPECTATION, default="")
OFFERS = (offer("a.fast", BUDGET), offer("b.plain"), offer("c.right", EXPECT))
ALL = {
    "manifest": MANIFEST,
    "profile": POLICY,
    "manifest with checks": manifest_schema(OFFERS),
    "profile with checks": profile_schema(OFFERS),
}
every = pytest.mark.parametrize("schema", ALL.values(), ids=ALL)


@every
def test_the_schemas_are_schemas(schema: dict[str, Any]) -> None:
    """All are valid JSON Schemas of draft-07, which editors know, with a title and no reference."""
    Draft7Validator.check_schema(schema)

    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["title"] in {"Service manifest", "Readiness profile"}
    assert "$ref" not in json.dumps(schema)


def mappings(schema: dict[str, Any], way: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each mapping with named keys in *schema*, and the way to it."""
    if "properties" in schema:
        yield way, schema
    inside = {**schema.get("properties", {}), **schema.get("patternProperties", {})}
    several = {"anyOf": schema.get("anyOf", ()), "oneOf": schema.get("oneOf", ())}
    for name, members in several.items():
        inside.update({f"{name}{index}": member for index, member in enumerate(members)})
    if "items" in schema:
        inside["items"] = schema["items"]
    for name, value in inside.items():
        yield from mappings(value, f"{way}/{name}")


@every
def test_every_key_is_explained(schema: dict[str, Any]) -> None:
    """Each key has its title, says what it is for, and shows an example."""
    found = list(mappings(schema))

    assert {"", "/metadata", "/spec"} <= {way for way, _ in found}
    for way, mapping in found:
        assert mapping["description"], way
        for key, value in mapping["properties"].items():
            assert value["title"] == key, f"{way}/{key}"
            assert value["description"].endswith("."), f"{way}/{key}"
            assert value.get("examples") or "properties" in value, f"{way}/{key}"
            assert {"type": "null"} not in value.get("anyOf", ()), f"{way}/{key}"


@every
def test_a_mapping_takes_no_other_keys_than_its_own(schema: dict[str, Any]) -> None:
    """Only the options of a check are open: which there are, its plugin knows."""
    for way, mapping in mappings(schema):
        options = "/checks/" in way
        assert options or mapping["additionalProperties"] is False, way


@every
def test_every_example_is_valid(schema: dict[str, Any]) -> None:
    """What an editor shows as an example can be taken over as it is."""
    for way, mapping in mappings(schema):
        for key, value in mapping["properties"].items():
            for example in value.get("examples", ()):
                assert Draft7Validator(value).is_valid(example), f"{way}/{key}: {example}"


@every
def test_every_word_of_a_closed_set_is_explained(schema: dict[str, Any]) -> None:
    """Beside each word that a key takes stands what it means."""
    closed = [
        value
        for _, mapping in mappings(schema)
        for value in mapping["properties"].values()
        if "enum" in value
    ]

    assert closed
    for value in closed:
        assert len(value["enumDescriptions"]) == len(value["enum"])
        assert all(value["enumDescriptions"])


def test_installed_checks_are_offered_and_others_stay_valid() -> None:
    """An editor completes the ids and options that are installed, and refuses no other id."""
    manifest, policy = manifest_schema(OFFERS), profile_schema(OFFERS)

    checks = manifest["properties"]["spec"]["properties"]["checks"]["properties"]
    assert set(checks) == {"a.fast", "b.plain", "c.right"}
    assert checks["a.fast"]["description"] == "Does it. It must."
    assert set(checks["a.fast"]["properties"]) == {"role", "budget_s"}
    assert "lower is stricter" in checks["a.fast"]["properties"]["budget_s"]["description"]
    assert set(checks["b.plain"]["properties"]) == {"role"}
    assert accepts(manifest, SERVICE + "spec: {checks: {a.fast: {budget_s: 1, role: required}}}")
    assert accepts(manifest, SERVICE + "spec: {checks: {a.fast: {mine: x}, z.other: {mine: x}}}")
    assert not accepts(manifest, SERVICE + "spec: {checks: {a.fast: {budget_s: soon}}}")
    assert not accepts(manifest, SERVICE + "spec: {checks: {a.fast: {role: shadow}}}")
    child = "spec: {extends: base, checks: {%s: {options: {%s}}}}"
    assert accepts(policy, PROFILE + child % ("a.fast", "budget_s: 1"))
    assert accepts(policy, PROFILE + child % ("z.other", "mine: x"))
    assert not accepts(policy, PROFILE + child % ("a.fast", "budget_s: soon"))
    assert not accepts(
        policy, PROFILE + f"spec: {{{THRESHOLDS}, checks: {{a.fast: {{role: required}}}}}}"
    )


def test_an_expectation_is_a_text() -> None:
    """An editor takes a text for an expectation, and says what it is."""
    wish = OptionSpec(name="expect", kind=OptionKind.EXPECTATION, default="")

    schema = manifest_schema((offer("a.b", wish),))

    assert accepts(schema, SERVICE + "spec: {checks: {a.b: {expect: status == 200}}}")
    assert not accepts(schema, SERVICE + "spec: {checks: {a.b: {expect: 200}}}")
    checks = schema["properties"]["spec"]["properties"]["checks"]["properties"]
    said = checks["a.b"]["properties"]["expect"]["description"]
    assert said == "What is expected, '' by default."


def test_an_option_never_hides_a_key_of_ours() -> None:
    """A plugin that calls an option ``role`` does not take the role from a manifest."""
    mine = OptionSpec(name="role", kind=OptionKind.INTEGER, default=1)

    schema = manifest_schema((offer("a.b", mine),))

    assert accepts(schema, SERVICE + "spec: {checks: {a.b: {role: required}}}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spec: {}",
        "spec: {declares: {logging: true, sla: {latency_ms: 1}, test_coverage_percent: 87}}",
        "spec: {declares: {logging: {value: true, evidence: x, at: '2026-10-01'}}}",
        "spec: {declares: {backup: {not_applicable: stateless}, sla: {value: true}}}",
        "spec: {environments: {prod: {base_url: https://x/y, schedule: {every: 5m}}}}",
        (
            "spec: {environments: {prod: {schedule: {cron: '*/5 8-18 * * MON-FRI', jitter: 30s, "
            "timezone: Europe/Berlin, windows: ['mon-fri,sun 08:00-18:00', '22:00-06:00'], "
            "maintenance: [{hours: '00:00-24:00', reason: x}, "
            "{starts_at: '2026-12-01', ends_at: '2026-12-02', reason: y}]}}}}"
        ),
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
        "spec: {environments: {prod: {schedule: {}}}}",
        "spec: {environments: {prod: {schedule: {every: 5m, cron: '* * * * *'}}}}",
        "spec: {environments: {prod: {schedule: {every: 5m, jitter: 30s}}}}",
        "spec: {environments: {prod: {schedule: {cron: '* * * *'}}}}",
        "spec: {environments: {prod: {schedule: {every: 5m, windows: ['8-18']}}}}",
        "spec: {environments: {prod: {schedule: {every: 5m, windows: ['08:00-24:01']}}}}",
        "spec: {environments: {prod: {schedule: {every: 5m, maintenance: [{reason: x}]}}}}",
        (
            "spec: {environments: {prod: {schedule: {every: 5m, maintenance: "
            "[{reason: x, starts_at: '2026-12-01'}]}}}}"
        ),
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


@pytest.mark.parametrize(
    ("tree", "taken"),
    [
        ("status == 200", True),
        ("[status == 200, size > 1]", True),
        ("{all: [status == 200, {not: size > 1}]}", True),
        ("{any: [{all: [{any: [{not: {all: [x]}}]}]}]}", True),
        ("{}", False),
        ("[]", False),
        ("[200]", False),
        ("{al: [status == 200]}", False),
        ("{all: [], any: [x]}", False),
        ("{all: status == 200}", False),
        ("{not: [status == 200]}", False),
        ("{all: [{any: []}]}", False),
    ],
)
def test_a_tree_of_expectations(tree: str, taken: bool) -> None:
    """An editor knows the keys of a tree, in a manifest; a profile takes the text alone."""
    manifest = f"{SERVICE}spec: {{checks: {{c.right: {{expect: {tree}}}}}}}"
    profile = (
        f"{PROFILE}spec: {{{THRESHOLDS}, categories: {{c: {{}}}}, checks: {{c.right: {{category: c,"
        f" role: blocker, options: {{expect: {tree}}}}}}}}}"
    )

    assert accepts(manifest_schema(OFFERS), manifest) is taken
    assert accepts(profile_schema(OFFERS), profile) is (tree == "status == 200")
