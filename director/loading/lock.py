"""From ``director.lock`` to the plans that were locked, and back."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from director.errors import Fault, SettingsError
from director.loading.source import read_source
from director.model.lock import LockedCheck, PlanLock
from director.model.text import named
from director.model.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from director.loading.lock_document import LockDocument, PlanLockDocument

_API_VERSION = "readiness/v1"


@dataclass(frozen=True, slots=True)
class Locks:
    """Every plan in one lock file.

    Attributes:
        plans: One for each target, sorted by service and environment.
    """

    plans: tuple[PlanLock, ...] = ()

    def of(self, service: str, environment: str) -> PlanLock | None:
        """Return the plan of one target, or None if it was not locked."""
        for plan in self.plans:
            if (plan.service, plan.environment) == (service, environment):
                return plan
        return None

    def having(self, plan: PlanLock) -> Locks:
        """Return these with *plan* in place of what was locked for its target."""
        others = (
            each
            for each in self.plans
            if (each.service, each.environment) != (plan.service, plan.environment)
        )
        return Locks(tuple(sorted((*others, plan), key=_target_of)))

    @property
    def text(self) -> str:
        """The file that says this; the same plans make the same bytes."""
        plans = [
            {
                "service": plan.service,
                "environment": plan.environment,
                "profile": plan.profile,
                "checks": [
                    {
                        "check": each.check,
                        "plugin": each.plugin,
                        "version": each.version,
                        "category": each.category,
                        "role": each.role.value,
                    }
                    for each in plan.checks
                ],
            }
            for plan in self.plans
        ]
        document = {"apiVersion": _API_VERSION, "kind": "PlanLock", "spec": {"plans": plans}}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read_locks(path: Path) -> Locks:
    """Return the plans that the lock file *path* holds.

    Raises:
        SettingsError: It cannot be used; all its faults, each where it was written.
    """
    from director.loading.lock_document import LockDocument  # noqa: PLC0415  # pydantic is slow
    from director.loading.shape import refusal, shaped  # noqa: PLC0415
    from director.loading.tree import grow  # noqa: PLC0415

    tree = grow(read_source(path, SettingsError))
    document = shaped(LockDocument, tree.value, tree.places, tree.broken)
    if isinstance(document, list):
        raise refusal(SettingsError, [*tree.faults, *document])
    faults = [
        *tree.faults,
        *(tree.places.fault(("spec", "plans", *way), said) for way, said in _twice(document)),
    ]
    if faults:
        raise refusal(SettingsError, faults)
    return Locks(tuple(sorted(map(_plan, document.spec.plans), key=_target_of)))


def require_lock(locks: Locks, path: Path, service: str, environment: str) -> PlanLock:
    """Return the plan of one target from a file that somebody named.

    Raises:
        SettingsError: It holds none: whoever names a lock wants it to hold.
    """
    plan = locks.of(service, environment)
    if plan is None:
        where = f"{service} in {environment}" if environment else service
        problem = f"must hold the plan of {where}: lock it with director plan --lock"
        raise SettingsError(Fault(named(path), 0, 0, problem))
    return plan


def is_older(version: str, than: str) -> bool:
    """Return whether *version* is older, by PEP 440; what cannot be compared counts as older.

    >>> is_older("1.10", "1.9"), is_older("2.0rc1", "2.0"), is_older("unknown", "1.0")
    (False, True, True)
    """
    # Slow to import, and two versions are seldom different.
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    try:
        return Version(version) < Version(than)
    except InvalidVersion:
        return True


def _plan(document: PlanLockDocument) -> PlanLock:
    checks = (
        LockedCheck(
            check=each.check,
            plugin=each.plugin,
            version=each.version,
            category=each.category,
            role=each.role,
        )
        for each in document.checks
    )
    return PlanLock(
        service=document.service,
        environment=document.environment,
        profile=document.profile,
        checks=tuple(sorted(checks, key=lambda check: check.check)),
    )


def _twice(document: LockDocument) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the place of every plan and check that is there twice, and what is wrong with it."""
    plans = document.spec.plans
    for at in _repeated((plan.service, plan.environment) for plan in plans):
        yield (at, "service"), "must be locked once in each environment, got it twice"
    for number, plan in enumerate(plans):
        for at in _repeated(each.check for each in plan.checks):
            yield (number, "checks", at, "check"), "must be locked once, got it twice"


def _repeated(keys: Iterable[object]) -> Iterator[int]:
    seen: Counter[object] = Counter()
    for at, key in enumerate(keys):
        if seen[key]:
            yield at
        seen[key] += 1


def _target_of(plan: PlanLock) -> tuple[str, str]:
    return plan.service, plan.environment
