"""Two decisions side by side. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from director.model.contrast import Contrast, Matter, Shift
from director.model.record import Record
from director.rules.compare import compare


def contrast(before: Record, after: Record) -> Contrast:
    """Return everything that differs between two decisions, of whichever targets."""
    return Contrast(before, after, compare(before, after), tuple(_shifts(before, after)))


def _shifts(before: Record, after: Record) -> Iterator[Shift]:
    """Yield whatever is another one, in the order of ``Matter``."""
    for matter, was, became in _single(before, after):
        if was != became:
            yield Shift(matter, "", was, became)
    yield from _named(Matter.ROLE, _roles(before), _roles(after), both=True)
    yield from _named(Matter.PLUGIN, _plugins(before), _plugins(after), both=False)
    if before.director_version != after.director_version:
        yield Shift(Matter.DIRECTOR, "", before.director_version, after.director_version)


def _single(before: Record, after: Record) -> Iterator[tuple[Matter, str, str]]:
    """Yield what a decision has one of."""
    yield Matter.SERVICE, before.service, after.service
    yield Matter.ENVIRONMENT, before.environment, after.environment
    yield Matter.DECISION, before.decision, after.decision
    yield Matter.PASS_RATE, before.pass_rate, after.pass_rate
    yield Matter.SCORE, before.score_exact, after.score_exact
    yield Matter.PROFILE, before.profile.name, after.profile.name
    if before.profile.name == after.profile.name:
        yield Matter.POLICY, before.profile.digest, after.profile.digest
    yield Matter.VERSION, before.version, after.version
    yield Matter.ARTIFACT, before.artifact, after.artifact
    yield Matter.MANIFEST, before.manifest.digest, after.manifest.digest
    yield Matter.OWNER, before.owner, after.owner


def _named(
    matter: Matter, before: dict[str, str], after: dict[str, str], *, both: bool
) -> Iterator[Shift]:
    """Yield what differs by name; where *both* is set, only of names that both have."""
    names = before.keys() & after.keys() if both else before.keys() | after.keys()
    for name in sorted(names):
        was, became = before.get(name, ""), after.get(name, "")
        if was != became:
            yield Shift(matter, name, was, became)


def _roles(record: Record) -> dict[str, str]:
    return {check.id: check.role for check in record.checks}


def _plugins(record: Record) -> dict[str, str]:
    # What no plugin offers stands under no name, and has no version that could differ.
    return {check.plugin: check.plugin_version for check in record.checks}
