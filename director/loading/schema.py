"""The JSON Schemas of manifests and profiles, for editors and for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from director.loading.manifest_document import ManifestDocument
from director.loading.profile_document import ProfileDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from director.loading.document import Document

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def manifest_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of ``readiness.yaml``."""
    return _schema(ManifestDocument)


def profile_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a profile's file.

    A file that extends another may leave to it what the whole must have, so the schema
    demands these keys only where nothing is extended.
    """
    schema = _schema(ProfileDocument)
    parts = schema["$defs"]
    complete: dict[str, Any] = {}
    for name, at in (("ThresholdsDocument", "thresholds"), ("CheckDocument", "checks")):
        demanded = {"required": parts[name].pop("required")}
        complete[at] = demanded if at == "thresholds" else {"additionalProperties": demanded}
    spec = parts["ProfileSpecDocument"]
    spec["if"] = {"not": {"required": ["extends"]}}
    spec["then"] = {"required": spec.pop("required"), "properties": complete}
    return schema


def _schema(model: type[Document]) -> dict[str, Any]:
    schema = {"$schema": _DIALECT, **model.model_json_schema()}
    for node in _nodes(schema):
        _close(node)
        _fill(node)
    return schema


def _nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every mapping in *schema* that is a schema itself."""
    stack: list[Any] = [schema]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            yield item
            for key, value in item.items():
                named = key in {"properties", "patternProperties", "$defs"}
                stack.extend(value.values() if named else [value])


def _fill(node: dict[str, Any]) -> None:
    """Take away the null that only means "may be left out": no key takes it."""
    members = node.get("anyOf", ())
    if {"type": "null"} in members:
        others = [member for member in members if member != {"type": "null"}]
        del node["anyOf"]
        node.pop("default", None)
        node.update(others[0] if len(others) == 1 else {"anyOf": others})


def _close(node: dict[str, Any]) -> None:
    """Let a mapping by name take no other names than its pattern has."""
    if "patternProperties" in node:
        node.setdefault("additionalProperties", False)
