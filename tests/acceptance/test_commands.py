"""The other commands, as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import jsonschema
import pytest

from director.cli.commands import COMMANDS
from director.loading.profile import builtin_folder

SERVICES = builtin_folder().parent / "services"
PAYMENT = SERVICES / "payment-service.yaml"

HEAVY = {"aiohttp", "pydantic", "sqlalchemy", "alembic", "yaml", "structlog", "asyncio"}


def test_help_imports_nothing_heavy() -> None:
    """A person who asks for help does not wait for what help does not need."""
    code = (
        "import sys\nfrom director.cli.main import main\nsys.argv = ['director', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "evaluate" in ran.stdout
    assert not HEAVY & set(ran.stderr.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_the_commands_say(name: str) -> None:
    """The list in ``--help`` is written by hand, and agrees with every command."""
    command = import_module(f"director.cli.{name}").command

    assert command.short_help == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
async def test_every_command_explains_itself(director, name: str) -> None:
    """``--help`` of each command works and exits 0."""
    ran = await director(name, "--help")

    assert ran.exit == 0
    assert ran.stdout.startswith(f"Usage: director {name}")


async def test_a_slip_is_told_the_nearest_command(director) -> None:
    """A command that does not exist is a usage error, with a hint."""
    ran = await director("evaluat")

    assert ran.exit == 2
    assert "Did you mean 'evaluate'?" in ran.stderr


@pytest.mark.parametrize("name", ["manifest", "profile", "log"])
async def test_schemas_are_schemas(director, name: str) -> None:
    """What is published is a valid JSON Schema."""
    ran = await director("schema", name)

    jsonschema.validators.validator_for(ran.document).check_schema(ran.document)
    assert ("2020-12" in ran.document["$schema"]) == (name == "log")


async def test_validate_names_every_fault_at_once(director, home) -> None:
    """One line for each fault, and exit 2; a good file says so."""
    (home / "bad.yaml").write_text(
        "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: Bad Name, tier: 9}\n"
        "spec: {declares: {loging: true}}\n"
    )

    good = await director("validate", PAYMENT)
    bad = await director("validate", "bad.yaml")

    assert (good.exit, bad.exit) == (0, 2)
    assert good.stdout == f"{PAYMENT}: valid\n"
    assert len(bad.stderr.splitlines()) == 3
    assert "did you mean 'logging'" in bad.stderr


async def test_plan_shows_what_would_answer(director) -> None:
    """The plan names every check with its role, and asks none."""
    text = await director("plan", PAYMENT, "--profile", "standard")
    ran = await director("plan", PAYMENT, "--profile", "standard", "--format", "json")

    roles = {check["id"]: check["role"] for check in ran.document["checks"]}
    assert roles["declared.security_review"] == "blocker"
    assert "http.health" in roles
    assert "http.health" in text.stdout


async def test_checks_tell_what_they_are(director) -> None:
    """The list names every check; one of them tells why it is there and what to do."""
    listed = await director("checks", "--format", "json")
    shown = await director("checks", "show", "http.health")
    slip = await director("checks", "show", "http.helth")

    assert {"declared.logging", "http.health"} <= {check["id"] for check in listed.document}
    assert "Remedy" in shown.stdout
    assert "budget_s" in shown.stdout
    assert slip.exit == 2
    assert "did you mean 'http.health'" in slip.stderr


async def test_plugins_are_listed(director) -> None:
    """Every plugin is there with its state."""
    ran = await director("plugins", "--format", "json")

    states = {plugin["name"]: plugin["disposition"] for plugin in ran.document}
    assert states == dict.fromkeys(
        ("cel", "declared", "dns", "exec", "http", "logs", "slack", "tcp", "tls"), "loaded"
    )


async def test_profiles_are_listed_and_shown(director) -> None:
    """The installed profiles are found outside the checkout."""
    listed = await director("profiles")
    shown = await director("profiles", "show", "strict")

    assert all(name in listed.stdout for name in ("baseline", "standard", "strict"))
    assert "extends standard, baseline" in shown.stdout


async def test_doctor_knows_where_settings_come_from(director, home) -> None:
    """Each value has its origin: flag, variable, file, default."""
    (home / "mine.yaml").write_text("address_policy: public_only\n")

    ran = await director(
        "doctor", "--store", "x.db", "--config", "mine.yaml",
        variables={"DIRECTOR_LOG": "off"},
    )  # fmt: skip

    rows = {line.split()[0]: line for line in ran.stdout.splitlines() if line}
    assert "flag --store" in rows["store"]
    assert "variable DIRECTOR_LOG" in rows["log"]
    assert "file mine.yaml" in rows["address_policy"]
    assert "default" in rows["trust"]
    assert ran.exit == 0


async def test_the_judged_folder_sets_presentation_only(director, home) -> None:
    """A ``director.yaml`` nearby may choose the format, and nothing that matters."""
    (home / "director.yaml").write_text("format: json\n")
    fine = await director("evaluate", PAYMENT, "--profile", "baseline")

    (home / "director.yaml").write_text("profile: loose\ntrust: [evil]\n")
    refused = await director("evaluate", PAYMENT, "--profile", "baseline")

    assert json.loads(fine.stdout)["pass_rate"] == "88%"
    assert refused.exit == 2
    assert "director.yaml:1:1" in refused.stderr
    assert "director.yaml:2:1" in refused.stderr


async def test_a_plan_is_of_one_manifest(director) -> None:
    """A folder of several manifests leaves open which one is meant."""
    ran = await director("plan", SERVICES)

    assert ran.exit == 2
    assert "must be one manifest, got 4" in ran.stderr
