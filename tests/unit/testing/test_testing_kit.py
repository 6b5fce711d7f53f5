"""director.testing: the peers a plugin author tests with."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from director import testing
from director.model.check import CheckSpec
from director.model.manifest import Claim, Exemption, Manifest, Sla
from director.model.outcome import Passed
from director.model.probe import ProbeError, ProbeReason, Reply
from director.ports import ProbeView
from director.testing import Asked, FakeClock, FakeProbe, manifest, run_check, target

SPEC = CheckSpec(id="sample.check", title="t", category="c", why="w", remedy="r")


@dataclass(frozen=True, slots=True)
class Says:
    """A check that answers what it is told."""

    spec: ClassVar[CheckSpec] = SPEC
    answer: Any

    def judge(self, manifest: Manifest) -> Any:  # noqa: ANN401  # wrong types are the point
        """Answer."""
        return self.answer if manifest.name else None


def test_the_door() -> None:
    """Everything the door promises is there."""
    assert testing.__all__ == sorted(testing.__all__)
    assert all(hasattr(testing, name) for name in testing.__all__)


def test_a_fake_is_cheap() -> None:
    """A test with a fake probe does not pay for the HTTP library."""
    code = "import sys; from director.testing import FakeProbe; sys.exit('aiohttp' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_a_fake_probe_answers_from_its_table() -> None:
    """A reply is returned, an error is raised, and both are shown as evidence."""
    probe: ProbeView = FakeProbe(
        {"/a": Reply(url="", status=200), "/b": ProbeError(ProbeReason.DNS_TIMEOUT, "late")}
    )

    assert (await probe.get("/a")).status == 200
    with pytest.raises(ProbeError):
        await probe.get("/b")
    assert [evidence.source for evidence in probe.evidence] == ["/a", "/b"]


async def test_a_fake_probe_remembers_what_was_asked() -> None:
    """Questions are kept as the check asked them, in order."""
    probe = FakeProbe({"/": Reply(url="", status=200)})

    await probe.get()
    await probe.get("/", headers={"X": "1"}, timeout_s=2)

    assert probe.asked == [Asked("/"), Asked("/", (("X", "1"),), 2)]


async def test_a_fake_probe_does_not_guess() -> None:
    """A question that the table does not know is a mistake of the test or of the check."""
    with pytest.raises(LookupError, match="'/other'; it knows /a, /b"):
        await FakeProbe(dict.fromkeys(("/b", "/a"), Reply(url="", status=200))).get("/other")


def test_a_fake_clock_stands_still() -> None:
    """Time passes only when it is told to, on both lines alike."""
    clock = FakeClock(datetime(2026, 5, 1, tzinfo=UTC))
    before = clock.now()

    clock.advance(90)

    assert clock.now() - before == timedelta(seconds=90)
    assert clock.monotonic() == 90
    with pytest.raises(ValueError, match="negative"):
        clock.advance(-1)


def test_a_target_in_one_line() -> None:
    """Plain values become claims; claims and exemptions stay what they are."""
    sample = target(
        "http://service.test", logging=True, sla=Sla(99.9), backup=Exemption("stateless")
    )

    assert sample.base_url == "http://service.test"
    assert sample.name == "sample-service@production"
    assert sample.manifest.declares == (
        ("backup", Exemption("stateless")),
        ("logging", Claim(True)),
        ("sla", Claim(Sla(99.9))),
    )


def test_other_declarations_are_another_manifest() -> None:
    """The digest tells two samples apart."""
    assert manifest(logging=True).digest != manifest(logging=False).digest


async def test_run_check_runs_a_manifest_check() -> None:
    """A check of the manifest needs no probe."""
    assert await run_check(Says(Passed("fine")), target()) == Passed("fine")


@pytest.mark.parametrize("answer", [None, True, "passed", Passed, 0.5])
async def test_run_check_refuses_what_is_no_answer(answer: object) -> None:
    """An author learns in the first test what the engine would call an error."""
    with pytest.raises(TypeError, match=r"sample\.check"):
        await run_check(Says(answer), target())
