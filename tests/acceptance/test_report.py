"""director report and --diff-against: a recorded decision again, and what it is held against."""

from __future__ import annotations

import pytest

EVERY_FORMAT = (
    "text",
    "json",
    "jsonl",
    "junit",
    "sarif",
    "github",
    "github-output",
    "gitlab",
    "markdown",
    "html",
    "nagios",
    "badge",
    "badge-json",
)


async def judged(director, path, *flags: str, profile: str = "baseline"):
    """Evaluate *path* and return the report as JSON."""
    ran = await director("evaluate", path, "--profile", profile, "--format", "json", *flags)
    return ran.document


@pytest.fixture
def worse(write, ready):
    """A service that declares everything, and the same with its runbook lost."""

    def change(**declares: bool):
        return write("pay", {**ready, **declares})

    return change


async def test_a_recorded_decision_is_shown_again(director, worse) -> None:
    """The last decision on a service, and that of any evaluation, are shown as they were made."""
    first = await judged(director, worse(load_test=False))
    second = await judged(director, worse())

    last = await director("report", "pay", "--format", "json")
    earlier = await director("report", first["evaluation"].lower(), "--format", "json")

    assert (last.exit, earlier.exit) == (0, 0)
    assert last.document == second
    assert earlier.document == first


async def test_every_format_shows_a_recorded_decision(director, worse, home) -> None:
    """Each format can be asked of the record, several at once with a file each."""
    await judged(director, worse(load_test=False))
    wanted = [f"--format={name}={name}.out" for name in EVERY_FORMAT]

    ran = await director("report", "pay", *wanted)

    assert (ran.exit, ran.stdout) == (0, "")
    sizes = {name: (home / f"{name}.out").stat().st_size for name in EVERY_FORMAT}
    assert all(sizes.values()), sizes


async def test_what_is_not_recorded_is_not_shown(director, worse) -> None:
    """Another service, another environment and no record at all are each one clear fault."""
    nothing = await director("report", "pay")
    await judged(director, worse())
    faults = [
        nothing,
        await director("report", "shop"),
        await director("report", "01JH0000000000000000000000"),
        await director("report", "pay", "--environment", "moon"),
        await director("report", "pay", "--diff-against", "last"),
        await director("report", "pay", "--format", "interpretive-dance"),
    ]

    for ran in faults:
        assert (ran.exit, ran.stdout) == (2, "")
        assert len(ran.stderr.splitlines()) == 1


async def test_the_last_decision_is_held_against(director, worse) -> None:
    """What became worse and better since the last decision is said, and only where it was asked."""
    await director("evaluate", worse(load_test=False), "--profile", "baseline")

    quiet = await judged(director, worse(load_test=False))
    said = await judged(director, worse(runbook=False), "--diff-against", "last")

    assert "difference" not in quiet
    assert said["difference"]["evaluation"] == quiet["evaluation"]
    assert [(c["turn"], c["check"]) for c in said["difference"]["changes"]] == [
        ("worse", "declared.runbook"),
        ("better", "declared.load_test"),
    ]
    text = await director("evaluate", worse(), "--profile", "baseline", "--diff-against", "last")
    assert "↑ declared.runbook  failed → passed" in text.stdout


@pytest.mark.parametrize("form", ["json", "jsonl"])
async def test_a_report_of_another_branch_is_held_against(director, worse, home, form) -> None:
    """A JSON report, of one or several targets, serves where there is no common record."""
    (home / "all").mkdir()
    for name in ("pay", "shop"):
        text = worse(runbook=False).read_text().replace('"pay"', f'"{name}"')
        (home / "all" / f"{name}.yaml").write_text(text)
    flags = ("--profile", "baseline", "--no-store")
    await director("evaluate", "all", *flags, f"--format={form}=main.json")

    ran = await judged(director, worse(), "--no-store", "--diff-against", "main.json")

    assert [(c["turn"], c["check"]) for c in ran["difference"]["changes"]] == [
        ("better", "declared.runbook")
    ]


async def test_a_target_that_was_not_judged_before_has_no_difference(director, worse, home) -> None:
    """A new service is held against nothing, and is judged all the same."""
    await director("evaluate", worse(), "--no-store", "--format=json=main.json")
    other = home / "other.yaml"
    other.write_text(worse().read_text().replace('"pay"', '"other"'))

    ran = await director("evaluate", other, "--diff-against", "main.json", "--format", "json")

    assert "difference" not in ran.document


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "null",
        '"text"',
        "[1]",
        "{",
        '{"decision": "go"}',
        '{"service": null, "decision": null}',
        '{"decision": "go", "decision": "go"}',
        "[" * 100_000,
        "\ufffd",
    ],
)
async def test_a_report_that_is_none_is_refused(director, worse, home, content) -> None:
    """What is held against must be a report; nothing is evaluated without it."""
    (home / "main.json").write_text(content)

    ran = await director("evaluate", worse(), "--diff-against", "main.json")

    assert (ran.exit, ran.stdout) == (2, "")
    (line,) = [line for line in ran.stderr.splitlines() if not line.startswith("{")]
    assert line.startswith("main.json: must be a report that --format json wrote: ")


@pytest.mark.parametrize("wanted", ["nothing.json", "01JH0000000000000000000000", "/dev/zero", "."])
async def test_what_is_held_against_must_be_there(director, worse, wanted) -> None:
    """A file or an evaluation that is not there is a mistake, not a first time."""
    ran = await director("evaluate", worse(), "--diff-against", wanted)

    assert (ran.exit, ran.stdout) == (2, "")
    assert "--diff-against: must be last, a JSON report, or a recorded evaluation" in ran.stderr


async def test_last_needs_a_record(director, worse) -> None:
    """Without a record there is no last decision to be held against."""
    ran = await director("evaluate", worse(), "--no-store", "--diff-against", "last")

    assert (ran.exit, ran.stdout) == (2, "")
    assert "--diff-against: must not be last with --no-store" in ran.stderr


async def test_github_collects_summary_and_outputs(director, worse, home) -> None:
    """On GitHub the step's summary and outputs are added to what earlier steps have written."""
    for name in ("summary", "output"):
        (home / name).write_text("earlier\n")
    variables = {
        "GITHUB_STEP_SUMMARY": str(home / "summary"),
        "GITHUB_OUTPUT": str(home / "output"),
    }

    ran = await director(
        "evaluate", worse(security_review=False), "--format", "github", variables=variables
    )

    assert ran.exit == 1
    assert ran.stdout.startswith("::error ")
    for name in ("summary", "output"):
        assert (home / name).read_text().startswith("earlier\n")
    assert "NO_GO" in (home / "summary").read_text()
    assert "decision=no_go" in (home / "output").read_text()


async def test_machines_read_utf_8(director, worse) -> None:
    """A report for machines is UTF-8, whatever the terminal is."""
    manifest = worse(load_test={"not_applicable": "läuft nie unter Last"})
    flags = ("--profile", "baseline", "--format", "json")

    ran = await director("evaluate", manifest, *flags, variables={"PYTHONIOENCODING": "ascii"})

    checks = [check for category in ran.document["categories"] for check in category["checks"]]
    assert "läuft nie unter Last" in {check["reason"] for check in checks}
