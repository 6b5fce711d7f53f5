"""director checks show: what one check is, and how it is set."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from director.loading.manifest import read_manifest
from director.loading.profile import builtin_folder, load_profile

HEAD = "apiVersion: readiness/v1\nkind: {kind}\nmetadata: {{name: mine}}\n"


async def test_everything_is_told(director) -> None:
    """Why, what to do, how much work, the limits, whose it is, and each option with its sense."""
    ran = await director("checks", "show", "http.health")

    assert (ran.exit, ran.stderr) == (0, "")
    rows = {line.split()[0]: line for line in ran.stdout.splitlines() if line.split()}
    assert rows["Why"]
    assert "effort)" in ran.stdout
    assert "reliability" in rows["category"]
    assert "required" in rows["role"]
    assert "10 s" in rows["deadline"]
    assert "base_url" in rows["reads"]
    assert rows["plugin"].split("from ")[1].startswith("director-http ")
    assert rows["budget_s"].split() == ["budget_s", "number", "1.0", "lower", "is", "stricter"]
    assert rows["path"].split() == ["path", "text", '"/healthz"']
    assert "it may tighten, never loosen" in ran.stdout


@pytest.mark.parametrize("arguments", [("show", "{}", "--format", "json"), ()], ids=str)
async def test_json_says_the_same(director, arguments: tuple[str, ...]) -> None:
    """For programs the same, whether the format is asked of the one or of all."""
    check = "declared.test_coverage"
    typed = [each.format(check) for each in arguments] or ["--format", "json", "show", check]

    ran = await director("checks", *typed)

    told = ran.document
    assert (told["id"], told["category"], told["effort"]) == (check, "reliability", "high")
    assert told["reads"] == ["declares.test_coverage_percent"]
    assert told["options"] == [
        {"name": "min_percent", "kind": "number", "default": 80.0, "tighter": "higher"}
    ]
    assert {"why", "remedy", "role", "deadline_s", "plugin", "version"} <= set(told)


async def test_every_example_can_be_taken_over(director, home: Path) -> None:
    """What is shown for a manifest and for a profile loads as it is, for every check."""
    listed = (await director("checks", "--format", "json")).document

    assert len(listed) >= 13
    for each in listed[::4]:
        told = (await director("checks", "show", each["id"], "--format", "json")).document
        examples = told["examples"]
        manifest = HEAD.format(kind="Service") + examples["manifest"]
        policy = HEAD.format(kind="Profile") + examples["profile"].replace(
            "spec:\n", "spec:\n  extends: standard\n"
        )
        (home / "mine.yaml").write_text(policy)

        (request,) = read_manifest(manifest.encode(), "x").manifest.checks
        profile = load_profile("mine", (home, builtin_folder()))

        defaults = {option["name"]: option["default"] for option in each["options"]}
        assert (request.check, dict(request.options)) == (each["id"], defaults)
        (found,) = (policy for policy in profile.checks if policy.check == each["id"])
        assert dict(found.options) == defaults
        text = (await director("checks", "show", each["id"])).stdout
        assert textwrap.indent(examples["manifest"], "  ").rstrip() in text
        assert textwrap.indent(examples["profile"], "  ").rstrip() in text
