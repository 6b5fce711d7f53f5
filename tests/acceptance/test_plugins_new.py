"""director plugins new: a distribution that passes its own tests at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent


def ran(*words: str | Path, cwd: Path, path: Path | None = None) -> str:
    """Run a program as a new author would, and return what it printed; it must succeed."""
    variables = {"PATH": str(BIN), "HOME": str(cwd), "TMPDIR": str(cwd.parent)}
    if path is not None:
        variables["PYTHONPATH"] = str(path)
    done = subprocess.run(
        words, cwd=cwd, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def written(home: Path) -> list[Path]:
    """Return everything in a folder."""
    return list(home.iterdir())


async def test_a_new_plugin_works_at_once(director, home: Path, tmp_path: Path) -> None:
    """It is written, installed beside the Director, tested, linted, listed and planned."""
    site = tmp_path / "site"

    made = await director("plugins", "new", "acme_web")

    assert (made.exit, made.stderr) == (0, "")
    folder = home / "director-acme-web"
    files = {str(file.relative_to(home)) for file in folder.rglob("*") if file.is_file()}
    assert files == set(made.stdout.split("\n\n")[0].splitlines())
    pip = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    await asyncio.to_thread(
        ran, sys.executable, "-m", "pip", *pip, "--no-build-isolation", "--target", site, ".",
        cwd=folder,
    )  # fmt: skip
    tested = await asyncio.to_thread(
        ran, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder, path=site
    )
    assert " passed" in tested
    assert "skipped" not in tested
    await asyncio.to_thread(ran, BIN / "ruff", "check", ".", cwd=folder)
    await asyncio.to_thread(ran, BIN / "ruff", "format", "--check", ".", cwd=folder)
    variables = {"PYTHONPATH": str(site)}
    listed = (await director("plugins", "--format", "json", variables=variables)).document
    (mine,) = [each for each in listed if each["name"] == "acme_web"]
    assert (mine["disposition"], mine["isolated"]) == ("loaded", True)
    assert mine["checks"] == ["acme_web.answers", "acme_web.runbook-linked"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Acme", "must be a lower-case word"),
        ("acme-web", "must be a lower-case word"),
        ("acme_", "must be a lower-case word"),
        ("2acme", "must be a lower-case word"),
        ("../acme", "must be a lower-case word"),
        ("a" * 41, "at most 40 characters"),
        ("", "must be a lower-case word"),
        ("http", "must not be the name of an installed plugin"),
    ],
)
async def test_bad_names_are_refused(director, home: Path, name: str, said: str) -> None:
    """One clear line, exit 2, and nothing is written."""
    ran = await director("plugins", "new", name)

    assert ran.exit == 2
    assert ran.stderr.startswith("NAME: ")
    assert said in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert written(home) == []


async def test_nothing_is_written_over(director, home: Path) -> None:
    """A folder with anything in it, or a file, is left as it is; an empty folder is used."""
    (home / "full").mkdir()
    (home / "full" / "mine").write_text("mine")
    (home / "file").write_text("mine")
    (home / "empty").mkdir()

    for place in ("full", "file"):
        ran = await director("plugins", "new", "acme", "--dir", place)
        assert ran.exit == 2
        assert ran.stderr == f"{place}: must be a new or an empty folder; --dir writes elsewhere\n"
    used = await director("plugins", "new", "acme", "--dir", "empty")

    assert used.exit == 0
    assert (home / "empty" / "pyproject.toml").is_file()
    assert [each.name for each in (home / "full").iterdir()] == ["mine"]
