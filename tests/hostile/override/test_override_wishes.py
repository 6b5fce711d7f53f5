"""Attacks by what is asked for, and by where and when it is handed in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.hostile.conftest import Beside
    from tests.hostile.stage import Stage

pytestmark = pytest.mark.needs("ssh-keygen")

STAGE = Path(__file__).parents[1] / "stage.py"
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("wish", "codes"),
    [
        ({"reason": ""}, ["blank_reason"]),
        ({"reason": " " * 40}, ["blank_reason"]),
        ({"reason": "\u200b\u3164\u2800" * 20}, ["blank_reason", "unprintable"]),
        ({"reason": "\u2800\u3164" * 20}, ["blank_reason"]),
        ({"reason": "LGTM"}, ["short_reason"]),
        ({"reason": "because I say so    " + " " * 20}, ["short_reason"]),
        ({"reason": "the regulator \x1b[2Jexpects it tomorrow"}, ["unprintable"]),
        ({"reason": "the regulator \u202eexpects it tomorrow"}, ["unprintable"]),
        ({"reason": "the regulator expects it\ntomorrow"}, ["unprintable"]),
        ({"reason": "the regulator \udcff expects it tomorrow"}, ["unprintable"]),
        ({"reason": "x" * 2_001}, ["text_too_long"]),
        ({"ticket": ""}, ["ticket_missing"]),
        ({"ticket": "\u3164"}, ["ticket_missing"]),
        ({"ticket": "OPS-1\x07"}, ["unprintable"]),
        ({"by": ""}, ["requester_missing"]),
        ({"by": "\u200bjane"}, ["unprintable"]),
        ({"by": "a\udcff"}, ["unprintable"]),
        ({"lasts": 72 * HOUR + TICK}, ["too_long"]),
        ({"lasts": 71 * HOUR, "begins_in": HOUR + TICK}, ["too_long"]),
        ({"lasts": timedelta()}, ["expired", "never_valid"]),
        ({"lasts": -HOUR}, ["expired", "never_valid"]),
    ],
)
async def test_words_and_times(stage: Stage, wish: dict[str, Any], codes: list[str]) -> None:
    """A reason, a ticket and a name that can be seen and printed, and a time that is allowed."""
    outcome = await stage.ask(**wish)

    await stage.refused(outcome, *codes)
    assert outcome.entry.by.isprintable()
    assert outcome.entry.text.isprintable()
    assert "override.requested" not in await stage.kinds()


async def test_what_nobody_may_override(stage: Stage) -> None:
    """A check that the profile lets nobody override is not even asked for."""
    await stage.evaluate(on_call=False)

    await stage.refused(await stage.ask(), "never_overridable")


async def test_where_nothing_was_verified(stage: Stage) -> None:
    """Where nothing counted there is nothing to be overridden."""
    none = {name: {"not_applicable": "it is only an idea"} for name in stage.declares}
    judged = await stage.evaluate(**none)
    assert judged.record.counts.counting == 0

    outcome = await stage.ask()

    assert outcome.refusals[0].code == "nothing_verified"
    await stage.refused(outcome, *(each.code for each in outcome.refusals))


async def test_of_a_go(stage: Stage) -> None:
    """A GO needs no override, and a request in store for worse days is none."""
    judged = await stage.evaluate(security_review=True)
    assert judged.record.decision == "go"

    outcome = await stage.ask()

    assert [each.code for each in outcome.refusals] == ["not_needed"]
    assert await stage.recorded("not_needed") == outcome.entry
    await stage.evaluate(security_review=False)
    await stage.closed()


async def test_of_a_conditional_go(stage: Stage) -> None:
    """A CONDITIONAL_GO is not made a GO by override."""
    judged = await stage.evaluate(security_review=True, load_test=False)
    assert judged.record.decision == "conditional_go"

    await stage.refused(await stage.ask(), "not_needed")


async def test_of_a_decision_that_has_expired(stage: Stage) -> None:
    """What was decided too long ago is evaluated again before anybody is asked."""
    stage.clock.advance(25 * 3600)

    await stage.refused(await stage.ask(), "stale_decision")


async def test_applied_twice(stage: Stage) -> None:
    """An override is applied once."""
    text = await stage.forced()

    outcome = await stage.apply(text)

    assert [each.code for each in outcome.refusals] == ["already_applied"]
    assert await stage.recorded("already_applied") == outcome.entry


async def test_applied_after_its_end(stage: Stage) -> None:
    """One that was revoked is not applied again, nor revoked again."""
    text = await stage.forced()
    assert (await stage.revoke(text)).refusals == ()

    await stage.refused(await stage.apply(text), "already_ended")
    await stage.refused(await stage.revoke(text), "already_ended")


async def test_revoked_before_it_was_applied(stage: Stage) -> None:
    """A request that was taken back is worth nothing, signed or not."""
    text = await stage.requested()
    await stage.revoke(text)

    await stage.refused(await stage.apply(text), "already_ended")


@pytest.mark.parametrize("late", [timedelta(), HOUR])
async def test_applied_too_late(stage: Stage, late: timedelta) -> None:
    """A request that has expired is not applied, from that very moment on."""
    text = await stage.requested(lasts=HOUR)
    stage.clock.advance((HOUR + late).total_seconds())
    await stage.evaluate()

    await stage.refused(await stage.apply(text), "expired")


async def test_applied_too_early(stage: Stage) -> None:
    """What is to hold from tomorrow on is not applied today."""
    text = await stage.requested(begins_in=HOUR)

    await stage.refused(await stage.apply(text), "not_yet_valid")


async def test_in_another_record(stage: Stage, beside: Beside) -> None:
    """What was requested and applied in one record is nothing in another, of the same service."""
    text = await stage.forced()
    other: Stage = beside(STAGE).make_stage(stage.folder, "other")
    await other.evaluate()

    await other.refused(await other.apply(text), "not_requested_here")
    await other.requested()
    await other.refused(await other.apply(text), "not_requested_here")
    await other.close()


async def test_in_another_environment(stage: Stage) -> None:
    """An override for staging opens no production."""
    for name in ("production", "staging"):
        stage.environment = name
        await stage.evaluate()
    text = await stage.requested()
    stage.environment = "production"

    await stage.refused(await stage.apply(text), "other_service")
    stage.environment = "staging"
    assert (await stage.apply(text)).refusals == ()
    await stage.open()
    stage.environment = "production"
    await stage.closed()


async def test_of_another_manifest(stage: Stage) -> None:
    """A manifest that was changed since is another one, whatever was changed."""
    text = await stage.requested()
    await stage.evaluate(runbook=False)

    await stage.refused(await stage.apply(text), "other_manifest")


async def test_of_another_profile(stage: Stage) -> None:
    """A policy that was changed since is another one."""
    text = await stage.requested()
    stage.profile["warn_budget"] = 1
    await stage.evaluate()

    await stage.refused(await stage.apply(text), "other_profile")


async def test_a_new_reason_before_it_is_applied(stage: Stage) -> None:
    """What broke since the request was not signed."""
    stage.declares["backup"] = {"value": True, "at": "2026-11-22"}
    stage.profile["checks"] = {
        **stage.profile["checks"],  # type: ignore[dict-item]  # a mapping
        "declared.backup": {"category": "reliability", "role": "required", "max_age": "37h"},
    }
    await stage.evaluate()
    text = await stage.requested()
    stage.clock.advance(2 * 3600)
    await stage.evaluate()

    await stage.refused(await stage.apply(text), "new_reason", "second_approver")


async def test_another_is_in_force(stage: Stage) -> None:
    """A second override beside the first would outlive its end unseen; it is refused."""
    await stage.forced()
    text = await stage.requested()

    outcome = await stage.apply(text)

    assert [each.code for each in outcome.refusals] == ["another_in_force"]
    assert await stage.recorded("another_in_force") == outcome.entry


async def test_a_request_that_is_only_a_request(stage: Stage) -> None:
    """Asked for is not agreed to: a request alone opens nothing."""
    await stage.requested()

    await stage.closed("requested")
