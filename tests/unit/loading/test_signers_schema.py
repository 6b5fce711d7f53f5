"""The shape of a signers file and its schema: editors accept what we accept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from director.errors import SettingsError
from director.loading.schema import signers_schema
from director.loading.shape import shaped
from director.loading.signers_document import SignersDocument
from director.loading.source import accept
from director.loading.tree import grow

SCHEMA = signers_schema()
HEAD = "apiVersion: readiness/v1\nkind: Signers\n"
FINE = """\
spec:
  allowed_signers: ./keys/allowed  signers
  revoked_keys: /etc/revoked.krl
  people:
    jane: {principals: [jane@example.com, "jane:laptop"], roles: [vp, vp]}
    bob.b: {principals: [bob]}
"""


def faults(body: str) -> list[str]:
    """Return what is wrong with a signers file; *body* begins on line 3."""
    tree = grow(accept((HEAD + body).encode(), "s.yaml", SettingsError))
    document = shaped(SignersDocument, tree.value, tree.places, tree.broken)
    return [str(fault) for fault in document] if isinstance(document, list) else []


def in_editor(body: str) -> bool:
    """Return whether the schema takes the same."""
    return Draft7Validator(SCHEMA).is_valid(yaml.safe_load(HEAD + body))


def test_a_signers_file_is_taken() -> None:
    """People with principals and roles, and two files, are what a signers file is made of."""
    assert faults(FINE) == []
    assert in_editor(FINE)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[bob]", "[]", "8:13: must name at least one principal, got an empty list"),
        ("[bob]", "bob", "8:25: must be a list, got 'bob'"),
        ("[bob]", "['*@x']", "8:26: must be one principal such as jane@example.com"),
        ("[bob]", "['b?b']", "8:26: must be one principal"),
        ("[bob]", "['!bob']", "8:26: must be one principal"),
        ("[bob]", "['bob,eve']", "8:26: must be one principal"),
        ("[bob]", "['bob eve']", "8:26: must be one principal"),
        ("[bob]", "['-bob']", "8:26: must be one principal"),
        ("[bob]", "['#bob']", "8:26: must be one principal"),
        ("[bob]", "['\"bob\"']", "8:26: must be one principal"),
        ("[bob]", r"['a\b']", "8:26: must be one principal"),
        ("[bob]", "['']", "8:26: must be one principal"),
        ("[bob]", "[7]", "8:26: must be one principal"),
        ("[bob]", f"[{'b' * 256}]", "8:26: must be one principal"),
        ("bob.b", "Bob", "8:5: must be a name"),
        ("[vp, vp]", "[VP]", "7:67: must be a name"),
        ("roles", "role", "7:59: unknown key 'role', did you mean 'roles'?"),
        ("{principals: [bob]}", "{roles: [vp]}", "8:5: must have the key 'principals'"),
        ("{principals: [bob]}", "bob@x", "8:12: must be a mapping, got 'bob@x'"),
        ("./keys/allowed  signers", "' '", "4:20: must be the path of a file, got ' '"),
        ("./keys/allowed  signers", "[a]", "4:3: must be the path of a file, got a list"),
        ("./keys/allowed  signers", "a" * 1_001, "4:20: must be at most 1000 characters, got 1001"),
        ("/etc/revoked.krl", "", "5:16: must have a value, got nothing"),
        ("  allowed_signers", "  allowed", "4:3: unknown key 'allowed', did you mean 'allowed_"),
    ],
)
def test_every_fault_has_its_place(old: str, new: str, fault: str) -> None:
    """What is wrong is said with its place, and an editor sees it too."""
    body = FINE.replace(old, new, 1)

    assert any(found.startswith(f"s.yaml:{fault}") for found in faults(body)), faults(body)
    assert not in_editor(body)


def test_all_faults_come_at_once() -> None:
    """Several mistakes are several faults of one reading."""
    wrong = FINE.replace("[bob]", "['*']").replace("roles", "rolls").replace("/etc/", "")

    assert len(faults(wrong.replace("allowed_signers: ", "allowed_signers: 7 # "))) == 3


@pytest.mark.parametrize(
    "body", ["metadata: {name: a}\n" + FINE, "spec: {}\n", "spec: {allowed_signers: a}\n", ""]
)
def test_what_must_be_there(body: str) -> None:
    """A signers file has the files of keys, and people, and no name."""
    assert faults(body)
    assert not in_editor(body)


def mappings(schema: dict[str, Any], way: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each mapping with named keys in *schema*, and the way to it."""
    if "properties" in schema:
        yield way, schema
    inside = {**schema.get("properties", {}), **schema.get("patternProperties", {})}
    for name, value in inside.items():
        yield from mappings(value, f"{way}/{name}")


def test_the_schema_explains_itself() -> None:
    """It is draft-07 without a reference, and each key says what it is for, with an example."""
    Draft7Validator.check_schema(SCHEMA)
    found = dict(mappings(SCHEMA))

    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "$ref" not in json.dumps(SCHEMA)
    assert len(found) == 3
    for way, mapping in found.items():
        assert mapping["description"], way
        assert mapping["additionalProperties"] is False, way
        for key, value in mapping["properties"].items():
            assert value["title"] == key, f"{way}/{key}"
            assert value["description"].endswith("."), f"{way}/{key}"
            for example in value["examples"]:
                Draft7Validator(value).validate(example)
