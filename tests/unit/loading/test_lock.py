"""loading.lock: what stands in a lock file is what was written, or a fault with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from director.errors import SettingsError
from director.loading.lock import Locks, is_older, read_locks, require_lock
from director.model.check import Role
from director.model.lock import LockedCheck, PlanLock


def plan(service: str = "pay", environment: str = "", *checks: str) -> PlanLock:
    """Return a locked plan of these checks."""
    return PlanLock(
        service=service,
        environment=environment,
        profile="standard",
        checks=tuple(
            LockedCheck(
                check=check, plugin="director-acme", version="1", category="c", role=Role.REQUIRED
            )
            for check in checks
        ),
    )


def written(path: Path, change: Any = None) -> Path:  # noqa: ANN401  # any change of a document
    """Return a lock file of one plan with two checks, changed."""
    document = json.loads(Locks((plan("pay", "", "a.a", "a.b"),)).text)
    if change is not None:
        change(document["spec"]["plans"])
    file = path / "director.lock"
    file.write_text(json.dumps(document, indent=1))
    return file


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Nothing is lost on the way, and the order is by target."""
    locks = Locks((plan("a"), plan("pay", "production", "a.a", "a.b"), plan("pay", "staging")))
    file = tmp_path / "director.lock"
    file.write_text(locks.text)

    assert read_locks(file) == locks
    assert read_locks(file).text == locks.text


def test_one_target_is_locked_beside_the_others() -> None:
    """What takes the place of a plan leaves the plans of other targets as they are."""
    locks = Locks((plan("a", "", "a.a"), plan("pay", "staging", "a.a")))

    found = locks.having(plan("pay", "production", "a.b")).having(plan("a", "", "a.c"))

    assert [(each.service, each.environment) for each in found.plans] == [
        ("a", ""),
        ("pay", "production"),
        ("pay", "staging"),
    ]
    assert found.of("a", "") == plan("a", "", "a.c")
    assert found.of("pay", "staging") == plan("pay", "staging", "a.a")
    assert found.of("pay", "") is None


def test_a_lock_that_was_named_holds_the_target() -> None:
    """Whoever names a lock wants it to hold, so one of somebody else is a fault."""
    locks, path = Locks((plan("pay", "production"),)), Path("x.lock")

    assert require_lock(locks, path, "pay", "production") == plan("pay", "production")
    with pytest.raises(SettingsError, match=r"x\.lock: must hold the plan of pay in staging"):
        require_lock(locks, path, "pay", "staging")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda plans: plans.append(plans[0]), "must be locked once in each environment"),
        (lambda plans: plans[0]["checks"].append(plans[0]["checks"][0]), "must be locked once,"),
        (lambda plans: plans[0]["checks"][0].update(role="boss"), "'boss'"),
        (lambda plans: plans[0]["checks"][0].update(check="A"), "a check id"),
        (lambda plans: plans[0]["checks"][0].update(version=1), "must be text, got 1"),
        (lambda plans: plans[0]["checks"][0].pop("plugin"), "plugin"),
        (lambda plans: plans[0].update(extra=1), "extra"),
        (lambda plans: plans[0].update(service=""), "must be text"),
    ],
    ids=["target twice", "check twice", "role", "id", "version", "no plugin", "extra", "service"],
)
def test_every_fault_has_its_place(tmp_path: Path, change: Any, words: str) -> None:  # noqa: ANN401  # as above
    """A lock that says something we do not understand is refused as a whole."""
    file = written(tmp_path, change)

    with pytest.raises(SettingsError) as refused:
        read_locks(file)

    assert words in str(refused.value)
    assert all(fault.line > 0 for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("version", "than", "older"),
    [
        ("1.9", "1.10", True),
        ("1.10", "1.9", False),
        ("1.0", "1.0.0", False),
        ("2.0rc1", "2.0", True),
        ("2.0.post1", "2.0", False),
        ("1!1.0", "9.0", False),
        ("", "1.0", True),
        ("main", "1.0", True),
        ("1.0", "main", True),
    ],
)
def test_versions_compare_by_pep_440(version: str, than: str, *, older: bool) -> None:
    """What cannot be compared counts as older: nobody can say that it is not."""
    assert is_older(version, than) is older
