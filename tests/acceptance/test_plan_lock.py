"""What happens between two runs to the plugins that checks come from, and how it is told."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.acceptance.conftest import Director, LogLines, Ran

MODULE = """
from dataclasses import dataclass
from typing import ClassVar
from director.plugin import CheckSpec, Passed, hookimpl
{head}
def made(name):
    @dataclass(frozen=True)
    class Made:
        spec: ClassVar[CheckSpec] = CheckSpec(
            id=name, title="Is so", category="reliability", why="w", remedy="r"
        )
        def judge(self, manifest):
            return Passed("so")
    return Made

@hookimpl
def director_checks():
    return tuple(made(name) for name in {checks})
"""

ALL = ("acme.one", "acme.two", "acme.three")


@dataclass(frozen=True)
class Shop:
    """Where distributions are installed, and a service that is judged by their checks."""

    home: Path
    director: Director
    log_lines: LogLines

    def install(
        self, name: str, version: str, checks: tuple[str, ...] = ALL, head: str = ""
    ) -> Path:
        """Install a distribution whose plugin is ``acme``; return its metadata's folder."""
        package = name.replace("-", "_")
        site = self.home / "site"
        folder = site / f"{package}-{version}.dist-info"
        folder.mkdir(parents=True)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (folder / "METADATA").write_text(metadata)
        (folder / "entry_points.txt").write_text(f"[director]\nacme = {package}\n")
        (site / f"{package}.py").write_text(MODULE.format(head=head, checks=checks))
        return folder

    def policy(self, *checks: str) -> None:
        """Write the profile that asks for these checks."""
        document = {
            "apiVersion": "readiness/v1",
            "kind": "Profile",
            "metadata": {"name": "gate"},
            "spec": {
                "thresholds": {"go": 0.9, "conditional": 0.5},
                "checks": {c: {"category": "reliability", "role": "required"} for c in checks},
            },
        }
        (self.home / "gate.yaml").write_text(json.dumps(document))

    async def run(self, command: str, *arguments: str, trust: str = "director-acme") -> Ran:
        """Run one command, with what is installed and these trusted."""
        return await self.director(
            command,
            *arguments,
            *(flag for each in trust.split() for flag in ("--trust", each)),
            variables={"PYTHONPATH": str(self.home / "site"), "PYTHONDONTWRITEBYTECODE": "1"},
        )

    async def plan(self, *arguments: str, **options: str) -> Ran:
        """Show the plan."""
        return await self.run("plan", "svc.yaml", "--profile", "gate.yaml", *arguments, **options)

    async def evaluate(self, *arguments: str, **options: str) -> Ran:
        """Decide."""
        return await self.run(
            "evaluate", "svc.yaml", "--profile", "gate.yaml", "--format", "json", "--log", "stderr",
            *arguments, **options,
        )  # fmt: skip

    async def plugins(self, **options: str) -> list[dict[str, Any]]:
        """Return what is listed under the name ``acme``."""
        ran = await self.run("plugins", "--format", "json", **options)
        return [each for each in ran.document if each["name"] == "acme"]

    def missing(self, ran: Ran) -> dict[str, str]:
        """Return the reason of each missing check; the log says the same as the report."""
        lines = self.log_lines("\n".join(x for x in ran.stderr.splitlines() if x.startswith("{")))
        logged = {
            each["director.check.id"]
            for each in lines
            if each.get("director.check.status") == "missing"
        }
        said = {
            check["id"]: check["reason"]
            for category in ran.document["categories"]
            for check in category["checks"]
            if check["outcome"] == "missing"
        }
        assert logged == set(said)
        return said

    def codes(self, ran: Ran) -> set[str]:
        """Return the codes under which the log has missing checks."""
        lines = self.log_lines("\n".join(x for x in ran.stderr.splitlines() if x.startswith("{")))
        return {
            each["director.check.reason"]
            for each in lines
            if each.get("director.check.status") == "missing"
        }


@pytest.fixture
def shop(home: Path, director: Director, log_lines: LogLines) -> Shop:
    """Judge a service by three checks of one third party."""
    (home / "svc.yaml").write_text(
        "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: svc, owner: team}\n"
    )
    shop = Shop(home, director, log_lines)
    shop.policy(*ALL)
    return shop


async def test_an_uninstalled_plugin_is_said(shop: Shop) -> None:
    """What was locked and is gone is missing, and says from where it went."""
    folder = shop.install("director-acme", "1.0")
    assert (await shop.plan("--lock")).exit == 0
    assert (await shop.evaluate()).exit == 0
    shutil.rmtree(folder)

    ran = await shop.evaluate()

    assert (ran.exit, ran.document["decision"]) == (1, "no_go")
    assert set(shop.missing(ran)) == set(ALL)
    assert shop.codes(ran) == {"lock_vanished"}
    assert "locked to director-acme 1.0, which is gone" in shop.missing(ran)["acme.one"]
    (gone,) = await shop.plugins()
    assert (gone["disposition"], gone["code"]) == ("vanished", "lock_vanished")
    assert (gone["distribution"], gone["version"]) == ("director-acme", "1.0")
    said = (await shop.plan()).stdout
    assert "the plan is smaller than what was locked: acme.one, acme.three, acme.two" in said


@pytest.mark.parametrize(("version", "exit_"), [("1.10", 0), ("1.9", 0), ("1.9rc1", 1), ("1.8", 1)])
async def test_an_upgrade_is_fine_and_a_downgrade_is_not(
    shop: Shop, version: str, exit_: int
) -> None:
    """Versions compare as PEP 440 says, not as texts."""
    folder = shop.install("director-acme", "1.9")
    await shop.plan("--lock")
    shutil.rmtree(folder)
    shop.install("director-acme", version)

    ran = await shop.evaluate()

    assert ran.exit == exit_
    assert shop.codes(ran) == ({"lock_downgraded"} if exit_ else set())
    assert [each["version"] for each in await shop.plugins()] == [version]
    older = f"the lock is older than what is installed: director-acme 1.9 → {version}"
    assert (older in (await shop.plan()).stdout) is (version == "1.10")


async def test_another_distribution_takes_over(shop: Shop) -> None:
    """The same check from somebody else is not the check that was agreed on."""
    folder = shop.install("director-acme", "1.0")
    await shop.plan("--lock")
    shutil.rmtree(folder)
    shop.install("acme-clone", "9.0")

    ran = await shop.evaluate(trust="director-acme acme-clone")

    assert (ran.exit, shop.codes(ran)) == (1, {"lock_shadowed"})
    assert "but acme-clone 9.0 offers it now" in shop.missing(ran)["acme.two"]
    listed = await shop.plugins(trust="acme-clone")
    assert [(each["distribution"], each["disposition"]) for each in listed] == [
        ("acme-clone", "loaded"),
        ("director-acme", "vanished"),
    ]


async def test_two_distributions_of_one_name_are_both_broken(shop: Shop) -> None:
    """Neither wins: both are listed, logged, and named where their checks are missing."""
    shop.install("director-acme", "1.0")
    shop.install("acme-clone", "2.0")
    both = "director-acme acme-clone"

    ran = await shop.evaluate(trust=both)
    listed = await shop.plugins(trust=both)

    assert (ran.exit, set(shop.missing(ran)), shop.codes(ran)) == (1, set(ALL), {"plugin_broken"})
    assert [(x["distribution"], x["version"], x["code"]) for x in listed] == [
        ("acme-clone", "2.0", "duplicate_plugin"),
        ("director-acme", "1.0", "duplicate_plugin"),
    ]
    for words in (*(x["detail"] for x in listed), *shop.missing(ran).values()):
        assert "acme-clone 2.0" in words
        assert "director-acme 1.0" in words
    assert ran.stderr.count('"director.plugin.load_failed"') == 2


async def test_one_plugin_with_one_id_twice_is_broken(shop: Shop) -> None:
    """Which of the two was meant, nobody can know."""
    shop.install("director-acme", "1.0", (*ALL, "acme.one"))

    ran = await shop.evaluate()

    assert (ran.exit, set(shop.missing(ran))) == (1, set(ALL))
    assert [each["code"] for each in await shop.plugins()] == ["duplicate_check"]


async def test_a_check_of_another_plugins_name_is_refused(shop: Shop) -> None:
    """Two plugins cannot have one check: the id begins with the name of its plugin."""
    shop.install("director-acme", "1.0", (*ALL, "declared.logging"))

    assert [each["code"] for each in await shop.plugins()] == ["foreign_check"]
    assert (await shop.evaluate()).exit == 1


async def test_a_plugin_that_needs_api_99_is_incompatible(shop: Shop) -> None:
    """It is listed and logged, and its checks are missing with that reason."""
    shop.install("director-acme", "1.0", head="DIRECTOR_PLUGIN_API = 99")

    ran = await shop.evaluate()
    (listed,) = await shop.plugins()

    assert (listed["disposition"], listed["code"]) == ("broken", "incompatible")
    assert (ran.exit, set(shop.missing(ran))) == (1, set(ALL))
    for words in (listed["detail"], *shop.missing(ran).values()):
        assert "needs plugin API 99, this Director has 1: upgrade the Director" in words
    assert '"director.plugin.reason":"incompatible"' in ran.stderr.replace(": ", ":")


async def test_a_check_that_is_no_longer_planned_is_missing(shop: Shop) -> None:
    """A smaller plan has to be agreed to; then it stands."""
    shop.policy(*ALL, "declared.logging")
    shop.install("director-acme", "1.0")
    await shop.plan("--lock")
    shop.policy(*ALL)

    ran = await shop.evaluate()
    again = await shop.plan("--lock")

    assert (ran.exit, shop.codes(ran)) == (1, {"lock_vanished"})
    assert "but not planned under gate" in shop.missing(ran)["declared.logging"]
    assert "the plan is smaller than it was: no longer locked: declared.logging" in again.stderr
    assert (await shop.evaluate()).exit == 0


async def test_a_plan_that_is_smaller_than_the_last_is_said(shop: Shop) -> None:
    """Also where nothing is locked: for people, for programs and in the log; once."""
    shop.install("director-acme", "1.0")
    first = await shop.evaluate()
    shop.policy("acme.two", "declared.logging", "declared.metrics", "declared.alerts")

    ran = await shop.evaluate("--format", "text=said.txt")
    again = await shop.evaluate("--format", "text=again.txt")

    assert "gone" not in first.document
    assert ran.document["gone"] == ["acme.one", "acme.three"]
    said = "the plan is smaller than the last: acme.one, acme.three"
    assert said in (shop.home / "said.txt").read_text()
    (made,) = [
        each
        for each in shop.log_lines(
            "\n".join(line for line in ran.stderr.splitlines() if line.startswith("{"))
        )
        if each["event.name"] == "director.decision.made"
    ]
    assert made["director.decision.gone"] == ["acme.one", "acme.three"]
    assert "2 checks fewer planned than before" in made["message"]
    assert "gone" not in again.document
    assert "the plan is smaller" not in (shop.home / "again.txt").read_text()


async def test_the_same_plan_makes_the_same_bytes(shop: Shop) -> None:
    """A lock belongs into version control, where every change of it is looked at."""
    shop.install("director-acme", "1.0")
    await shop.plan("--lock")
    first = (shop.home / "director.lock").read_bytes()
    await shop.plan("--lock")

    assert (shop.home / "director.lock").read_bytes() == first
    assert [path.name for path in shop.home.glob(".director.lock*")] == []


@pytest.mark.parametrize("text", ["", "[", "{}", "apiVersion: readiness/v2\nkind: PlanLock\n"])
@pytest.mark.parametrize("command", ["plan", "evaluate", "plan --lock"])
async def test_a_lock_that_cannot_be_read_is_never_ignored(
    shop: Shop, text: str, command: str
) -> None:
    """Whoever breaks the lock does not get rid of it, nor is it written over."""
    shop.install("director-acme", "1.0")
    (shop.home / "director.lock").write_text(text)

    ran = await (shop.evaluate() if command == "evaluate" else shop.plan(*command.split()[1:]))

    assert ran.exit == 2
    assert "director.lock" in ran.stderr
    assert (shop.home / "director.lock").read_text() == text


async def test_no_report_is_written_over_a_lock(shop: Shop) -> None:
    """Neither over the one beside the manifest nor over one that was named."""
    shop.install("director-acme", "1.0")
    await shop.plan("--lock")
    text = (shop.home / "director.lock").read_text()

    ran = await shop.evaluate("--format", "text=director.lock")

    assert (ran.exit, "it is in use" in ran.stderr) == (2, True)
    assert (shop.home / "director.lock").read_text() == text


async def test_a_lock_that_was_named_must_be_there_and_hold_the_target(shop: Shop) -> None:
    """No file, a link to nowhere beside the manifest, and a lock of somebody else are exit 2."""
    shop.install("director-acme", "1.0")
    assert (await shop.evaluate("--lock-file", "nowhere.lock")).exit == 2
    await shop.plan("--lock", "--lock-file", "other.lock")
    text = (shop.home / "other.lock").read_text()
    (shop.home / "other.lock").write_text(text.replace('"svc"', '"else"'))

    ran = await shop.evaluate("--lock-file", "other.lock")
    (shop.home / "director.lock").symlink_to("nowhere")

    assert (ran.exit, "must hold the plan of svc" in ran.stderr) == (2, True)
    assert (await shop.evaluate()).exit == 2
