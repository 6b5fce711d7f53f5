"""Checks without Python: what the documents show works as it stands, and what is wrong is told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)

MANIFEST = """\
apiVersion: readiness/v1
kind: Service
metadata: {{name: {name}, owner: team}}
spec:
  declares: {{{declares}}}
"""
READY = ", ".join(
    f"{name}: true"
    for name in (
        *("logging", "metrics", "alerts", "healthcheck"),
        *("load_test", "security_review", "runbook", "on_call"),
    )
)


def examples(page: str) -> list[str]:
    """Return every block of YAML of a document."""
    return BLOCK.findall((ROOT / "docs" / page).read_text("utf-8"))


@pytest.fixture
def place(home):
    """Write files of the operator's, and a manifest of a service of that name."""

    def write(name: str = "ledger", **files: str) -> None:
        (home / "readiness.yaml").write_text(MANIFEST.format(name=name, declares=READY))
        for stem, text in files.items():
            path = home / f"{stem}.yaml"
            path.write_text(text)
            path.chmod(0o600)

    return write


def entry(ran, check: str):
    """Return what a report says of one check."""
    (one,) = [
        each for group in ran.document["categories"] for each in group["checks"]
        if each["id"] == check
    ]  # fmt: skip
    return one


@pytest.mark.parametrize(
    ("name", "outcome", "decision"),
    [
        ("ledger", "passed", "go"),
        ("ledger-2", "warned", "conditional_go"),
    ],
)
async def test_the_program_of_the_document_decides(
    director, place, name: str, outcome: str, decision: str
) -> None:
    """The example of docs/exec.md, to the letter: its profile plans it, its program answers."""
    programs, profile = examples("exec.md")
    place(name, programs=programs, named=profile)

    ran = await director(
        *("evaluate", "readiness.yaml", "--profile", "named.yaml", "--no-store"),
        *("--definitions", "programs.yaml", "--format", "json"),
    )

    assert ran.document["decision"] == decision, ran.stdout
    assert entry(ran, "exec.named")["outcome"] == outcome
    assert name in entry(ran, "exec.named")["reason"]
    assert ran.exit == 0


async def test_without_the_file_the_check_is_missing(director, place) -> None:
    """A profile that plans what nobody defines does not become GO."""
    _, profile = examples("exec.md")
    place(named=profile)

    ran = await director(
        *("evaluate", "readiness.yaml", "--profile", "named.yaml", "--no-store"),
        *("--format", "json"),
    )

    assert ran.document["decision"] == "no_go"
    assert entry(ran, "exec.named")["outcome"] == "missing"
    assert ran.exit == 1


async def test_what_was_defined_is_shown(director, place) -> None:
    """The variable says the same as the flag; the check is listed with its text."""
    programs, _ = examples("exec.md")
    place(programs=programs)

    shown = await director(
        "checks", "show", "exec.named", variables={"DIRECTOR_DEFINITIONS": "programs.yaml"}
    )
    plugins = await director("plugins", "--definitions", "programs.yaml")

    assert "Name the service after what it does." in shown.stdout
    assert re.search(r"exec +director-exec \S+ +loaded +inside +1 check\b", plugins.stdout)


async def test_the_samples_of_the_config_are_good(director, place, home) -> None:
    """The files that travel with the Director can be used as they are, together."""
    folder = ROOT / "config" / "definitions"
    samples = {path.stem: path.read_text("utf-8") for path in sorted(folder.iterdir())}
    place(**samples)

    ran = await director(
        "checks", *(part for stem in samples for part in ("--definitions", home / f"{stem}.yaml"))
    )

    assert ran.exit == 0
    known = {"exec.named", "exec.port", "cel.owned", "cel.tested-for-load", "cel.queues"}
    assert known <= set(ran.stdout.split())


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("$service$", "$sevice$", "programs.yaml:19:9: must be one of $base_url$"),
        ("- $service$", "- x$sevice$", "programs.yaml:19:10: must be one of $base_url$"),
        ("thresholds", "treshold", "20:5: unknown key 'treshold', did you mean 'thresholds'?"),
        ("critical: 3", "critical: x", "programs.yaml:21:26: must be a number, got 'x'"),
        ("exec.named", "exce.named", "4:3: must begin with a plugin that is installed, got 'exce'"),
        ("exec.named", "tcp.named", "4:3: must begin with a plugin that takes definitions, 'tcp'"),
        ("    why", "    y", "programs.yaml:4:3: must have the key 'why'"),
        ("kind: Definitions", "kind: Profile", "programs.yaml:2:7: must be Definitions"),
        ("checks:", "checks: [", "programs.yaml:"),
    ],
)
async def test_what_is_wrong_is_told_with_its_place(
    director, place, old: str, new: str, fault: str
) -> None:
    """One clear line with file, line and column, and exit 2: nothing is evaluated."""
    programs, profile = examples("exec.md")
    place(programs=programs.replace(old, new), named=profile)

    ran = await director(
        *("evaluate", "readiness.yaml", "--profile", "named.yaml", "--no-store"),
        *("--definitions", "programs.yaml"),
    )

    assert ran.exit == 2
    assert fault in ran.stderr
    assert ran.stdout == ""


async def test_doctor_says_what_is_wrong_with_definitions(director, place) -> None:
    """It names the file, and goes on with everything else."""
    programs, _ = examples("exec.md")
    place(programs=programs.replace("$service$", "$sevice$"), fine=programs)

    ill = await director("doctor", "--definitions", "programs.yaml")
    well = await director("doctor", variables={"DIRECTOR_DEFINITIONS": "fine.yaml"})

    assert ill.exit == 3
    assert re.search(r"AMISS programs\.yaml:19:9: must be one of", ill.stdout)
    assert re.search(r"ok +plugin exec .* offers 0 checks", ill.stdout)
    assert re.search(r"ok +plugin exec .* offers 1 check$", well.stdout, re.MULTILINE)
    assert re.search(
        r"definitions +fine\.yaml +variable DIRECTOR_DEFINITIONS", well.stdout, re.MULTILINE
    )


async def test_the_folder_that_is_judged_defines_nothing(director, place, home) -> None:
    """A director.yaml nearby cannot name a file of definitions."""
    programs, profile = examples("exec.md")
    place(programs=programs, named=profile)
    (home / "director.yaml").write_text("definitions: [programs.yaml]\n")

    ran = await director("evaluate", "readiness.yaml", "--profile", "named.yaml", "--no-store")

    assert ran.exit == 2
    assert "'definitions' is the operator's to set: --definitions" in ran.stderr


async def test_a_file_that_others_can_write_is_refused(director, place, home) -> None:
    """Whoever can write it could have anything run."""
    programs, _ = examples("exec.md")
    place(programs=programs)
    (home / "programs.yaml").chmod(0o666)

    ran = await director("checks", "--definitions", "programs.yaml")

    assert ran.exit == 2
    assert "programs.yaml: " in ran.stderr


async def test_a_program_that_hangs_is_ended(director, place) -> None:
    """At its deadline the check is errored, and the gate shut."""
    programs, profile = examples("exec.md")
    hanging = re.sub(r"deadline_s: 5", "deadline_s: 0.5", programs).replace(
        "case", "sleep 60; case"
    )
    place(programs=hanging, named=profile)

    ran = await director(
        *("evaluate", "readiness.yaml", "--profile", "named.yaml", "--no-store"),
        *("--definitions", "programs.yaml", "--format", "json"),
    )

    assert ran.exit == 1
    assert entry(ran, "exec.named")["outcome"] == "errored"
    assert entry(ran, "exec.named")["code"] == "deadline"


WELL = json.dumps({"status": "pass"})


@pytest.fixture
async def health():
    """A service whose health page says what it is told to, and where it is."""
    said: dict[str, Any] = {"body": WELL, "asked": 0}

    async def answer(_: web.Request) -> web.Response:
        said["asked"] += 1
        return web.Response(text=said["body"], content_type="application/json")

    app = web.Application()
    app.router.add_get("/health", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield said, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("body", "outcome", "code", "decision"),
    [
        (WELL, "passed", "", "go"),
        ('{"status": "fail"}', "failed", "condition_failed", "no_go"),
        ('{"state": "pass"}', "unknown", "absent", "no_go"),
        ('{"status": 1}', "failed", "condition_failed", "no_go"),
        ("pass", "unknown", "absent", "no_go"),
        ("", "unknown", "absent", "no_go"),
    ],
)
async def test_the_expressions_of_the_document_decide(
    director, place, home, health, body: str, outcome: str, code: str, decision: str
) -> None:
    """The example of docs/cel.md, to the letter, over a manifest and a live page."""
    said, url = health
    said["body"] = body
    expressions, profile = examples("cel.md")
    place(expressions=expressions, judged=profile)
    manifest = (home / "readiness.yaml").read_text().replace("owner: team", "owner: team-ledger")
    environments = f"  environments: {{production: {{base_url: '{url}'}}}}\n"
    (home / "readiness.yaml").write_text(manifest + environments)

    ran = await director(
        *("evaluate", "readiness.yaml", "--profile", "judged.yaml", "--no-store"),
        *("--definitions", "expressions.yaml", "--format", "json"),
        *("--allow-address", "127.0.0.0/8"),
    )

    assert ran.document["decision"] == decision, ran.stdout
    healthy = entry(ran, "cel.healthy")
    assert (healthy["outcome"], healthy.get("code") or "") == (outcome, code)
    assert entry(ran, "cel.owned")["outcome"] == "passed"
    assert "it is team-ledger" in entry(ran, "cel.owned")["reason"]
    assert said["asked"] == 1
    assert ran.exit == (0 if decision == "go" else 1)


async def test_an_owner_that_is_no_team_fails(director, place) -> None:
    """What is false is a failure, with what was seen."""
    expressions, profile = examples("cel.md")
    place(expressions=expressions, judged=profile)

    ran = await director(
        *("evaluate", "readiness.yaml", "--profile", "judged.yaml", "--no-store"),
        *("--definitions", "expressions.yaml", "--format", "json"),
    )

    owned = entry(ran, "cel.owned")
    assert ran.exit == 1
    assert (owned["outcome"], owned["observed"]) == ("failed", "team")
    assert entry(ran, "cel.healthy")["outcome"] == "not_applicable"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("metadata.owner.starts", "metadata.onwer.starts", "9:25: must name what there is, got"),
        ('metadata.owner.startsWith("team-")', "\"metadata.tier == '1'\"", "9:32: must be CEL"),
        ('== "pass"', "== ", "21:7: must be CEL: Syntax error"),
        ("reply.status == 200", 'reply.status == "200"', "19:20: must be CEL: found no matching"),
        ("    get: /health\n", "", "18:12: must name what there is, got 'reply.status'"),
        ("warn_if: reply.elapsed_s > 2.0", "warn_if: reply.elapsed_s", "21:14: must be an expres"),
        ("warn_if", "warn_when", "21:5: unknown key 'warn_when', did you mean 'warn_if'?"),
    ],
)
async def test_what_is_wrong_with_an_expression_is_told_with_its_place(
    director, place, old: str, new: str, fault: str
) -> None:
    """File, line and column of the very character, within a block of YAML as well."""
    expressions, profile = examples("cel.md")
    place(expressions=expressions.replace(old, new, 1), judged=profile)

    ran = await director("plan", "readiness.yaml", "--definitions", "expressions.yaml")

    assert ran.exit == 2
    assert f"expressions.yaml:{fault}" in ran.stderr
