"""The JSON Schemas of manifests, profiles and signers, for editors and for other programs.

They are of draft-07, which every editor knows (the YAML language server, on which most of them
rest, learned newer drafts late), and they hold no reference: a draft-07 reader may pass over what
stands beside one, and that would be the explanation.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from director.loading.definitions_document import DefinitionsDocument
from director.loading.expectation import tree_schema
from director.loading.manifest_document import ManifestDocument
from director.loading.notifications_document import NotificationsDocument
from director.loading.profile_document import Permission, ProfileDocument
from director.loading.secrets_document import SecretsDocument
from director.loading.signers_document import SignersDocument
from director.model.catalog import OptionKind
from director.model.check import Effort, Role
from director.model.profile import Need, Unproven
from director.model.waiver import WaiverCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from director.loading.document import Document
    from director.model.catalog import Offer, OptionSpec

_DIALECT = "http://json-schema.org/draft-07/schema#"

_DATA = frozenset({"const", "default", "enum", "examples", "required"})
"""Keywords whose values are no schemas."""

_NAMED = frozenset({"$defs", "patternProperties", "properties"})
"""Keywords whose values are schemas by name."""

_MEANINGS = {
    Role.SHADOW: "Is run and shown, and counts for nothing.",
    Role.ADVISORY: "Lowers the score.",
    Role.REQUIRED: "Must pass, within the profile's fail budget.",
    Role.BLOCKER: "Must pass or warn; nothing outweighs it.",
    Need.BASE_URL: "Only where the environment has a base_url.",
    Need.ARTIFACT: "Only where the manifest names the artifact.",
    Need.ENVIRONMENT: "Only where the manifest has an environment.",
    Unproven.NO_GO: "What cannot be told keeps the gate closed.",
    Unproven.CONDITIONAL: "What cannot be told is a gap, with an owner and a due date.",
    Permission.ALLOWED: "It is taken.",
    Permission.REFUSED: "It counts as unknown.",
    WaiverCode.ACCEPTED_RISK: "Whoever approves it lives with what may come of it.",
    WaiverCode.COMPENSATING_CONTROL: "Something else keeps the harm away.",
    WaiverCode.FALSE_POSITIVE: "The check is wrong about this service.",
    WaiverCode.FIX_SCHEDULED: "It will be mended by the day the waiver ends.",
    WaiverCode.NOT_YET_LIVE: "Nobody can be harmed before users come.",
    Effort.LOW: "An hour or so.",
    Effort.MEDIUM: "A day or so.",
    Effort.HIGH: "A project.",
    "director.decision.changed": "Another decision than before is held true.",
    "director.decision.made": "A decision was made: every run.",
    "director.evaluation.cancelled": "A run ended without a decision.",
    "director.target.reminded": "A service is still not well.",
    "director.target.sight_lost": "Nobody can see a service any more.",
    "director.target.sight_regained": "A service can be seen again.",
    "director.target.flapping": "A service changes too often to tell every change.",
    "director.target.steady": "It does so no more.",
    "director.target.registered": "A service is watched.",
    "director.target.removed": "A service is no longer watched.",
    "director.schedule.missed": "Runs that were due did not begin.",
    "director.director.degraded": "The Director itself is not well.",
    "director.director.recovered": "The Director is well again.",
    "director.case.recorded": "Something became of a waiver or an override.",
    "director.plugin.worker_ended": "A plugin's process ended otherwise than it should.",
    "director.config.rejected": "A file cannot be used.",
}
"""What each word of a closed set means; no word is in two sets."""

_TYPES = {
    OptionKind.TEXT: "string",
    OptionKind.INTEGER: "integer",
    OptionKind.NUMBER: "number",
    OptionKind.BOOLEAN: "boolean",
    OptionKind.EXPECTATION: "string",
}


def manifest_schema(offers: Iterable[Offer] = ()) -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of ``readiness.yaml``.

    Args:
        offers: Checks to complete and explain by name; every other id stays valid.
    """
    schema = _plain(_sources(ManifestDocument))
    _name_checks(schema["properties"]["spec"]["properties"]["checks"], offers, ())
    return schema


def profile_schema(offers: Iterable[Offer] = ()) -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of a profile's file.

    A file that extends another may leave to it what the whole must have, so the schema
    demands these keys only where nothing is extended.

    Args:
        offers: Checks to complete and explain by name; every other id stays valid.
    """
    sources = _sources(ProfileDocument)
    parts = sources["$defs"]
    complete: dict[str, Any] = {}
    for name, at in (("ThresholdsDocument", "thresholds"), ("CheckDocument", "checks")):
        demanded = {"required": parts[name].pop("required")}
        complete[at] = demanded if at == "thresholds" else {"additionalProperties": demanded}
    demanded = parts["ProfileSpecDocument"].pop("required")
    schema = _plain(sources)
    spec = schema["properties"]["spec"]
    spec["if"] = {"not": {"required": ["extends"]}}
    spec["then"] = {"required": demanded, "properties": complete}
    _name_checks(spec["properties"]["checks"], offers, ("properties", "options"))
    return schema


def signers_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of the operator's signers file."""
    return _plain(_sources(SignersDocument))


def notifications_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of the operator's notifications file."""
    return _plain(_sources(NotificationsDocument))


def secrets_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of the operator's secrets file."""
    return _plain(_sources(SecretsDocument))


def definitions_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of a definitions file.

    A definition has other keys as well: those of the plugin that makes a check of it.
    """
    return _plain(_sources(DefinitionsDocument))


def _sources(model: type[Document]) -> dict[str, Any]:
    return {"$schema": _DIALECT, **model.model_json_schema()}


def _plain(sources: dict[str, Any]) -> dict[str, Any]:
    """Return *sources* without references, closed, and explained."""
    definitions = sources["$defs"]
    schema: dict[str, Any] = _unfolded(
        {key: value for key, value in sources.items() if key != "$defs"}, definitions
    )
    for node in _nodes(schema):
        _fill(node)
        _close(node)
        _explain(node)
    return schema


def _unfolded(node: Any, definitions: dict[str, Any]) -> Any:  # noqa: ANN401  # any part of a schema
    """Return *node* with what it refers to put in its place; its own words beat that one's."""
    if isinstance(node, list):
        return [_unfolded(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        own = {key: value for key, value in node.items() if key != "$ref"}
        return _unfolded({**definitions[node["$ref"].rpartition("/")[2]], **own}, definitions)
    unfolded: dict[str, Any] = {}
    for key, value in node.items():
        if key in _DATA:
            unfolded[key] = deepcopy(value)
        elif key in _NAMED:
            unfolded[key] = {name: _unfolded(each, definitions) for name, each in value.items()}
        else:
            unfolded[key] = _unfolded(value, definitions)
    return unfolded


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
                if key not in _DATA:
                    stack.extend(value.values() if key in _NAMED else [value])


def _fill(node: dict[str, Any]) -> None:
    """Take away the null that only means "may be left out": no key takes it."""
    members = node.get("anyOf", ())
    if {"type": "null"} in members:
        others = [member for member in members if member != {"type": "null"}]
        del node["anyOf"]
        node.pop("default", None)
        whole = {**others[0], **node} if len(others) == 1 else {**node, "anyOf": others}
        node.update(whole)


def _close(node: dict[str, Any]) -> None:
    """Let a mapping by name take no other names than its pattern has."""
    if "patternProperties" in node:
        node.setdefault("additionalProperties", False)


def _explain(node: dict[str, Any]) -> None:
    """Give each key its own name as its title, and each word of a closed set its meaning."""
    for name, value in node.get("properties", {}).items():
        value["title"] = name
    if "enum" in node:
        # Not in the standard; editors show it beside each value, and all others pass over it.
        node["enumDescriptions"] = [_MEANINGS[word] for word in node["enum"]]


def _name_checks(checks: dict[str, Any], offers: Iterable[Offer], way: tuple[str, ...]) -> None:
    """Let *checks* know the ids of *offers*, what each check is for, and its options.

    Args:
        checks: The schema of checks by their id.
        offers: The checks.
        way: From the schema of one check to that of the mapping that holds its options.
    """
    (form,) = checks["patternProperties"].values()
    named: dict[str, Any] = {}
    for offer in offers:
        spec = offer.spec
        told = {"title": spec.id, "description": f"{spec.title}. {spec.why}"}
        named[spec.id] = holder = {**deepcopy(form), **told}
        for step in way:
            holder = holder[step]
        options = {each.name: _option(each, trees=not way) for each in offer.options}
        if options:
            # A key that means something to us is never an option.
            holder["properties"] = {**options, **holder.get("properties", {})}
    if named:
        checks["properties"] = named


def _option(option: OptionSpec, *, trees: bool) -> dict[str, Any]:
    stricter = f"; {option.tighter} is stricter" if option.tighter else ""
    what, form = "An option of the check", {"type": _TYPES[option.kind]}
    if option.kind is OptionKind.EXPECTATION:
        what, form = "What is expected", tree_schema() if trees else form
    return {
        "title": option.name,
        "description": f"{what}, {option.default!r} by default{stricter}.",
        **form,
        "default": option.default,
        "examples": [option.default],
    }
