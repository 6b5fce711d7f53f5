"""What the tests of overrides and waivers share: keys, the operator's files, and a later day."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from director.app import Director, Tools
from director.cli.commands import call as run_command
from director.cli.interruption import Interruption
from director.engine.bus import Bus
from director.engine.clock import new_ulid
from director.engine.limits import Limits
from director.engine.run import Engine
from director.loading.settings import Settings
from director.service.desk import Desk, Wishes
from director.testing.clock import FakeClock
from director.wiring.plugins import install
from director.wiring.record import open_prover, open_store

if TYPE_CHECKING:
    from director.model.report import Judged

COMMAND = Path(sys.executable).parent / "director"

PEOPLE = {
    "ann": {"principals": ["ann@example.com"]},
    "bob": {"principals": ["bob@example.com"], "roles": ["vp"]},
    "jane": {"principals": ["jane@example.com", "jane@corp.example"], "roles": ["vp"]},
}
REASON = "the regulator expects it tomorrow"


@dataclass(frozen=True, slots=True)
class Ran:
    """What one call of the command left behind."""

    exit: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:  # noqa: ANN401  # a JSON document has any shape
        """Stdout as JSON."""
        return json.loads(self.stdout)


Call: TypeAlias = Callable[..., Ran]


def keygen(*arguments: str | Path, text: str | None = None) -> str:
    """Run the real ssh-keygen, and return what it prints."""
    command = ["ssh-keygen", *map(str, arguments)]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, check=True, timeout=60
    ).stdout


@dataclass(frozen=True)
class Consent:
    """The command with a record and a signers file, and what people do besides.

    Attributes:
        home: Where it is run.
        call: Runs the command.
    """

    home: Path
    call: Call

    def sign(self, name: str, text: str, namespace: str = "director-override@v1") -> str:
        """Return the signature of somebody's key over *text*."""
        key = self.home / name
        return keygen("-Y", "sign", "-q", "-f", key, "-n", namespace, text=text)

    def request(self, *more: str, service: str = "pay", by: str = "ann") -> Ran:
        """Ask for an override, to be signed in ``o.json``."""
        flags = ("--reason", REASON, "--ticket", "OPS-1", "--by", by, "--output", "o.json")
        return self.call("override", "request", service, *flags, "--force", *more)

    def apply(self, *names: str) -> Ran:
        """Apply what ``o.json`` asks for, signed by people by their names."""
        text = (self.home / "o.json").read_text()
        flags = []
        for name in names:
            (self.home / f"{name}.sig").write_text(self.sign(name, text))
            flags += ["--signature", f"{name}.sig"]
        return self.call("override", "apply", "o.json", *flags)

    def overrides(self, *more: str) -> list[dict[str, Any]]:
        """Return every override as JSON has it."""
        ran = self.call("override", "list", "--format", "json", *more)
        assert ran.exit == 0
        return list(ran.document)

    def waivers(self, *more: str) -> list[dict[str, Any]]:
        """Return every waiver as JSON has it."""
        ran = self.call("waiver", "list", "--format", "json", *more)
        assert ran.exit == 0
        return list(ran.document)

    def later(self, manifest: Path, after: timedelta) -> Judged:
        """Evaluate as the command will do then: the same house with a clock that is ahead."""
        clock = FakeClock(datetime.now(UTC) + after)
        settings = Settings(store=self.home / "r.db", signers=self.home / "signers.yaml")
        installed, store = install(settings), open_store(settings)
        tools = Tools(
            catalog=installed.catalog,
            classes=installed.classes,
            engine=Engine(None, clock, Limits()),  # type: ignore[arg-type]  # nothing probes
            bus=Bus(()),
            store=store,
            clock=clock,
            new_id=new_ulid,
            version="0",
            prover=open_prover(self.home / "signers.yaml"),
        )
        request = Desk(Wishes(settings, "baseline", None)).request(manifest, new_ulid(clock.now()))

        async def evaluated() -> Judged:
            try:
                return await Director(tools).evaluate(request)
            finally:
                await store.close()

        return asyncio.run(evaluated())


@pytest.fixture
def keys(home: Path) -> None:
    """Make the keys of Ann, Bob and Jane, and the files that say whose they are."""
    lines = []
    for name, person in PEOPLE.items():
        keygen("-q", "-t", "ed25519", "-N", "", "-C", name, "-f", home / name)
        public = " ".join((home / f"{name}.pub").read_text().split()[:2])
        lines.append(f"{person['principals'][0]} {public}\n")
    spec = {"allowed_signers": "allowed_signers", "people": PEOPLE}
    document = {"apiVersion": "readiness/v1", "kind": "Signers", "spec": spec}
    for name, text in (("allowed_signers", "".join(lines)), ("signers.yaml", json.dumps(document))):
        (home / name).write_text(text)
        (home / name).chmod(0o644)


@pytest.fixture
def machine(home: Path, environment: dict[str, str], keys: None) -> Consent:  # noqa: ARG001  # there
    """Return a home in which each command is a process of its own."""

    def call(*arguments: str | Path, variables: Mapping[str, str] = {}, typed: str = "") -> Ran:
        ran = subprocess.run(
            [COMMAND, *map(str, arguments)], cwd=home, env=environment | usual(variables),
            input=typed, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert "Traceback" not in ran.stderr
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    return Consent(home, call)


@pytest.fixture
def consent(
    home: Path,
    keys: None,  # noqa: ARG001  # there
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Consent:
    """Return a home in which each command is run in this process, which is much quicker."""
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))

    def call(*arguments: str | Path, variables: Mapping[str, str] = {}) -> Ran:
        capfd.readouterr()
        with monkeypatch.context() as now:
            now.setattr("sys.argv", ["director", *map(str, arguments)])
            for name, value in usual(variables).items():
                now.setenv(name, value)
            code = run_command(Interruption())
        stdout, stderr = capfd.readouterr()
        assert "Traceback" not in stderr
        assert "internal error" not in stderr
        return Ran(code, stdout, stderr)

    return Consent(home, call)


def usual(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a command; an empty one is as if it were not there."""
    wanted = {
        "DIRECTOR_STORE": "r.db",
        "DIRECTOR_SIGNERS": "signers.yaml",
        "DIRECTOR_PROFILE": "baseline",
        "DIRECTOR_LOG": "off",
        **variables,
    }
    return {name: value for name, value in wanted.items() if value}


@pytest.fixture
def manifest(write, ready) -> Path:
    """Return the manifest of ``pay``, which is ready but for its security review."""
    path: Path = write("pay", {**ready, "security_review": False})
    return path


# --- The documents ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A command that a document shows, and what it says that comes of it.

    Attributes:
        command: The line, for a shell.
        shown: What is printed; ``…`` stands for anything, alone in a line for any lines.
    """

    command: str
    shown: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """What the output must match."""
        parts = []
        for line in self.shown:
            if line.strip() == "…":
                parts.append(r"(?:.*\n)*?")
            else:
                parts.append(re.escape(line.rstrip()).replace("…", ".*?") + r" *\n")
        return "".join(parts)


def steps(text: str) -> list[Step]:
    """Return every command in the ``console`` blocks of a document, in their order."""
    found: list[Step] = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *rest = part.rstrip("\n").split("\n")
            while command.endswith("\\"):
                command = f"{command[:-1]}{rest.pop(0).strip()}"
            found.append(Step(command, tuple(rest)))
    return found


def files(text: str) -> dict[str, str]:
    """Return every file that a document shows: YAML whose first line is a comment with a name."""
    blocks = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return dict(blocks)


@pytest.fixture
def follow(home: Path, environment: dict[str, str]) -> Callable[[Path], list[str]]:
    """Do everything that a document says, and return what does not come out as it says."""

    def act(document: Path) -> list[str]:
        text = document.read_text(encoding="utf-8")
        for name, content in files(text).items():
            (home / Path(name).name).write_text(content)
        faults = []
        settings = dict(environment)
        assert steps(text)
        for step in steps(text):
            if exported := re.fullmatch(r"export (\w+)=(\S+)", step.command):
                settings[exported[1]] = exported[2]
                continue
            ran = subprocess.run(
                ["sh", "-c", f"{step.command}\n"], cwd=home, env=settings, timeout=60,  # noqa: S607  # wherever it is
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, check=False,
            )  # fmt: skip
            if not re.fullmatch(step.pattern, ran.stdout):
                faults.append(f"$ {step.command}\n{ran.stdout}")
        return faults

    return act
