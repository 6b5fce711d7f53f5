"""Attacks on an override that was good once: whatever has changed since, it is judged anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from director.approval.overrides import Overrides
from director.errors import SettingsError

if TYPE_CHECKING:
    from tests.hostile.stage import Stage

pytestmark = pytest.mark.needs("ssh-keygen")

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_a_new_reason(stage: Stage) -> None:
    """A reason that nobody signed kills an override for good: it does not come back without it."""
    stage.declares["backup"] = {"value": True, "at": "2026-11-22"}
    checks: Any = stage.profile["checks"]
    dated = {"category": "reliability", "role": "required", "max_age": "37h"}
    stage.profile["checks"] = {**checks, "declared.backup": dated}
    await stage.evaluate()
    await stage.forced()

    stage.clock.advance(2 * 3600)
    judged = await stage.evaluate()

    assert judged.verdict.value == "no_go"
    ended = (await stage.entries())[-1]
    assert (ended.kind.value, ended.code) == ("override.ended", "new_reason")
    assert "declared.backup" in ended.text
    await stage.closed("new_reason")
    # A clock that is set back makes the backup fresh again; what has ended stays ended.
    stage.clock = type(stage.clock)(NOON)
    judged = await stage.evaluate()
    assert {each.check for each in judged.record.reasons} == {"declared.security_review", ""}
    await stage.closed("new_reason")


async def test_a_key_that_is_revoked_later(stage: Stage) -> None:
    """Who signed must be proven whenever it is to count: a key that was revoked proves nothing."""
    await stage.forced()
    stage.ring.revoke("jane")

    await stage.closed("not_proven")


async def test_a_key_that_expires_later(stage: Stage) -> None:
    """A key that has expired since proves nothing any more, also for what it signed before."""
    key = stage.ring.key("jane")
    stage.ring.allow(f'jane@example.com valid-before="202611231300Z" {key}')
    await stage.forced()

    stage.clock.advance(3600)

    await stage.closed("not_proven")


async def test_a_person_who_leaves(stage: Stage) -> None:
    """Whoever is in the signers file no more agrees to nothing any more."""
    await stage.forced()
    del stage.ring.people["jane"]
    stage.ring.write()

    await stage.closed("not_proven")


async def test_a_role_that_is_lost(stage: Stage) -> None:
    """Whoever is no VP any more forces nothing."""
    await stage.forced()
    stage.ring.people["jane"] = (["jane@example.com"], ["dev"])
    stage.ring.write()

    await stage.closed("not_proven")


async def test_without_signers(stage: Stage) -> None:
    """Where the operator does not say whose key is whose, nobody has agreed."""
    text = await stage.forced()
    stage.without_signers()

    await stage.closed("not_proven")
    await stage.revoke(text)
    await stage.refused(await stage.apply(await stage.requested()), "no_signers")


@pytest.mark.parametrize("name", ["allowed", "revoked"])
async def test_keys_that_are_gone(stage: Stage, name: str) -> None:
    """Where a file of keys disappears while the Director runs, nothing is proven."""
    text = await stage.requested()
    office, scene = stage.office, await stage.scene()
    (stage.folder / name).unlink()

    outcome = await Overrides(office).apply(scene, text, [stage.ring.sign("jane", text)])

    assert [each.code for each in outcome.refusals] == ["unavailable"]
    assert await stage.recorded("unavailable") == outcome.entry
    with pytest.raises(SettingsError, match=name):
        await stage.evaluate()


@pytest.mark.parametrize("name", ["allowed", "revoked", "signers.yaml"])
async def test_files_that_others_can_write(stage: Stage, name: str) -> None:
    """What others could have changed says nothing: the gate is not even asked."""
    await stage.forced()
    (stage.folder / name).chmod(0o666)

    with pytest.raises(SettingsError, match="others can write"):
        await stage.evaluate()


async def test_another_manifest_later(stage: Stage) -> None:
    """What was signed for one manifest does not hold for the next one."""
    await stage.forced()
    stage.declares["runbook"] = False

    await stage.closed("other_manifest")


async def test_a_weaker_policy_later(stage: Stage) -> None:
    """Nor for another profile, though it were a weaker one."""
    await stage.forced()
    stage.profile["warn_budget"] = 3

    await stage.closed("other_profile")


async def test_it_expires(stage: Stage) -> None:
    """In the moment of its expiry the gate is closed, and the log says so, once."""
    await stage.forced(lasts=HOUR)
    stage.clock.advance(3599.999999)
    await stage.open()

    stage.clock.advance(0.000001)

    await stage.closed("expired")
    await stage.closed("expired")
    assert (await stage.kinds()).count("override.expired") == 1


async def test_a_clock_set_back(stage: Stage) -> None:
    """A clock that is set back after the expiry was seen revives nothing."""
    text = await stage.forced(lasts=HOUR)
    stage.clock.advance(3600)
    await stage.closed("expired")

    stage.clock = type(stage.clock)(stage.clock.now() - HOUR - HOUR / 2)

    await stage.closed("expired")
    await stage.refused(await stage.apply(text), "already_ended")


async def test_a_clock_set_back_before_it_is_applied(stage: Stage) -> None:
    """Nor is what has expired unsigned applied by such a clock."""
    text = await stage.requested(lasts=HOUR)
    stage.clock.advance(3600)
    await stage.evaluate()

    stage.clock = type(stage.clock)(stage.clock.now() - HOUR)

    await stage.refused(await stage.apply(text), "expired")
