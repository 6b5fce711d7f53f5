"""Attacks by who agrees and with what key: it must be proven, of others, and enough of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.hostile.conftest import Beside
    from tests.hostile.stage import Stage

pytestmark = pytest.mark.needs("ssh-keygen")

STAGE = Path(__file__).parents[1] / "stage.py"


@pytest.mark.parametrize(
    "name",
    [
        "jane", "JANE", "Jane", " jane ", "jane@example.com", "Jane@Example.COM",
        "jane@corp.example", "ｊａｎｅ", "ja ne",
    ],
)  # fmt: skip
async def test_who_asks_agrees(stage: Stage, name: str) -> None:
    """Whoever asks cannot agree: not by name, principal, another principal, case or width."""
    text = await stage.requested(by=name)

    await stage.refused(await stage.apply(text), "self_approval")


async def test_who_has_no_role(stage: Stage) -> None:
    """A developer's signature is good, and opens nothing."""
    text = await stage.requested(by="joe")

    await stage.refused(await stage.apply(text, stage.ring.sign("ann", text)), "role")


async def test_the_policy_names_another_role(stage: Stage) -> None:
    """Under a profile that lets only a CTO override, a VP does not."""
    stage.profile["override"] = {"roles": ["cto"]}
    await stage.evaluate()
    text = await stage.requested()

    await stage.refused(await stage.apply(text), "role")


async def test_the_policy_names_nobody(stage: Stage) -> None:
    """Under a profile that lets nobody override, nobody is even asked."""
    stage.profile["override"] = {"roles": []}
    await stage.evaluate()

    await stage.refused(await stage.ask(), "nobody_may")


async def test_one_where_two_must_agree(stage: Stage) -> None:
    """Where a profile wants four eyes, one VP is half of them."""
    await stage.evaluate(backup=False)
    text = await stage.requested()

    await stage.refused(await stage.apply(text), "second_approver")


async def test_two_keys_of_one_person(stage: Stage) -> None:
    """Two keys, two principals, one person: one approver."""
    await stage.evaluate(backup=False)
    stage.ring.allow(*stage.ring.lines, f"bob2@example.com {stage.ring.key('bob2')}")
    text = await stage.requested()

    outcome = await stage.apply(text, stage.ring.sign("bob", text), stage.ring.sign("bob2", text))

    await stage.refused(outcome, "second_approver")
    assert {each.key for each in outcome.entry.signatures} != {outcome.entry.signatures[0].key}


async def test_one_signature_twice(stage: Stage) -> None:
    """One signature handed in twice is that of one person, in other armor too."""
    await stage.evaluate(backup=False)
    text = await stage.requested()
    armor = stage.ring.sign("jane", text)

    outcome = await stage.apply(text, armor, armor.replace("\n", "\r\n"))

    await stage.refused(outcome, "second_approver")


async def test_who_asks_is_the_second(stage: Stage) -> None:
    """Whoever asks is no second approver, whatever role they have."""
    await stage.evaluate(backup=False)
    text = await stage.requested(by="bob")

    outcome = await stage.apply(text, stage.ring.sign("jane", text), stage.ring.sign("bob", text))

    await stage.refused(outcome, "second_approver")


async def test_the_second_has_no_role(stage: Stage) -> None:
    """A second signature counts only from somebody who may override."""
    await stage.evaluate(backup=False)
    text = await stage.requested(by="joe")

    outcome = await stage.apply(text, stage.ring.sign("jane", text), stage.ring.sign("ann", text))

    await stage.refused(outcome, "second_approver")


@pytest.mark.parametrize(
    ("armor", "code"),
    [
        ("", "no_signature"),
        (" \n", "no_signature"),
        ("LGTM, Jane", "malformed"),
        ("-----BEGIN PGP SIGNATURE-----\nAAAA\n-----END PGP SIGNATURE-----\n", "malformed"),
        ("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", "malformed"),
    ],
)
async def test_no_signature(stage: Stage, armor: str, code: str) -> None:
    """What is no SSH signature agrees to nothing."""
    text = await stage.requested()

    await stage.refused(await stage.apply(text, armor), code)


@pytest.mark.parametrize("namespace", ["director-waiver@v1", "git", "file", "director-override@v2"])
async def test_made_for_something_else(stage: Stage, namespace: str) -> None:
    """A signature over the very text, made for something else, is none."""
    text = await stage.requested()
    armor = stage.ring.sign("jane", text, namespace)

    await stage.refused(await stage.apply(text, armor), "wrong_namespace")


async def test_of_another_override(stage: Stage) -> None:
    """Jane's signature under an earlier request agrees to that one alone."""
    earlier, text = await stage.requested(), await stage.requested()

    outcome = await stage.apply(text, stage.ring.sign("jane", earlier))

    await stage.refused(outcome, "bad_signature")


async def test_a_key_that_nobody_knows(stage: Stage) -> None:
    """A key that the operator has not listed is nobody's, whatever its comment says."""
    text = await stage.requested()
    stage.ring.key("mallory")
    (stage.folder / "mallory.pub").write_text(stage.ring.key("mallory") + " jane@example.com\n")

    outcome = await stage.apply(text, stage.ring.sign("mallory", text))

    await stage.refused(outcome, "unknown_key")


async def test_a_person_that_nobody_knows(stage: Stage) -> None:
    """A key with a principal that is no person's of the signers file proves nobody."""
    stage.ring.allow(*stage.ring.lines, f"eve@example.com {stage.ring.key('eve')}")
    text = await stage.requested()

    outcome = await stage.apply(text, stage.ring.sign("eve", text))

    await stage.refused(outcome, "unknown_person")


async def test_a_principal_that_is_almost_hers(stage: Stage) -> None:
    """A principal counts to the letter: another case is another principal."""
    stage.ring.allow(f"Jane@example.com {stage.ring.key('jane')}")
    text = await stage.requested()

    await stage.refused(await stage.apply(text), "unknown_person")


async def test_a_key_of_two_people(stage: Stage) -> None:
    """A key that is listed for two people is nobody's proof."""
    stage.ring.allow(*stage.ring.lines, f"bob@example.com {stage.ring.key('jane')}")
    text = await stage.requested()

    await stage.refused(await stage.apply(text), "ambiguous_key")


async def test_a_key_for_anybody(stage: Stage) -> None:
    """A key that is listed for a pattern of principals is for anybody, so nobody's proof."""
    stage.ring.allow(f"jane@example.com,*@example.com {stage.ring.key('jane')}")
    text = await stage.requested()

    await stage.refused(await stage.apply(text), "ambiguous_key")


async def test_a_revoked_key(stage: Stage) -> None:
    """A key that the operator has revoked signs nothing any more."""
    text = await stage.requested()
    stage.ring.revoke("jane")

    await stage.refused(await stage.apply(text), "revoked_key")


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ('valid-before="202611231159Z"', "key_expired"),
        ('valid-after="202611231300Z"', "not_yet_valid"),
        ('namespaces="git"', "wrong_namespace"),
    ],
)
async def test_a_key_out_of_its_limits(stage: Stage, option: str, code: str) -> None:
    """A key counts only while, and for what, the operator lets it."""
    stage.ring.allow(f"jane@example.com {option} {stage.ring.key('jane')}")
    text = await stage.requested()

    await stage.refused(await stage.apply(text), code)


async def test_a_certificate_that_has_expired(stage: Stage) -> None:
    """A certificate of the operator's authority holds as long as it says, and no longer."""
    stage.ring.allow(f"*@example.com cert-authority {stage.ring.key('ca')}")
    name = stage.ring.certify("k", "-n", "jane@example.com", "-V", "20251101:20251201")
    text = await stage.requested()

    outcome = await stage.apply(text, stage.ring.sign(name, text))

    await stage.refused(outcome, "key_expired")


async def test_a_token_that_nobody_touched(stage: Stage, beside: Beside) -> None:
    """A hardware key that signs without a touch agrees for whoever holds the machine."""
    token = beside(STAGE).Token()
    stage.ring.allow(f"jane@example.com {token.public}")
    text = await stage.requested()

    outcome = await stage.apply(text, token.sign(text, touched=False))

    await stage.refused(outcome, "bad_signature")
