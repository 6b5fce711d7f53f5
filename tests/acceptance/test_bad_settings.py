"""What the operator sets, and sets wrong: exit 2 or 3, and one line that says where and what."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

import pytest

from director.formats.format import FORMATS

NO_TEXT = os.fsdecode(b"pay\xff")
"""What Python makes of an argument that is not UTF-8."""


async def test_a_service_whose_name_is_no_text_is_exit_2(director, write, ready) -> None:
    """An argument that is not UTF-8 is refused in one line, like any service nobody knows."""
    await director("evaluate", write("svc", ready), "--profile", "baseline", "--store", "s.db")

    ran = await director("explain", NO_TEXT, "--store", "s.db")

    assert ran.exit == 2
    assert ran.stderr == (
        "SERVICE: must be a service with a recorded decision, or an evaluation, got 'pay\\udcff'\n"
    )


@pytest.mark.parametrize("command", ["evaluate", "plan", "validate"])
async def test_a_manifest_whose_name_is_no_text_is_read(
    director, write, ready, home: Path, command: str
) -> None:
    """A path that is not UTF-8 and exists works, and is named so that it can be printed."""
    write("svc", ready).rename(home / f"{NO_TEXT}.yaml")

    ran = await director(command, f"{NO_TEXT}.yaml", "--profile", "baseline")

    assert ran.exit == 0
    assert ran.stdout.replace("\n", "").isprintable()


async def test_a_store_whose_name_is_no_text_is_used(director, write, ready, home: Path) -> None:
    """A database may have any name that a file may have."""
    path = write("svc", ready)

    judged = await director("evaluate", path, "--profile", "baseline", "--store", NO_TEXT)
    told = await director("explain", "svc", "--store", NO_TEXT)

    assert (judged.exit, told.exit) == (0, 0)
    assert (home / NO_TEXT).is_file()


@pytest.mark.parametrize("name", ["evaluate", "validate", "plan"])
async def test_a_path_that_is_too_long_is_exit_2(director, name: str) -> None:
    """What no file can be called is the caller's slip, and not our own fault."""
    ran = await director(name, "x" * 5_000)

    assert ran.exit == 2
    assert "internal error" not in ran.stderr
    assert "File name too long" in ran.stderr


@pytest.mark.parametrize("form", [*FORMATS])
async def test_one_impossible_path_does_not_stop_the_others(
    director, write, ready, home: Path, form: str
) -> None:
    """Each target has its own line, in any format; the worst of them is the exit code."""
    path = write("svc", ready)
    (home / "empty").mkdir()
    targets = (path, "x" * 5_000, "empty")

    ran = await director(
        "evaluate", *targets, "--profile", "baseline", "--log", "off", "--format", form
    )

    assert ran.exit == 2
    assert [line.rpartition(": ")[2] for line in ran.stderr.splitlines()] == [
        "File name too long",
        "must contain readiness.yaml or another YAML file that can be read, got none",
    ]
    assert ran.stdout
    if form == "json":
        assert [item.get("decision") for item in ran.document] == ["go", None, None]


async def test_validate_goes_on_after_an_impossible_path(director, write, ready) -> None:
    """A path that no file can have is one line among the others."""
    path = write("svc", ready)

    ran = await director("validate", "x" * 5_000, path, "--profile", "baseline")

    assert (ran.exit, ran.stdout) == (2, f"{path}: valid\n")
    assert ran.stderr.endswith("File name too long\n")


async def test_a_pipe_is_not_passed_over_for_another_file(
    director, write, ready, home: Path
) -> None:
    """What is named as the folder's manifest and cannot be read is refused with its place."""
    write("svc", ready)
    os.mkfifo(home / "readiness.yaml")

    ran = await director("evaluate", "--profile", "baseline", "--log", "off")

    assert ran.exit == 2
    assert ran.stderr == (
        "readiness.yaml: must be a file that can be read: it is a pipe, socket or device\n"
    )


async def test_a_variable_is_told_in_one_line(director, write, ready) -> None:
    """A profile in a variable cannot write lines of its own."""
    path = write("svc", ready)
    forged = {"DIRECTOR_LEAST_PROFILE": "x\nsvc  GO  100%\x1b[2J"}

    ran = await director("evaluate", path, "--log", "off", variables=forged)

    assert ran.exit == 2
    (line,) = ran.stderr.splitlines()
    assert line.isprintable()


async def test_many_environments_are_not_all_listed(director, write, ready) -> None:
    """Ten are named, and how many there are besides."""
    names: dict[str, object] = {f"e{number:04}": {} for number in range(100)}
    path = write("svc", ready, environments=names)

    open_ = await director("evaluate", path, "--profile", "baseline", "--log", "off")
    slip = await director("plan", path, "--profile", "baseline", "--environment", "e39999")

    for ran in (open_, slip):
        assert ran.exit == 2
        (line,) = ran.stderr.splitlines()
        assert "e0009 … and 90 more" in line
        assert len(line) < 300


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("store: true", "2:8: must be a text, got true"),
        ("store: ''", "2:8: must be a text, got ''"),
        ("store: [a, b]", "2:1: must be a text, got a list"),
        ("store: 3", "2:8: must be a text, true, false or a list of texts, got 3"),
        ("trust: [a, 3]", "2:12: must be a text, got 3: put it in quotes"),
        ("color: 'yes'", "2:8: must be true or false, got 'yes'"),
        (
            "address_policy: open",
            "2:17: must be what --address-policy takes: 'open' is not one of",
        ),
        (
            "allow_address: [127.0.0.0/8, here]",
            "2:1: must be an address range, got 'here': it does not appear to be",
        ),
        (
            "profiles: nowhere",
            "2:11: must be what --profiles takes: Directory 'nowhere' does not exist",
        ),
    ],
)
async def test_a_wrong_setting_in_a_file_has_its_place(
    director, write, ready, home: Path, line: str, told: str
) -> None:
    """A value that a setting cannot take is told with file, line and column."""
    (home / "mine.yaml").write_text(f"log: 'off'\n{line}\n")

    ran = await director("evaluate", write("svc", ready), "--config", "mine.yaml")

    assert ran.exit == 2
    (fault,) = ran.stderr.splitlines()
    assert fault.startswith(f"mine.yaml:{told}")


async def test_all_wrong_settings_of_a_file_are_told(director, write, ready, home: Path) -> None:
    """Faults of a configuration are reported at once, in the order of the text."""
    (home / "mine.yaml").write_text("color: 'x'\nstore: true\n")

    ran = await director("evaluate", write("svc", ready), "--config", "mine.yaml")

    assert [line[:14] for line in ran.stderr.splitlines()] == ["mine.yaml:1:8:", "mine.yaml:2:8:"]


@pytest.mark.parametrize("where", ["file", "variable"])
async def test_of_very_many_wrong_settings_a_hundred_are_told(
    director, home: Path, where: str
) -> None:
    """Every list of faults is bounded, in order, and says how many more there are."""
    wrong = [f"x{number:03}" for number in range(500)]
    (home / "c.yaml").write_text(f"allow_address: [{', '.join(reversed(wrong))}]\n")
    ways = {
        "file": (("--config", "c.yaml"), {}),
        "variable": ((), {"DIRECTOR_ALLOW_ADDRESS": " ".join(reversed(wrong))}),
    }

    arguments, variables = ways[where]
    ran = await director("doctor", *arguments, variables=variables)

    assert ran.exit == 2
    *told, last = ran.stderr.splitlines()
    assert [re.findall("got '(.*?)'", line) for line in told] == [[each] for each in wrong[:100]]
    assert last.endswith("must have no faults at all, got 400 more of them")


async def test_a_file_for_a_report_is_refused_in_its_place(director, write, ready, home) -> None:
    """The folder that is judged is told which line of its file goes too far."""
    (home / "director.yaml").write_text("color: false\nformat: [text, json=x.json]\n")

    ran = await director("evaluate", write("svc", ready))

    assert ran.exit == 2
    assert ran.stderr.startswith("director.yaml:2:1: must be a format alone, got 'json=x.json'")


async def test_an_emptied_store_is_never_taken_for_a_new_one(
    director, write, ready, home: Path
) -> None:
    """Conditions that stood in a store that is empty now are not forgotten: exit 3."""
    path = write("svc", {**ready, "load_test": False})
    base = ("evaluate", path, "--profile", "baseline", "--store", "s.db", "--format", "json")
    before = await director(*base)
    os.truncate(home / "s.db", 0)

    after = await director(*base)
    looked = await director("doctor", "--store", "s.db")
    told = await director("explain", "svc", "--store", "s.db")

    assert before.document["decision"] == "conditional_go"
    assert after.exit == 3
    assert after.document["decision"] is None
    assert "must not be an empty file" in after.document["error"]["reason"]
    assert "AMISS store s.db is empty" in looked.stdout
    assert (looked.exit, told.exit) == (3, 3)
    assert await asyncio.to_thread((home / "s.db").read_bytes) == b""
    assert json.loads(before.stdout)["recorded"] is True


@pytest.mark.parametrize("command", ["evaluate", "plan", "validate"])
async def test_an_empty_profile_is_no_profile(director, write, ready, command: str) -> None:
    """A variable that a pipeline forgot to set does not let the manifest choose its own policy."""
    path = write("svc", ready, profile="baseline")

    ran = await director(command, path, "--profile", "", "--trust", "x")

    assert ran.exit == 2
    assert "profile: must be a profile (baseline, standard, strict), got ''" in ran.stderr


async def test_a_profile_that_the_manifest_asks_for_has_its_place(director, write, ready) -> None:
    """A slip in the manifest is shown where it stands."""
    path = write("svc", ready, profile="basline")

    ran = await director("validate", path)

    assert ran.exit == 2
    assert re.search(r"svc\.yaml:1:\d+: must be a profile .*, got 'basline'", ran.stderr)
