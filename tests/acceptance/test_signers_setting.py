"""The operator's signers file, as the command knows it."""

from __future__ import annotations

import json

import pytest

SIGNERS = """\
apiVersion: readiness/v1
kind: Signers
spec:
  allowed_signers: allowed
  people:
    jane: {principals: [jane@example.com], roles: [vp]}
    bob: {principals: [bob@example.com]}
"""


@pytest.fixture
def signers(home):
    """Return a signers file that is in order, with the keys beside it."""
    for name, text in (("signers.yaml", SIGNERS), ("allowed", "")):
        (home / name).write_text(text)
        (home / name).chmod(0o644)
    return home / "signers.yaml"


@pytest.mark.needs("ssh-keygen")
@pytest.mark.usefixtures("signers")
async def test_doctor_knows_who_may_sign(director) -> None:
    """Doctor names the people, those without a role, and what proves their signatures."""
    ran = await director("doctor", variables={"DIRECTOR_SIGNERS": "signers.yaml"})

    lines = ran.stdout.splitlines()
    assert any(line.split()[:3] == ["signers", "signers.yaml", "variable"] for line in lines)
    assert "ok   signers signers.yaml names bob, jane; without a role: bob" in lines
    assert any(line.startswith("ok   signatures are proven by /") for line in lines)
    assert ran.exit == 0


async def test_doctor_finds_what_is_amiss(director, signers) -> None:
    """A file of keys that others can write, and one that is missing, are said with their place."""
    (signers.parent / "allowed").chmod(0o666)
    loose = await director("doctor", "--signers", "signers.yaml")
    (signers.parent / "allowed").unlink()
    gone = await director("doctor", "--signers", "signers.yaml")

    assert "AMISS signers.yaml:4:20: must be writable by its owner alone" in loose.stdout
    assert "AMISS signers.yaml:4:20: must be a file that can be read" in gone.stdout
    assert (loose.exit, gone.exit) == (3, 3)


async def test_the_judged_folder_names_no_signers(director, signers) -> None:
    """Whose signature counts is the operator's to say, and never the folder's that is judged."""
    (signers.parent / "director.yaml").write_text("signers: signers.yaml\n")
    nearby = await director("doctor")
    (signers.parent / "director.yaml").rename(signers.parent / "mine.yaml")
    named = await director("doctor", "--config", "mine.yaml")

    assert nearby.exit == 2
    assert "--signers, DIRECTOR_SIGNERS or the file of --config" in nearby.stderr
    assert "file mine.yaml" in named.stdout


async def test_the_schema_is_published(director) -> None:
    """An editor gets the schema of a signers file as it gets the others."""
    ran = await director("schema", "signers")

    schema = json.loads(ran.stdout)
    assert ran.exit == 0
    assert schema["title"] == "Readiness signers"
    assert schema["properties"]["spec"]["required"] == ["allowed_signers", "people"]
