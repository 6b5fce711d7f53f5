"""What people and programs are told of a plan lock, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from director.app import Request
from director.cli.new_file import put
from director.loading.words import listed
from director.model.lock import PlanLock
from director.model.outcome import Missing
from director.model.plan import Plan
from director.model.text import named
from director.rules.lock import VANISHED, is_breach, lock_of, upgrades

if TYPE_CHECKING:
    from director.loading.lock import Locks


def write_lock(file: Path, request: Request, plan: Plan) -> Iterator[str]:
    """Agree to *plan* in the lock *file*, and yield what people should know of it.

    The plans of other targets in the same file stay as they are. A check that no plugin offers
    is not locked: there is nothing to hold it against.

    Raises:
        SettingsError: There is a file that is no lock, or none can be made.
        OutputError: It cannot be written, for example because the disk is full.
    """
    environment = request.environment.name if request.environment else ""
    before = _read(file)
    target = request.loaded.manifest.name, environment
    lock = lock_of(plan, *target, request.profile.name)
    put(file, before.having(lock).text, force=True)
    yield f"{named(file)}: {request.target.name} is locked to {len(lock.checks)} checks"
    open_ = [check.id for check in plan.checks if not check.plugin]
    if open_:
        yield f"not locked, because no plugin offers them: {listed(open_)}"
    was = before.of(*target)
    if was is not None:
        now = {each.check for each in lock.checks}
        gone = [each.check for each in was.checks if each.check not in now]
        if gone:
            yield f"the plan is smaller than it was: no longer locked: {listed(gone)}"


def lock_lines(plan: Plan, lock: PlanLock) -> Iterator[str]:
    """Yield in what *plan* differs from *lock*, for people; nothing if it does not."""
    breaches = [check for check in plan.checks if is_breach(check)]
    gone = [check.id for check in breaches if _code(check.answer) == VANISHED]
    if gone:
        yield f"the plan is smaller than what was locked: {listed(gone)}"
    other = [check.id for check in breaches if check.id not in gone]
    if other:
        yield f"the plan is not what was locked: {listed(other)}"
    for plugin, locked, installed in upgrades(plan, lock):
        yield f"the lock is older than what is installed: {plugin} {locked} → {installed}"


def lock_entry(plan: Plan, lock: PlanLock | None) -> dict[str, Any] | None:
    """Return the same for programs; None where nothing is locked."""
    if lock is None:
        return None
    return {
        "profile": lock.profile,
        "checks": len(lock.checks),
        "breaches": [
            {"check": check.id, "code": _code(check.answer)}
            for check in plan.checks
            if is_breach(check)
        ],
        "upgrades": [
            {"plugin": plugin, "locked": locked, "installed": installed}
            for plugin, locked, installed in upgrades(plan, lock)
        ],
    }


def _code(answer: object) -> str:
    return answer.code if isinstance(answer, Missing) else ""


def _read(file: Path) -> Locks:
    from director.loading.lock import Locks, read_locks  # noqa: PLC0415  # pydantic is slow

    return read_locks(file) if file.exists() or file.is_symlink() else Locks()
