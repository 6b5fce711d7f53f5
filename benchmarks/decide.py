"""decide.services_per_s: ten manifest checks and a decision, beside json-rules-engine on Node."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from measure import Bar, Figure, LeftOutError, Setting, median_ratio
from services import SERVICES, VERDICTS

NAMES = ("decide.services_per_s",)

ROUND_S = 0.5
WARM_UP_S = 1.0


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that decide, in a process of its own that stays warm.

    Attributes:
        process: Answers a number of seconds with what it decided in them.
        about: Its versions, and what it made of each service.
    """

    process: subprocess.Popen[str]
    about: dict[str, Any]

    def services_per_s(self, for_s: float) -> float:
        """Let it decide for a while and return how fast it was."""
        said = _ask(self.process, for_s)
        return float(said["decided"] / said["took_s"])


def measure(setting: Setting) -> Iterator[Figure]:
    """Let both decide the same services in turn, each built once and warm."""
    here = Path(__file__).parent
    folder = _node_folder(setting, here)
    services = folder / "services.json"
    services.write_text(json.dumps(SERVICES))
    work = (here / "decide_policy.json", services)
    with (
        _side(sys.executable, here / "decide_ours.py", *work) as ours,
        _side("node", folder / "decide_peer.cjs", *work) as peer,
    ):
        assert tuple(ours.about["verdicts"]) == tuple(peer.about["verdicts"]) == VERDICTS
        for side in (ours, peer):
            side.services_per_s(WARM_UP_S)
        pairs = [
            (ours.services_per_s(ROUND_S), peer.services_per_s(ROUND_S))
            for _ in range(setting.rounds(15, 61))
        ]
    our_rates, peer_rates = zip(*pairs, strict=True)
    yield Figure(
        name="decide.services_per_s",
        value=median(our_rates),
        unit="services/s",
        peer=f"json-rules-engine {peer.about['version']} (Node {peer.about['runtime']})",
        ratio=median_ratio(our_rates, peer_rates),
        bar=Bar(0.5, 2, least=True),
        note=f"peer {median(peer_rates):.0f} services/s",
    )


def _node_folder(setting: Setting, here: Path) -> Path:
    """Return a folder in which the peer is installed."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise LeftOutError(f"{program} is not installed")
    folder = setting.build / "bench-node"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (here / "package.json").read_text()
    stamp = folder / "node_modules" / "installed.json"
    if not stamp.exists() or stamp.read_text() != wanted:
        print("Installing json-rules-engine into build/bench-node ...", flush=True)
        (folder / "package.json").write_text(wanted)
        line = [
            "npm",
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-package-lock",
        ]
        done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:]
            raise LeftOutError(f"npm cannot install json-rules-engine: {''.join(last)}")
        stamp.write_text(wanted)
    shutil.copy(here / "decide_peer.cjs", folder)
    return folder


@contextmanager
def _side(*line: str | Path) -> Iterator[Side]:
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        yield Side(process, _heard(process))


def _ask(process: subprocess.Popen[str], for_s: float) -> dict[str, Any]:
    assert process.stdin is not None
    process.stdin.write(f"{for_s}\n")
    process.stdin.flush()
    return _heard(process)


def _heard(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"it ended without an answer: {process.args!r}")
    said: dict[str, Any] = json.loads(line)
    return said
