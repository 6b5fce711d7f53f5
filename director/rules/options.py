"""Are the options that a profile and a manifest set of the right kind, and no looser?"""

from __future__ import annotations

import math
from collections.abc import Iterator

from director.model.catalog import Catalog, Offer, OptionKind, OptionSpec
from director.model.check import Role, Tighter
from director.model.manifest import CheckRequest, Manifest, Option, Scalar
from director.model.plan import Origin
from director.model.profile import CheckPolicy, Profile
from director.model.text import named, nearest
from director.model.value import dataclass
from director.rules.plan import stricter


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """One option, or one role, that cannot be used.

    Attributes:
        origin: Who set it.
        check: Of which check.
        name: Which option; ``role`` for the role.
        problem: What it must be, then what it was.
    """

    origin: Origin
    check: str
    name: str
    problem: str


def option_problems(
    profile: Profile, manifest: Manifest, catalog: Catalog
) -> tuple[OptionProblem, ...]:
    """Return everything that is wrong with the options of planned checks.

    A manifest may tighten what the profile or the check's own default says, never loosen it.
    Checks that no plugin offers are passed over: they are missing, which is worse.
    """
    requests = {request.check: request for request in manifest.checks}
    problems: list[OptionProblem] = []
    for policy in profile.checks:
        request = requests.pop(policy.check, None)
        found = catalog.offer(policy.check)
        if found is not None:
            problems.extend(_of_profile(policy, found[1]))
            if request is not None:
                problems.extend(_of_manifest(request, found[1], policy))
        if request is not None:
            problems.extend(_of_role(request, policy, profile))
    for request in requests.values():
        found = catalog.offer(request.check)
        if found is not None:
            problems.extend(_of_manifest(request, found[1], None))
    return tuple(problems)


def _of_profile(policy: CheckPolicy, offer: Offer) -> Iterator[OptionProblem]:
    for name, problem in _misfits(policy.options, offer):
        yield OptionProblem(Origin.PROFILE, policy.check, name, problem)


def _of_manifest(
    request: CheckRequest, offer: Offer, policy: CheckPolicy | None
) -> Iterator[OptionProblem]:
    for name, problem in _misfits(request.options, offer):
        yield OptionProblem(Origin.MANIFEST, request.check, name, problem)
    specs = {spec.name: spec for spec in offer.options}
    # What the profile sets wrongly is its own problem, and nothing to compare with.
    held = {
        name: value
        for name, value in (policy.options if policy else ())
        if name in specs and _fits(specs[name].kind, value)
    }
    for name, value in request.options:
        spec = specs.get(name)
        if spec is not None and _fits(spec.kind, value):
            looser = _loosened(spec, value, held.get(name))
            if looser:
                yield OptionProblem(Origin.MANIFEST, request.check, name, looser)


def _of_role(
    request: CheckRequest, policy: CheckPolicy, profile: Profile
) -> Iterator[OptionProblem]:
    if request.role is None:
        return
    role = stricter(policy.role, profile.category(policy.category).role)
    if request.role.strictness < role.strictness:
        allowed = ", ".join(r.value for r in Role if r.strictness >= role.strictness)
        problem = f"must be {allowed} (profile {profile.name} says {role}), got {request.role}"
        yield OptionProblem(Origin.MANIFEST, request.check, "role", problem)


def _misfits(options: tuple[Option, ...], offer: Offer) -> Iterator[tuple[str, str]]:
    specs = {spec.name: spec for spec in offer.options}
    for name, value in options:
        spec = specs.get(name)
        if spec is None:
            close = nearest(name, specs)
            known = f"did you mean {close!r}?" if close else f"known are {_listed(specs)}"
            yield name, f"unknown option {_shown(name)}, {known}"
        elif not _fits(spec.kind, value):
            yield name, f"must be {_KINDS[spec.kind]}, got {_shown(value)}"


def _loosened(spec: OptionSpec, value: Scalar, held: Scalar | None) -> str | None:
    """Return why *value* is looser than what the profile or the default says, or None."""
    base = spec.default if held is None else held
    says = "the check's default" if held is None else "the profile"
    if spec.tighter is None:
        if held is not None and value != held:
            return f"must stay {_shown(held)} as the profile sets it, got {_shown(value)}"
    elif spec.tighter is Tighter.LOWER:
        if value > base:  # type: ignore[operator]  # a directed option is a number
            return f"must be at most {_shown(base)} ({says}), got {_shown(value)}"
    elif value < base:  # type: ignore[operator]  # a directed option is a number
        return f"must be at least {_shown(base)} ({says}), got {_shown(value)}"
    return None


_LONGEST = 60
"""Of a text that is quoted, in characters."""

_KINDS = {
    OptionKind.TEXT: "a text",
    OptionKind.INTEGER: "a whole number",
    OptionKind.NUMBER: "a finite number",
    OptionKind.BOOLEAN: "true or false",
}


def _fits(kind: OptionKind, value: Scalar) -> bool:
    if kind is OptionKind.TEXT:
        return isinstance(value, str)
    if kind is OptionKind.BOOLEAN or isinstance(value, bool):
        return kind is OptionKind.BOOLEAN and isinstance(value, bool)
    if kind is OptionKind.INTEGER:
        return isinstance(value, int)
    return isinstance(value, int | float) and -math.inf < value < math.inf


def _listed(specs: dict[str, OptionSpec]) -> str:
    return named(", ".join(sorted(specs)) or "none")


def _shown(value: Scalar) -> str:
    """Return *value* as it is written in code: short, and on one line."""
    if isinstance(value, str) and len(value) > _LONGEST:
        value = f"{value[:_LONGEST]}…"
    return named(repr(value))
