"""The examples for pipelines, each run as its pipeline runs it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from junitparser import JUnitXml

from director.loading.profile import builtin_folder

ROOT = Path(__file__).parents[2]
PIPELINES = ROOT / "docs/pipelines"
BIN = Path(sys.executable).parent
PAYMENT = builtin_folder().parent / "services/payment-service.yaml"


@dataclass(frozen=True, slots=True)
class Step:
    """What a script printed, and how it ended."""

    exit: int
    output: str


def inside(pattern: str, text: str) -> str:
    """Return what the group of *pattern* holds, which is to be found in *text*."""
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found[1]


async def bash(script: str, home: Path, variables: Mapping[str, str]) -> Step:
    """Run *script* as runners do: a failing command ends it."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        "bash",
        *("--noprofile", "--norc", "-eo", "pipefail", "-c", script),
        cwd=home,
        env={**kept, "HOME": str(home), **variables},
        stdout=PIPE,
        stderr=STDOUT,
    )
    async with asyncio.timeout(120):
        output, _ = await process.communicate()
    assert process.returncode is not None
    return Step(process.returncode, output.decode())


@pytest.fixture
def service(home: Path) -> Path:
    """A repository with the payment service; nobody answers at its address."""
    manifest = home / "readiness.yaml"
    manifest.write_text(PAYMENT.read_text())
    return manifest


@dataclass(frozen=True, slots=True)
class Action:
    """The composite action of this repository."""

    home: Path

    @property
    def document(self):
        """The action as it is written."""
        return yaml.safe_load((ROOT / "action.yml").read_text())

    def script(self, name: str, **inputs: str) -> tuple[str, dict[str, str]]:
        """Return what the step *name* runs, and with which variables."""
        (step,) = [step for step in self.document["runs"]["steps"] if step["name"] == name]
        given = {key: said["default"] for key, said in self.document["inputs"].items()}
        given |= {key.replace("_", "-"): value for key, value in inputs.items()}
        variables = {
            key: given[inside(r"^\$\{\{ inputs\.([\w-]+) \}\}$", value)]
            for key, value in step["env"].items()
        }
        return step["run"], variables

    async def evaluate(self, **inputs: str) -> Step:
        """Run the step that evaluates."""
        installed = self.home / "temp/director"
        installed.mkdir(parents=True, exist_ok=True)
        if not (installed / "bin").exists():
            (installed / "bin").symlink_to(BIN)
        script, variables = self.script("Evaluate", **inputs)
        runner = {
            "RUNNER_TEMP": str(self.home / "temp"),
            "GITHUB_OUTPUT": str(self.home / "output"),
            "GITHUB_STEP_SUMMARY": str(self.home / "summary"),
        }
        return await bash(script, self.home, {**variables, **runner})

    @property
    def outputs(self) -> dict[str, str]:
        """What the step has said to later steps."""
        lines = (self.home / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def action(home: Path, service: Path) -> Action:
    """The action, in a repository with a manifest."""
    assert service.exists()
    return Action(home)


async def test_the_action_gates_and_says_so(action) -> None:
    """The action annotates, fills every output it promises, and its exit code is the gate."""
    opened = await action.evaluate(profile="baseline")

    assert opened.exit == 0
    assert "::warning " in opened.output
    promised = {
        inside(r"outputs\.(\w+)", said["value"]) for said in action.document["outputs"].values()
    }
    assert promised <= set(action.outputs)
    assert (action.outputs["decision"], action.outputs["pass_rate"]) == ("conditional_go", "88%")
    assert "CONDITIONAL_GO" in (action.home / "summary").read_text()
    assert (action.home / "readiness.json").exists()
    closed = await action.evaluate(profile="baseline", fail_on="conditional")
    assert closed.exit == 1


async def test_the_action_takes_several_manifests_and_compares(action, service) -> None:
    """Manifests stand one on a line; the last decisions are held against on request."""
    other = action.home / "other service.yaml"
    other.write_text(service.read_text().replace("name: payment-service", "name: other"))
    manifests = "readiness.yaml\nother service.yaml\n"
    inputs = {"store": ".director/director.db", "manifests": manifests, "profile": "baseline"}

    await action.evaluate(**inputs)
    again = await action.evaluate(**inputs, diff_against="last", environment="production")

    assert again.exit == 0
    decisions = json.loads(action.outputs["decisions"])
    assert [each["decision"] for each in decisions] == ["conditional_go"] * 2


COMMANDS = "$(touch pwned)`touch pwned`; touch pwned; \"; touch pwned; '; touch pwned #"
FLAGS = "-h\n--version\n--no-store"


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("manifests", FLAGS),
        *((name, COMMANDS) for name in ("manifests", "profile", "environment", "diff_against")),
        ("store", f"{COMMANDS}/x"),
    ],
)
async def test_no_input_of_the_action_is_run(action, name, payload) -> None:
    """What stands in an input is a value, never a command and never a flag that opens the gate."""
    done = await action.evaluate(**{name: payload, "fail_on": "conditional"})

    assert done.exit != 0
    assert not (action.home / "pwned").exists()


@pytest.mark.long
async def test_the_action_installs_itself(action) -> None:
    """The step that installs makes a command that runs, from nothing but the action's folder."""
    source = action.home / "action"
    cloned = await bash(f"git clone --quiet {shlex.quote(str(ROOT))} action", action.home, {})
    assert cloned.exit == 0, cloned.output
    script, variables = action.script("Install the Director", python=sys.executable)
    runner = {"RUNNER_TEMP": str(action.home / "temp"), "GITHUB_ACTION_PATH": str(source)}
    (action.home / "temp").mkdir()

    done = await bash(script, action.home, {**variables, **runner, **_pip_settings()})

    assert done.exit == 0, done.output
    assert (await action.evaluate(profile="baseline")).exit == 0


def _pip_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("PIP_")}


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("github-actions", "action.yml"),
        ("github-workflows", "docs/pipelines/github.yml"),
        ("gitlab-ci", "docs/pipelines/gitlab-ci.yml"),
    ],
)
def test_examples_are_what_their_pipelines_read(schema: str, path: str) -> None:
    """Action, workflow and GitLab's file hold to the published schemas."""
    flags = ("--builtin-schema", f"vendor.{schema}", "--data-transform", "gitlab-ci")
    subprocess.run([BIN / "check-jsonschema", *flags, ROOT / path], check=True)


def test_the_workflow_gives_inputs_that_the_action_has() -> None:
    """What the example passes to the action is what the action takes."""
    workflow = yaml.safe_load((PIPELINES / "github.yml").read_text())
    steps = workflow["jobs"]["readiness"]["steps"]
    (ours,) = [step for step in steps if step.get("id") == "readiness"]
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]

    assert set(ours["with"]) <= set(inputs)


@pytest.mark.usefixtures("service")
async def test_gitlab(home) -> None:
    """The job's script decides, and leaves every report that the job promises."""
    job = yaml.safe_load((PIPELINES / "gitlab-ci.yml").read_text())["readiness"]
    variables = {**job["variables"], "DIRECTOR_PROFILE": "baseline", "PATH": _path()}

    done = await bash("\n".join(job["script"]), home, variables)

    assert done.exit == 0
    assert "CONDITIONAL_GO" in done.output
    artifacts = job["artifacts"]
    for name in [*artifacts["paths"], *artifacts["reports"].values(), *job["cache"]["paths"]]:
        assert (home / name).exists(), name
    assert JUnitXml.fromfile(str(home / artifacts["reports"]["junit"])).tests > 8


async def test_gitlab_closes(home, service) -> None:
    """A service that is not ready ends the job, with its reports written."""
    service.write_text(service.read_text().replace("logging: true", "logging: false"))
    job = yaml.safe_load((PIPELINES / "gitlab-ci.yml").read_text())["readiness"]

    done = await bash("\n".join(job["script"]), home, {**job["variables"], "PATH": _path()})

    assert done.exit == 1
    assert all((home / name).exists() for name in job["artifacts"]["reports"].values())


@pytest.mark.usefixtures("service")
async def test_jenkins(home) -> None:
    """The stage decides, and leaves every file that the pipeline archives."""
    text = (PIPELINES / "Jenkinsfile").read_text()
    (script,) = [s for s in re.findall(r"sh '''(.*?)'''", text, re.DOTALL) if "evaluate" in s]
    (home / ".director").mkdir()
    (home / ".director/bin").symlink_to(BIN)
    store = inside(r'DIRECTOR_STORE = "\$\{JENKINS_HOME\}/(.*)"', text)
    variables = {"DIRECTOR_STORE": str(home / store), "DIRECTOR_PROFILE": "baseline"}

    done = await bash(script, home, variables)

    assert done.exit == 0
    archived = inside(r"archiveArtifacts artifacts: '(.*)'", text).split(", ")
    for name in [*archived, *re.findall(r"junit '(.*)'", text)]:
        assert (home / name).stat().st_size > 0, name


@pytest.mark.parametrize(("alerts", "code"), [("true", 0), ("nonsense", 2)])
async def test_argocd(home, alerts, code) -> None:
    """The hook's job decides on the manifest it mounts; what is closed fails the sync."""
    documents = list(yaml.safe_load_all((PIPELINES / "argocd-presync.yaml").read_text()))
    config, job = documents
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    for name in mounts:
        (home / name).mkdir()
    for name, text in config["data"].items():
        (home / "readiness" / name).write_text(text.replace("alerts: true", f"alerts: {alerts}"))

    def here(text: str) -> str:
        for name, path in mounts.items():
            text = text.replace(f"{path}/", f"{home / name}/")
        return text

    command = " ".join(map(here, [*container["command"], *container["args"]]))
    variables = {each["name"]: here(each["value"]) for each in container["env"]}

    done = await bash(command, home, {**variables, "PATH": _path()})

    assert done.exit == code
    assert {volume["name"] for volume in pod["volumes"]} == set(mounts)
    assert (job["spec"]["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    hooks = {each["metadata"]["annotations"]["argocd.argoproj.io/hook"] for each in documents}
    assert hooks == {"PreSync"}


async def test_pre_commit(home, service) -> None:
    """A manifest that could not be judged is not committed; what is no manifest is passed by."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    wanted = yaml.safe_load((PIPELINES / "pre-commit-config.yaml").read_text())["repos"][0]
    assert [each["id"] for each in wanted["hooks"]] == [hook["id"]]
    # As installed here: what is tested is the hook, not how pre-commit installs it.
    repos = [{"repo": "local", "hooks": [{**hook, "language": "system"}]}]
    (home / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": repos}))
    (home / "other.yaml").write_text("no: manifest\n")
    script = "git init --quiet && git add . && pre-commit run --verbose"

    good = await bash(script, home, {"PATH": _path()})
    service.write_text(service.read_text().replace("logging: true", "loging: true"))
    bad = await bash("git add . && pre-commit run", home, {"PATH": _path()})

    assert good.exit == 0, good.output
    assert "Passed" in good.output
    assert bad.exit == 1
    assert "readiness.yaml:" in bad.output
    assert "Traceback" not in good.output + bad.output


def _path() -> str:
    return f"{BIN}{os.pathsep}{os.environ['PATH']}"
