"""director init: from nothing to the first decision."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from director.loading.manifest import load_manifest
from director.model.manifest import Claim, Exemption

COMMAND = Path(sys.executable).parent / "director"
NAMED = ("--name", "svc", "--owner", "team-test")

HOSTILE = [
    "x\n  declares: {security_review: true}",
    '"} evil: {',
    "---\napiVersion: evil",
    "'; rm -rf ~; ' # $(id)",
    "null",
]


def names(folder: Path) -> list[str]:
    """Return what is in *folder*."""
    return sorted(path.name for path in folder.iterdir())


async def test_a_bare_manifest_validates_and_is_decided(director, home: Path) -> None:
    """With a name and an owner there is a manifest, and the Director says NO_GO to it at once."""
    ran = await director("init", *NAMED)
    valid = await director("validate")
    judged = await director("evaluate", "--no-store", "--format", "json")

    assert (ran.exit, ran.stderr) == (0, "")
    assert ran.stdout.startswith("readiness.yaml: written\n")
    assert "\n  director evaluate readiness.yaml\n" in ran.stdout
    assert (valid.exit, judged.exit) == (0, 1)
    assert judged.document["decision"] == "no_go"
    assert names(home) == ["readiness.schema.json", "readiness.yaml"]


async def test_everything_can_be_said_by_flags(director, home: Path, ready) -> None:
    """A service that is ready is GO right after its manifest was written."""
    said = {**ready, "backup": "n/a: stateless", "runbook": "yes", "load_test": "y"}
    flags = [
        f"--declare={key}={json.dumps(value) if not isinstance(value, str) else value}"
        for key, value in said.items()
    ]

    ran = await director(
        "init", *NAMED, "--tier", "0", "--version", "1.0", "--profile", "baseline", *flags,
        "--output", "svc.yaml",
    )  # fmt: skip
    judged = await director("evaluate", "svc.yaml", "--format", "json")

    assert (ran.exit, ran.stderr) == (0, "")
    assert "still open" not in ran.stdout
    assert (judged.exit, judged.document["decision"]) == (0, "go")
    manifest = load_manifest(home / "svc.yaml").manifest
    assert (manifest.tier, manifest.version, manifest.profile) == (0, "1.0", "baseline")
    assert manifest.declaration("backup") == Exemption("stateless")


async def test_what_is_typed_next_works(director) -> None:
    """The lines it ends with can be typed as they are, also with several environments."""
    ran = await director(
        "init", *NAMED, "--environment", "lab", "--environment", "prod=https://svc.invalid",
        "--output", "a file.yaml",
    )  # fmt: skip

    assert "director validate 'a file.yaml'" in ran.stdout
    assert "director evaluate 'a file.yaml' --environment lab" in ran.stdout
    judged = await director("evaluate", "a file.yaml", "--environment", "lab", "--no-store")
    assert judged.exit == 1


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_answers_are_inert(director, home: Path, text: str) -> None:
    """An owner and a reason are text, whatever they look like, for us and for other readers."""
    ran = await director(
        "init", "--name", "svc", "--owner", text, "--version", text,
        "--declare", f"backup=n/a: {text}", "--declare", "logging=false",
    )  # fmt: skip

    assert (ran.exit, ran.stderr) == (0, "")
    said = " ".join(text.split())
    manifest = load_manifest(home / "readiness.yaml").manifest
    assert (manifest.name, manifest.owner, manifest.version) == ("svc", said, said)
    assert manifest.declares == (
        ("backup", Exemption(said)),
        ("logging", Claim(value=False)),
    )
    other = yaml.safe_load((home / "readiness.yaml").read_text())
    assert other["spec"]["declares"] == {"backup": {"not_applicable": said}, "logging": False}


async def test_all_faults_are_named_at_once(director, home: Path) -> None:
    """Each flag that cannot be used has its line, and nothing is written."""
    ran = await director(
        "init", "--name", "Bad Name", "--owner", "\x1b[2J", "--tier", "9", "--environment", "X",
        "--schema", "two words\n#",
    )  # fmt: skip
    declared = await director(
        "init", *NAMED, "--declare", "logging=perhaps", "--declare", "metrcs=true",
        "--declare", "alerts", "--declare", "sla=true", "--declare", "sla=false",
    )  # fmt: skip

    assert (ran.exit, declared.exit) == (2, 2)
    assert [line.split(": ")[0] for line in ran.stderr.splitlines()] == [
        "--schema", "--name", "--owner", "--tier", "--environment",
    ]  # fmt: skip
    assert "--declare logging: must be true or false, got 'perhaps'" in declared.stderr
    assert "did you mean 'metrics'?" in declared.stderr
    assert "must be KEY=ANSWER, got 'alerts'" in declared.stderr
    assert "--declare sla: must be given once" in declared.stderr
    assert names(home) == []


@pytest.mark.parametrize("flags", [(), ("--no-input",), ("--name", "svc")])
async def test_without_a_terminal_nothing_is_guessed(director, home: Path, flags) -> None:
    """What is missing where nobody can be asked is one fault that names the flags."""
    ran = await director("init", *flags)

    missing = "--owner" if "--name" in flags else "--name and --owner"
    assert ran.exit == 2
    assert ran.stderr == (f"director init: must be told {missing}, as nobody can be asked here\n")
    assert names(home) == []


async def test_nothing_is_overwritten(director, home: Path) -> None:
    """A file that is there stays as it is, without --force."""
    (home / "readiness.yaml").write_text("mine\n")
    (home / "readiness.schema.json").write_text("mine\n")

    kept = await director("init", *NAMED)
    other = await director("init", *NAMED, "--output", "other.yaml")
    before = (home / "readiness.schema.json").read_text()
    forced = await director("init", *NAMED, "--force")

    assert (kept.exit, kept.stdout) == (2, "")
    assert "readiness.yaml: must not be there yet" in kept.stderr
    assert (other.exit, before) == (0, "mine\n")
    assert "readiness.schema.json: kept as it is" in other.stdout
    assert forced.exit == 0
    assert load_manifest(home / "readiness.yaml").manifest.name == "svc"
    assert json.loads((home / "readiness.schema.json").read_text())


async def test_an_unknown_profile_is_refused(director, home: Path) -> None:
    """What could not be evaluated is not written; a file is no profile of a manifest."""
    slip = await director("init", *NAMED, "--profile", "standrad")
    file = await director("init", *NAMED, "--profile", "x.yaml")

    assert (slip.exit, file.exit) == (2, 2)
    assert "did you mean 'standard'?" in slip.stderr
    assert "must be the name of a profile and not a file" in file.stderr
    assert names(home) == []


async def test_editors_find_the_schema(director, home: Path) -> None:
    """The first line points beside the manifest, at a schema that takes the manifest."""
    await director("init", *NAMED, "--declare", "logging=true")
    elsewhere = await director(
        "init", *NAMED, "--output", "b.yaml", "--schema", "https://example.com/readiness.json"
    )

    text = (home / "readiness.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=readiness.schema.json\n")
    schema = json.loads((home / "readiness.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(yaml.safe_load(text))
    assert "declared.logging" in json.dumps(schema)
    assert (
        (home / "b.yaml")
        .read_text()
        .startswith("# yaml-language-server: $schema=https://example.com/readiness.json\n")
    )
    assert "schema" not in elsewhere.stdout


async def test_a_folder_that_is_not_there_is_named(director, home: Path) -> None:
    """No folder is made on the way: it may be a slip."""
    ran = await director("init", *NAMED, "--output", "nowhere/readiness.yaml")

    assert ran.exit == 2
    assert "nowhere/readiness.yaml: must be in a folder that exists" in ran.stderr
    assert names(home) == []


ABOUT = [
    (r"name of the service \[pay\]: ", "Not A Name", "must be a name of lower-case letters"),
    (r"name of the service \[pay\]: ", "", ""),
    ("team that answers for it: ", "team: x # y", ""),
    ("tier, .*: ", "9", "must be a whole number from 0 to 4"),
    ("tier, .*: ", "1", ""),
    ("version .*: ", "", ""),
    (r"profile \[standard\]: ", "nope", "must be a profile"),
    (r"profile \[standard\]: ", "", ""),
]
WHERE = [
    ("environment.*: ", "Prod", "must be a name"),
    ("environment.*: ", "production", ""),
    ("base_url of production .*: ", "ftp://x", "must begin with http"),
    ("base_url of production .*: ", "https://pay.invalid", ""),
    ("environment.*: ", "lab=https://lab.invalid", ""),
    ("environment.*: ", "", ""),
]
"""What is asked, what is typed, and why it is asked again."""

ANSWERS = {
    "backup": ("n/a", "why does it not apply", "stateless"),
    "security_review": ("n/a", "takes no 'not applicable' here", "yes"),
    "load_test": ("perhaps", "must be true or false", "no"),
    "runbook": ("",),
    "test_coverage_percent": ("87.5",),
    "sla": ("{latency_ms: 300}",),
}


async def tell(screen, talk: list[tuple[str, str, str]]) -> None:
    """Answer each question, and see the fault of each wrong answer."""
    for prompt, answer, fault in talk:
        await screen.see(prompt)
        screen.type(f"{answer}\r")
        if fault:
            await screen.see(f"Error: {fault}")


async def test_a_person_is_asked(terminal, director, home: Path) -> None:
    """Everything is asked, a wrong answer again; nothing means that nobody knows."""
    (home / ".git").mkdir()
    (home / ".git" / "config").write_text('[remote "origin"]\n\turl = git@h:team/Pay.git\n')
    screen = await terminal(COMMAND, "init")

    await tell(screen, ABOUT)
    for number in range(1, 13):
        await screen.see(rf"{number}/12  ")
        name = (await screen.see(r"\r\n(\w+) \([^\r\n]*\): "))[1]
        first, *more = ANSWERS.get(name, ("y",))
        screen.type(f"{first}\r")
        if more:
            await screen.see(more[0])
            await screen.see(": $")
            screen.type(f"{more[1]}\r")
    await tell(screen, WHERE)
    await screen.see("still open: runbook\r\n")
    await screen.see("director evaluate readiness.yaml --environment production\r\n")
    assert await screen.end() == 0

    manifest = load_manifest(home / "readiness.yaml").manifest
    assert (manifest.name, manifest.owner, manifest.tier) == ("pay", "team: x # y", 1)
    assert manifest.declaration("backup") == Exemption("stateless")
    assert manifest.declaration("load_test") == Claim(value=False)
    assert manifest.declaration("security_review") == Claim(value=True)
    assert manifest.declaration("runbook") is None
    assert manifest.declaration("test_coverage_percent") == Claim(value=87.5)
    assert {each.name: each.base_url for each in manifest.environments} == {
        "lab": "https://lab.invalid",
        "production": "https://pay.invalid",
    }
    assert (await director("validate")).exit == 0


async def test_flags_are_not_asked_again(terminal, home: Path) -> None:
    """Only what flags do not say is asked."""
    screen = await terminal(
        COMMAND, "init", *NAMED, "--tier", "1", "--version", "1", "--profile", "baseline",
        "--environment", "prod", *(f"--declare={name}=yes" for name in (
            "logging", "metrics", "alerts", "healthcheck", "load_test", "security_review",
            "on_call")),
    )  # fmt: skip

    asked = await screen.see(r"(?s)^(.*)runbook \(yes/no/n/a\) ?(\[\])?: ")
    screen.type("no\r")

    assert await screen.end() == 0
    assert "1/1" in asked[1]
    assert load_manifest(home / "readiness.yaml").manifest.declaration("runbook") == Claim(
        value=False
    )


@pytest.mark.parametrize("keys", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("answered", [0, 2])
async def test_a_person_who_leaves_leaves_nothing_behind(
    terminal, home: Path, keys: str, answered: int
) -> None:
    """Ctrl-C and Ctrl-D end with 130, whatever was answered, and nothing is written."""
    screen = await terminal(COMMAND, "init", "--name", "svc")
    for prompt in ("team that", "tier")[:answered]:
        await screen.see(f"{prompt}.*: ")
        screen.type("1\r")
    await screen.see(("team that", "", "version")[answered] + ".*: ")

    screen.type(keys)

    assert await screen.end() == 130
    assert "Traceback" not in screen.rest
    assert names(home) == []


async def test_what_is_no_text_is_asked_again(terminal) -> None:
    """Keys that make no character are refused, not taken and no failure of ours."""
    screen = await terminal(COMMAND, "init", "--name", "svc", variables={"LANG": "C.UTF-8"})
    await screen.see("team that answers for it: ")

    screen.send(b"\xff\xfe\r")

    await screen.see(r"Error: must be without control and invisible characters, got U\+DCFF")
    screen.type("\x04")
    assert await screen.end() == 130


async def test_no_input_asks_nothing_on_a_terminal(terminal) -> None:
    """A terminal without anybody before it is told to ask nobody."""
    screen = await terminal(COMMAND, "init", "--no-input")

    assert await screen.end() == 2
    assert re.search("must be told --name and --owner", screen.rest)
