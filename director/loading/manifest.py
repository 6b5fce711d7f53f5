"""From ``readiness.yaml`` to a manifest."""

from __future__ import annotations

from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING

from director.errors import Fault, ManifestError
from director.loading.expectation import Trees, felled
from director.loading.manifest_document import (
    CoverageDocument,
    ExemptionDocument,
    ManifestDocument,
    SlaClaimDocument,
    SlaDocument,
    YesNoDocument,
)
from director.loading.shape import refusal, shaped
from director.loading.source import Source, accept, read_source
from director.loading.tree import grow
from director.model.manifest import (
    CheckRequest,
    Claim,
    Declaration,
    Environment,
    Exemption,
    Manifest,
    Sla,
    WaiverRequest,
)
from director.model.secret import holds_secret, holds_token
from director.model.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import TypeAlias

    from director.loading.manifest_document import SpecDocument
    from director.loading.places import Places, Pointer

    _Written: TypeAlias = (
        bool
        | float
        | SlaDocument
        | YesNoDocument
        | CoverageDocument
        | SlaClaimDocument
        | ExemptionDocument
    )


_DEEPEST = {"declares": 3, "checks": 3, "environments": 4}
"""How deep the entries of each part of ``spec`` lie that a check can be about."""


class _Origin:
    """What a manifest was read from.

    A thousand manifests may be held at once, and few are ever asked for a place: the text is
    small, the places are twenty times as large. They are found when one is asked for first.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    @cached_property
    def places(self) -> Places:
        """Where each value stands."""
        return grow(self._source).places


@dataclass(frozen=True, slots=True)
class LoadedManifest:
    """A manifest, and the way back to the lines it was written in.

    Attributes:
        manifest: What the team declares.
        source: What was read, as faults name it.
        lines: The line of each entry of ``spec`` that a check can be about, by its dotted path:
            ``declares.load_test``, ``checks.http.health``, ``environments.production.base_url``;
            the empty path is the manifest itself.
    """

    manifest: Manifest
    source: str
    lines: Mapping[str, int] = field(repr=False, compare=False)
    _origin: _Origin = field(repr=False, compare=False)

    def fault(self, pointer: Pointer, problem: str) -> Fault:
        """Return a fault placed at *pointer*, or at the nearest value around it.

        Args:
            pointer: The way to the value, for example
                ``("spec", "checks", "http.health", "budget_s")``.
            problem: What it must be, then what it was.
        """
        return self._origin.places.fault(pointer, problem)


def load_manifest(path: Path) -> LoadedManifest:
    """Read the manifest at *path*.

    Raises:
        ManifestError: It cannot be used; all its faults.
    """
    return _from_source(read_source(path, ManifestError))


def read_manifest(data: bytes, source: str) -> LoadedManifest:
    """Read *data* as a manifest.

    Args:
        data: The exact bytes.
        source: What to call them in a fault.

    Raises:
        ManifestError: It cannot be used; all its faults.
    """
    return _from_source(accept(data, source, ManifestError))


def _from_source(source: Source) -> LoadedManifest:
    tree = grow(source)
    if not tree.complete:
        raise refusal(ManifestError, tree.faults)
    trees = felled(tree.value, tree.places, tree.broken)
    spelt_out = tuple(_spelt_out(tree.value, tree.places))
    if spelt_out:
        # Others could quote what stands there.
        theirs = {(fault.line, fault.column) for fault in spelt_out}
        others = [each for each in tree.faults if (each.line, each.column) not in theirs]
        raise refusal(ManifestError, [*others, *spelt_out])
    faults = [*tree.faults, *trees.faults]
    document = shaped(ManifestDocument, trees.value, tree.places, tree.broken | trees.broken)
    if isinstance(document, list):
        raise refusal(ManifestError, [*faults, *document])
    if faults:
        raise refusal(ManifestError, faults)
    manifest = _manifest(document, source.digest, trees)
    return LoadedManifest(manifest, source.name, _lines(tree.places), _Origin(source))


def _spelt_out(value: object, places: Places, way: Pointer = ()) -> Iterator[Fault]:
    """Yield each place where a secret is spelt out; it is not repeated."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _spelt_out(each, places, (*way, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _spelt_out(each, places, (*way, index))
    # A base URL is refused for its user name by itself.
    elif isinstance(value, str) and (
        holds_token(value) if way[-1:] == ("base_url",) else holds_secret(value)
    ):
        problem = "must refer to what is secret as ${secret:NAME}, got what looks like a secret"
        yield places.fault(way, problem)


def _lines(places: Places) -> dict[str, int]:
    """Return the lines that a report may point at; few, as a thousand manifests may be held."""
    lines = {"": places.spots[()].mark.line}
    for pointer, spot in places.spots.items():
        if pointer[:1] == ("spec",) and 2 <= len(pointer) <= _DEEPEST.get(str(pointer[1]), 0):
            lines[".".join(map(str, pointer[1:]))] = spot.mark.line
    return lines


def _manifest(document: ManifestDocument, digest: str, trees: Trees) -> Manifest:
    metadata, spec = document.metadata, document.spec
    return Manifest(
        name=metadata.name,
        digest=digest,
        owner=metadata.owner or "",
        tier=metadata.tier,
        version=metadata.version or "",
        description=metadata.description or "",
        profile=spec.profile,
        artifact=spec.artifact.digest if spec.artifact else "",
        declares=_declares(spec),
        environments=_environments(spec),
        checks=_checks(spec, trees),
        waivers=tuple(
            WaiverRequest(
                check=waiver.check,
                reason=waiver.reason,
                ticket=waiver.ticket,
                expires_at=waiver.expires_at,
                code=waiver.code.value if waiver.code else "",
            )
            for waiver in spec.waivers
        ),
    )


def _declares(spec: SpecDocument) -> tuple[tuple[str, Declaration], ...]:
    written: Iterator[tuple[str, _Written | None]] = (
        (name, getattr(spec.declares, name)) for name in type(spec.declares).model_fields
    )
    return tuple(sorted((name, _declaration(it)) for name, it in written if it is not None))


def _declaration(written: _Written) -> Declaration:
    match written:
        case ExemptionDocument():
            return Exemption(written.not_applicable)
        case YesNoDocument() | CoverageDocument() | SlaClaimDocument():
            return Claim(_claimed(written.value), written.evidence or "", written.at)
        case bool() | float() | SlaDocument():
            return Claim(_claimed(written))


def _claimed(value: bool | float | SlaDocument) -> bool | float | Sla:
    if isinstance(value, SlaDocument):
        return Sla(value.availability_percent, value.latency_ms)
    return value


def _environments(spec: SpecDocument) -> tuple[Environment, ...]:
    return tuple(
        Environment(name, written.base_url, written.schedule.value if written.schedule else None)
        for name, written in sorted(spec.environments.items())
    )


def _checks(spec: SpecDocument, trees: Trees) -> tuple[CheckRequest, ...]:
    return tuple(
        CheckRequest(
            check,
            written.role,
            tuple(
                (name, trees.texts.get((check, name), value))
                for name, value in sorted(written.options.items())
            ),
            tuple(grown for (of, _), grown in sorted(trees.grown.items()) if of == check),
        )
        for check, written in sorted(spec.checks.items())
    )
