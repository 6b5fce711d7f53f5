"""director token: shown once, kept as a digest, ended at once."""

from __future__ import annotations

import json
import re
from pathlib import Path

from director.cli.token_create import ROLES
from director.web.identity import Role


def test_every_role_can_be_given() -> None:
    """The command knows the roles that the server knows."""
    assert tuple(Role) == ROLES


def kept(home: Path) -> bytes:
    """Return everything that was written."""
    return b"".join(path.read_bytes() for path in home.glob("d.db*"))


async def test_a_token_from_the_cradle_to_the_grave(director, home: Path) -> None:
    """It is made and shown once, listed without its secret, and revoked."""
    made = await director(
        "token", "create", "ci", "--role", "evaluator", "--service", "pay-*", "--holder", "ann",
        "--store", "d.db",
    )  # fmt: skip
    listed = await director("token", "list", "--format", "json", "--store", "d.db")
    id_ = listed.document[0]["id"]
    revoked = await director("token", "revoke", id_, "--store", "d.db")
    after = await director("token", "list", "--store", "d.db")

    token = made.stdout.strip()
    assert re.fullmatch(r"director_[0-9a-f]{12}_[0-9a-f]{64}_[0-9a-f]{8}", token)
    assert (made.exit, revoked.exit) == (0, 0)
    assert listed.document[0]["roles"] == ["evaluator"]
    assert token not in json.dumps(listed.document)
    assert token.split("_")[2].encode() not in kept(home)
    assert "revoked" in after.stdout


async def test_a_token_has_an_end(director) -> None:
    """One that would live for longer than 90 days is refused, and so is one for nobody."""
    for wish in (["--expires-in", "91d"], ["--holder", "\n"], ["--service", "a b"]):
        ran = await director("token", "create", "ci", *wish, "--store", "d.db")
        assert (ran.exit, ran.stdout) == (2, ""), wish


async def test_who_is_not_there_cannot_be_revoked(director) -> None:
    """An id that nobody has is refused in one line."""
    await director("token", "create", "ci", "--holder", "ann", "--store", "d.db")
    ran = await director("token", "revoke", "nobody", "--store", "d.db")

    assert ran.exit == 2
    assert "must be the id of a token" in ran.stderr
