"""Overrides that are as they must be: each opens the gate, and changes nothing that was decided."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.hostile.conftest import Beside
    from tests.hostile.stage import Stage

pytestmark = pytest.mark.needs("ssh-keygen")

STAGE = Path(__file__).parents[1] / "stage.py"
HOUR = timedelta(hours=1)


async def good(stage: Stage, text: str, *armors: str) -> None:
    """Apply, and assert that the gate opens and that no byte of any decision is another.

    A decision that is made under the override is, but for its id, the one that was made before.
    """
    twin = await stage.evaluate()
    before = await stage.bodies()

    outcome = await stage.apply(text, *armors)

    assert outcome.refusals == ()
    judged = await stage.open()
    after = await stage.bodies()
    assert {id_: after[id_] for id_ in before} == before
    (new,) = after.keys() - before.keys()
    ids = judged.record.evaluation, twin.record.evaluation
    assert new == ids[0]
    assert after[new].replace(ids[0].encode(), ids[1].encode()) == before[ids[1]]
    assert json.loads(after[new])["decision"] == "no_go"


async def test_one_vp(stage: Stage) -> None:
    """One VP suffices where the profile wants no more."""
    await good(stage, await stage.requested())


async def test_two_approvers(stage: Stage) -> None:
    """Where a profile wants four eyes, two different VPs open."""
    await stage.evaluate(backup=False)
    text = await stage.requested()

    await good(stage, text, stage.ring.sign("jane", text), stage.ring.sign("bob", text))

    judged = await stage.open()
    assert judged.effective is not None
    assert judged.effective.approvers == ("bob", "jane")


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
async def test_other_kinds_of_key(stage: Stage, kind: str) -> None:
    """RSA and ECDSA keys sign as Ed25519 keys do."""
    stage.ring.allow(f"jane@example.com {stage.ring.key(kind, kind)}")
    text = await stage.requested()

    await good(stage, text, stage.ring.sign(kind, text))


async def test_a_hardware_key(stage: Stage, beside: Beside) -> None:
    """A token that was touched agrees for its holder."""
    token = beside(STAGE).Token()
    stage.ring.allow(f"jane@example.com {token.public}")
    text = await stage.requested()

    await good(stage, text, token.sign(text))


async def test_a_certificate(stage: Stage) -> None:
    """A key that the operator's authority certifies for a person is that person's."""
    stage.ring.allow(f"*@example.com cert-authority {stage.ring.key('ca')}")
    name = stage.ring.certify("k", "-n", "jane@example.com", "-V", "20261101:20261201")
    text = await stage.requested()

    await good(stage, text, stage.ring.sign(name, text))


async def test_another_principal_of_hers(stage: Stage) -> None:
    """Each principal of a person is that person, and each of their keys."""
    stage.ring.allow(*stage.ring.lines, f"jane@corp.example {stage.ring.key('work')}")
    text = await stage.requested()

    await good(stage, text, stage.ring.sign("work", text))


async def test_fewer_reasons_later(stage: Stage) -> None:
    """A later decision whose reasons were all signed is overridden too."""
    checks = stage.profile["checks"]
    assert isinstance(checks, dict)
    dated = {"category": "reliability", "role": "required", "max_age": "37h"}
    stage.profile["checks"] = {**checks, "declared.logging": dated}
    stage.declares["logging"] = {"value": True, "at": "2026-11-22"}
    stage.clock.advance(2 * 3600)
    first = await stage.evaluate()
    await good(stage, await stage.requested())

    # To be fresh again without another manifest, the evidence needs an older clock.
    stage.clock = type(stage.clock)(stage.clock.now() - 2 * HOUR)
    judged = await stage.open()

    signed = {(each.code, each.check) for each in first.record.reasons}
    found = {(each.code, each.check) for each in judged.record.reasons}
    assert ("unproven", "declared.logging") in signed - found


async def test_revoked_and_requested_anew(stage: Stage) -> None:
    """After an override was revoked, another one can be requested and signed."""
    await stage.revoke(await stage.forced())
    await stage.closed("revoked")

    await good(stage, await stage.requested())


async def test_expired_and_requested_anew(stage: Stage) -> None:
    """After an override has expired, another one can be requested and signed."""
    await stage.forced(lasts=HOUR)
    stage.clock.advance(3600)
    await stage.closed("expired")

    await good(stage, await stage.requested())


async def test_in_one_environment(stage: Stage) -> None:
    """A service with environments is overridden where it was asked for."""
    stage.environment = "staging"
    await stage.evaluate()

    await good(stage, await stage.requested())


async def test_signed_today_for_tomorrow(stage: Stage) -> None:
    """What begins later is applied when it has begun, from that very moment on."""
    text = await stage.requested(begins_in=HOUR, lasts=2 * HOUR)
    armor = stage.ring.sign("jane", text)
    stage.clock.advance(3600)
    await stage.evaluate()

    await good(stage, text, armor)


async def test_as_long_as_the_policy_lets_it(stage: Stage) -> None:
    """An override lives as long as the profile lets it, to the microsecond."""
    await good(stage, await stage.requested(lasts=72 * HOUR))


async def test_beside_signatures_that_do_not_count(stage: Stage) -> None:
    """One good signature suffices, whatever else is handed in; who agreed is who counts."""
    text = await stage.requested()
    names = ("ann", "mallory", "jane")

    await good(stage, text, *(stage.ring.sign(name, text) for name in names), "LGTM")

    applied = next(e for e in await stage.entries() if e.kind.value == "override.applied")
    assert applied.by == "jane"
    assert {each.person for each in applied.signatures} == {"ann", "jane"}
