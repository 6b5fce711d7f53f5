"""director with its record in PostgreSQL."""

from __future__ import annotations

import stat
from pathlib import Path

BASELINE = ("--profile", "baseline")
PAYMENT = Path(__file__).parents[2] / "config/services/payment-service.yaml"


async def test_decisions_are_recorded_on_a_server(director, postgres, home) -> None:
    """A record on a server works as one in a file does: no file is made but the key, sealed."""
    place = postgres.database()

    first = await director("evaluate", PAYMENT, "--profile", "baseline", "--store", place)
    second = await director(
        "evaluate", PAYMENT, "--profile", "baseline", "--store", place, "--format", "json"
    )
    explained = await director("explain", "payment-service", "--store", place)

    assert [first.exit, second.exit, explained.exit] == [0, 0, 0]
    assert second.document["previous"] == "conditional_go"
    assert "CONDITIONAL_GO" in explained.stdout
    (key,) = home.rglob("*.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not list(home.rglob("*.db"))


async def test_password_is_never_shown(director, postgres) -> None:
    """What names the server in output, reports and errors has no password in it."""
    place = postgres.database().replace("director@", "director:hunter2@")

    told = [
        await director("evaluate", PAYMENT, "--profile", "baseline", "--store", place),
        await director("evaluate", PAYMENT, *BASELINE, "--store", place, "--format", "html"),
        await director("doctor", "--store", place),
        await director("doctor", "--store", f"{place}&port=1"),
        await director("evaluate", PAYMENT, "--store", f"{place}&port=1"),
    ]

    assert [ran.exit for ran in told] == [0, 0, 0, 3, 3]
    assert not [ran for ran in told if "hunter2" in ran.stdout + ran.stderr]
    assert "answers" in told[2].stdout
    assert "cannot be reached" in told[4].stderr


async def test_server_that_is_away_is_no_go(director, tmp_path) -> None:
    """Without the record there is no decision: exit 3, and what to do."""
    ran = await director("evaluate", PAYMENT, "--store", f"postgresql:///x?host={tmp_path}")

    assert ran.exit == 3
    assert "start it, or look at the network" in ran.stderr
