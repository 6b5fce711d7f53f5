"""cli.simulate: one record at a time, however many there are."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from director.cli.simulate import simulations, targets_of
from director.cli.trial import make_judge
from director.errors import ProfileError, SettingsError
from director.loading.catalog import Installed, discover
from director.loading.settings import BUNDLED, Settings
from director.model.record import Record
from director.store.codec import checked, decode
from director.store.memory import MemoryStore

SAMPLE = checked(
    decode(
        (Path(__file__).parents[1] / "store/record.json").read_bytes(),
        "01JD9Z4S00000000000000000A",
    )
).record
SETTINGS = Settings(store=None)


@pytest.fixture(scope="module")
def installed() -> Installed:
    """What is installed, with our own plugins loaded."""
    return discover(frozenset(BUNDLED))


class ManyStore(MemoryStore):
    """A store with a decision on each of many services, each made when it is asked for."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    async def targets(self) -> tuple[tuple[str, str], ...]:
        """Return all of them."""
        return tuple((f"service-{n}", "") for n in range(self._number))

    async def latest(self, service: str, environment: str) -> Record | None:
        """Return a decision with a text of its own, 100 kB long."""
        reason = f"{service} " * 10_000
        (first, *others) = SAMPLE.categories
        checks = tuple(replace(check, reason=reason) for check in first.checks)
        categories = (replace(first, checks=checks), *others)
        return replace(SAMPLE, service=service, environment=environment, categories=categories)


async def peak_bytes(number: int, installed: Installed) -> int:
    """Return how much memory a simulation of so many services takes at most."""
    judge = make_judge(SETTINGS, installed, "strict", (), None)
    store, seen = ManyStore(number), 0
    targets = await targets_of(store, ())
    tracemalloc.start()
    try:
        async for _ in simulations(store, targets, judge):
            seen += 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seen == number
    return peak


async def test_memory_does_not_grow_with_the_services(installed: Installed) -> None:
    """Five hundred records are 50 MB, and none is kept."""
    few, many = await peak_bytes(5, installed), await peak_bytes(500, installed)

    assert many < few + 5_000_000


async def test_targets_are_those_named_each_once() -> None:
    """A service is all its environments; nobody named is everybody."""
    store = MemoryStore()
    for number, (service, environment) in enumerate(
        (("cart", "production"), ("cart", "staging"), ("pay", ""))
    ):
        name = f"01JD9Z4S0000000000000000{number:02}"
        record = replace(SAMPLE, service=service, environment=environment, evaluation=name)
        await store.record(record)
    every = (("cart", "production"), ("cart", "staging"), ("pay", ""))

    assert await targets_of(store, ()) == every
    assert await targets_of(store, ("cart", "pay", "cart@staging")) == every
    assert await targets_of(store, ("cart@staging",)) == (("cart", "staging"),)
    for nobody in ("nobody", "cart@x", "pay@", "", "\udcff"):
        if nobody == "pay@":
            assert await targets_of(store, (nobody,)) == (("pay", ""),)
            continue
        with pytest.raises(SettingsError, match="with a decision, got"):
            await targets_of(store, (nobody,))


def test_a_profile_that_cannot_be_used_is_refused(installed: Installed, tmp_path: Path) -> None:
    """Unknown ones, and those with options that no check takes."""
    for name, option, problem in (
        ("unknown", "budgets: 1", "http.health.budgets unknown option"),
        ("kind", "budget_s: soon", "http.health.budget_s must be a finite number"),
    ):
        path = tmp_path / f"{name}.yaml"
        path.write_text(
            "apiVersion: readiness/v1\nkind: Profile\n"
            f"metadata: {{name: {name}}}\n"
            "spec:\n  extends: standard\n"
            f"  checks:\n    http.health: {{options: {{{option}}}}}\n"
        )
        with pytest.raises(ProfileError, match=problem):
            make_judge(SETTINGS, installed, str(path), (), None)
    with pytest.raises(ProfileError, match="standrd"):
        make_judge(SETTINGS, installed, "standrd", (), None)
    with pytest.raises(ProfileError, match="standrd"):
        make_judge(SETTINGS, installed, "standard", ("standrd",), None)


class Refusing:
    """A check that is content with no option."""

    def __init__(self, **_: object) -> None:
        raise ValueError("budget_s must be over 0")


def test_what_a_check_refuses_is_refused(installed: Installed) -> None:
    """As an evaluation would, which is planned by the same profile."""
    classes: dict[str, Any] = {**installed.classes, "http.health": Refusing}
    picky = replace(installed, classes=classes)

    with pytest.raises(ProfileError, match=r"profile standard: http\.health: budget_s must"):
        make_judge(SETTINGS, picky, "standard", (), None)


def test_the_profile_of_then_is_taken_only_with_its_text(
    installed: Installed, tmp_path: Path
) -> None:
    """By name where it is still the same; else the one that was given; else none."""
    judge = make_judge(SETTINGS, installed, "strict", (), None)
    baseline = make_judge(SETTINGS, installed, "baseline", (), None).profile

    assert judge.trial("baseline", baseline.digest).then == baseline
    assert judge.trial("baseline", "sha256:edited").then is None
    assert judge.trial("../baseline", "sha256:other").then is None

    path = tmp_path / "old.yaml"
    text = "apiVersion: readiness/v1\nkind: Profile\nmetadata: {name: baseline}\nspec:\n"
    path.write_text(f"{text}  extends: standard\n")
    given = make_judge(SETTINGS, installed, "strict", (str(path),), None)
    (digest,) = given.then
    assert given.trial("baseline", digest).then == given.then[digest]
