"""Are the options that a profile and a manifest set of the right kind, and no looser?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

from director.model.catalog import Catalog, Offer, OptionKind, OptionSpec
from director.model.check import Role, Tighter
from director.model.manifest import CheckRequest, Manifest, Option, Scalar
from director.model.plan import Origin
from director.model.profile import CheckPolicy, Profile
from director.model.secret import Secrets, holds_credentials
from director.model.text import named, nearest, printable
from director.model.value import dataclass
from director.rules.plan import stricter

Understand: TypeAlias = Callable[[str], str]
"""Returns what is wrong with a text, in one clause; an empty text if nothing is."""


@dataclass(frozen=True, slots=True)
class _Readers:
    """Who reads what stands in options: expectations, and references to secrets."""

    understand: Understand
    refer: Understand


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """One option, or one role, that cannot be used.

    Attributes:
        origin: Who set it.
        check: Of which check.
        name: Which option; ``role`` for the role.
        problem: What it must be, then what it was.
        way: The way from the option to what is wrong within it: keys and indices from 0; empty
            for the option itself.
    """

    origin: Origin
    check: str
    name: str
    problem: str
    way: tuple[str | int, ...] = ()


def understand_nothing(expectation: str) -> str:
    """Return that *expectation* cannot be understood here: what nobody reads is not accepted."""
    return f"must be empty: nothing here understands {_shown(expectation)}"


def refer_to_nothing(text: str) -> str:
    """Return that *text* refers to a secret, where it does: nobody registered any."""
    return Secrets().fault(text)


def option_problems(
    profile: Profile,
    manifest: Manifest,
    catalog: Catalog,
    understand: Understand = understand_nothing,
    refer: Understand = refer_to_nothing,
) -> tuple[OptionProblem, ...]:
    """Return everything that is wrong with the options of planned checks.

    A manifest may tighten what the profile or the check's own default says, never loosen it.
    Checks that no plugin offers are passed over: they are missing, which is worse.

    Args:
        profile: The policy, with options of its own.
        manifest: What the team sets.
        catalog: What is installed.
        understand: Reads expectations.
        refer: Looks up the secrets that a text refers to.
    """
    readers = _Readers(understand, refer)
    requests = {request.check: request for request in manifest.checks}
    problems: list[OptionProblem] = []
    for policy in profile.checks:
        request = requests.pop(policy.check, None)
        found = catalog.offer(policy.check)
        if found is not None:
            problems.extend(_of_profile(policy, found[1], readers))
            if request is not None:
                problems.extend(_of_manifest(request, found[1], policy, readers))
        if request is not None:
            problems.extend(_of_role(request, policy, profile))
    for request in requests.values():
        found = catalog.offer(request.check)
        if found is not None:
            problems.extend(_of_manifest(request, found[1], None, readers))
    return tuple(problems)


def _of_profile(policy: CheckPolicy, offer: Offer, readers: _Readers) -> Iterator[OptionProblem]:
    for name, problem in _misfits(policy.options, offer, readers):
        yield OptionProblem(Origin.PROFILE, policy.check, name, problem)


def _of_manifest(
    request: CheckRequest, offer: Offer, policy: CheckPolicy | None, readers: _Readers
) -> Iterator[OptionProblem]:
    specs = {spec.name: spec for spec in offer.options}
    found = tuple(_of_trees(request, specs, readers))
    yield from found
    for name, problem in _misfits(request.options, offer, readers):
        if all(name != each.name for each in found):
            yield OptionProblem(Origin.MANIFEST, request.check, name, problem)
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


def _of_trees(
    request: CheckRequest, specs: dict[str, OptionSpec], readers: _Readers
) -> Iterator[OptionProblem]:
    """Yield what is wrong with options that were written as trees, each leaf by itself.

    A leaf that can be read by itself cannot change what stands around it.
    """
    for grown in request.grown:
        spec = specs.get(grown.option)
        if spec is None:
            continue  # It is unknown, and its fault is that.
        if spec.kind is not OptionKind.EXPECTATION:
            problem = f"must be {_KINDS[spec.kind]}, got a tree of expectations"
            yield OptionProblem(Origin.MANIFEST, request.check, grown.option, problem)
            continue
        for way, leaf in grown.leaves:
            problem = readers.understand(leaf)
            if problem:
                said = printable(problem)
                yield OptionProblem(Origin.MANIFEST, request.check, grown.option, said, way)


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


def _misfits(
    options: tuple[Option, ...], offer: Offer, readers: _Readers
) -> Iterator[tuple[str, str]]:
    specs = {spec.name: spec for spec in offer.options}
    for name, value in options:
        spec = specs.get(name)
        if spec is None:
            close = nearest(name, specs)
            known = f"did you mean {close!r}?" if close else f"known are {_listed(specs)}"
            yield name, f"unknown option {_shown(name)}, {known}"
        elif not _fits(spec.kind, value):
            yield name, f"must be {_KINDS[spec.kind]}, got {_shown(value)}"
        elif spec.kind is OptionKind.EXPECTATION and value:
            problem = readers.understand(str(value))
            if problem:
                yield name, printable(problem)
        elif spec.kind is OptionKind.TEXT:
            problem = readers.refer(str(value)) or _spelt_out(str(value))
            if problem:
                yield name, printable(problem)


def _spelt_out(text: str) -> str:
    """Return why *text* may not hold what it holds; it is not repeated."""
    if holds_credentials(text):
        return (
            "must refer to what is secret as ${secret:NAME}, got a header with a value of its own"
        )
    return ""


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
    OptionKind.EXPECTATION: "a text that says what is expected",
}


def _fits(kind: OptionKind, value: Scalar) -> bool:
    if kind is OptionKind.TEXT or kind is OptionKind.EXPECTATION:
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
