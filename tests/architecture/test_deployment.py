"""The ways to deploy that we ship: they are what their formats demand, and as narrow as we say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from director.cli.serve import command as serve
from director.loading.manifest import load_manifest
from director.web.exposure import check_exposure
from director.web.front import Access, WebSettings

FILES = ("kubernetes.yaml",)
VERSION = "1.30"
"""Of Kubernetes; its objects of these kinds have not changed since."""

Unit = dict[str, list[str]]


def objects(root: Path, name: str) -> list[dict[str, Any]]:
    """Return the objects in a file of Kubernetes."""
    return list(yaml.safe_load_all((root / "config/deploy" / name).read_text("utf-8")))


def kind(root: Path, wanted: str) -> dict[str, Any]:
    """Return the one object of a kind."""
    (found,) = (each for each in objects(root, "kubernetes.yaml") if each["kind"] == wanted)
    return found


def pods(root: Path) -> list[dict[str, Any]]:
    """Return the pod of each workload."""
    found = [each for name in FILES for each in objects(root, name)]
    return [each["spec"]["template"]["spec"] for each in found if each["kind"] == "Deployment"]


@pytest.mark.parametrize("name", FILES)
def test_kubernetes_takes_them(root: Path, name: str) -> None:
    """Each object fits the schema of Kubernetes, with no key that it does not know."""
    for each in objects(root, name):
        kubernetes_validate.validate(each, VERSION, strict=True)


def test_a_wrong_object_is_not_taken(root: Path) -> None:
    """The schema bites: a misspelled key is found."""
    broken = kind(root, "Deployment")
    broken["spec"]["replica"] = 1

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSION, strict=True)


def test_pods_meet_the_restricted_standard(root: Path) -> None:
    """No root, no privileges, nothing writable but the volumes, no token of the cluster."""
    assert len(pods(root)) == 1
    for pod in pods(root):
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        mounted = {each["name"] for each in container["volumeMounts"]}
        assert mounted == {each["name"] for each in pod["volumes"]}


def test_no_variable_of_the_cluster_is_taken_for_a_setting(root: Path) -> None:
    """A Service named director would set DIRECTOR_PORT and the like in every pod."""
    assert [pod["enableServiceLinks"] for pod in pods(root)] == [False]


def test_there_is_one_writer(root: Path) -> None:
    """Of SQLite there is one process at a time, also while it is replaced."""
    spec = kind(root, "Deployment")["spec"]

    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}


def test_the_deployment_hangs_together(root: Path) -> None:
    """Probes, ports, labels, volume and ConfigMap fit one another."""
    spec = kind(root, "Deployment")["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    volumes = {each["name"]: each for each in spec["template"]["spec"]["volumes"]}
    service = kind(root, "Service")["spec"]

    assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert container["ports"] == [{"name": "http", "containerPort": 8787}]
    assert service["ports"][0]["targetPort"] == "http"
    assert service["selector"] == spec["selector"]["matchLabels"]
    assert spec["template"]["metadata"]["labels"] == spec["selector"]["matchLabels"]
    claim = kind(root, "PersistentVolumeClaim")["metadata"]["name"]
    assert volumes["state"]["persistentVolumeClaim"]["claimName"] == claim
    assert volumes["services"]["configMap"]["name"] == kind(root, "ConfigMap")["metadata"]["name"]
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert container["args"][:2] == ["serve", mounts["services"].removesuffix("/services")]
    assert {"name": "DIRECTOR_STORE", "value": f"{mounts['state']}/director.db"} in container["env"]


def test_the_manifests_of_the_config_map_load(root: Path, tmp_path: Path) -> None:
    """What is shown as an example is one."""
    data = kind(root, "ConfigMap")["data"]
    assert data
    for name, text in data.items():
        (tmp_path / name).write_text(text)
        assert load_manifest(tmp_path / name).manifest.environments


@pytest.fixture
def unit(root: Path) -> Unit:
    """Return the settings of the systemd unit, each with its values."""
    found: Unit = {}
    for line in (root / "config/deploy/director.service").read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.needs("systemd-analyze")
def test_systemd_takes_the_unit(root: Path, tmp_path: Path) -> None:
    """Systemd finds nothing amiss; the program is another one, as ours is not installed there."""
    text = (root / "config/deploy/director.service").read_text("utf-8")
    path = tmp_path / "director.service"
    path.write_text(text.replace("/opt/director/bin/director", sys.executable))

    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", path],  # noqa: S607  # wherever it is
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.needs("systemd-analyze")
def test_the_unit_is_narrow(root: Path) -> None:
    """By systemd's own measure, of 10 for a service without any protection."""
    ran = subprocess.run(
        [  # noqa: S607  # wherever it is
            "systemd-analyze",
            "security",
            "--offline=true",
            "--threshold=25",
            "--no-pager",
            root / "config/deploy/director.service",
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout[-300:] + ran.stderr


def test_the_unit_says_what_the_documents_say(unit: Unit) -> None:
    """It serves loopback, keeps its state where it may, and is not started again in vain."""
    (command,) = unit["ExecStart"]

    assert command.endswith(" serve /etc/director --listen 127.0.0.1:8787 --access tokens")
    assert unit["DynamicUser"] == ["yes"]
    assert unit["StateDirectory"] == ["director"]
    assert "DIRECTOR_STORE=/var/lib/director/director.db" in unit["Environment"]
    assert unit["RestartPreventExitStatus"] == ["2"]
    assert unit["CapabilityBoundingSet"] == [""]


@pytest.fixture
def container(root: Path) -> list[tuple[str, str]]:
    """Return the instructions of the Containerfile and what follows each."""
    text = (root / "config/deploy/Containerfile").read_text("utf-8")
    joined = re.sub(r"\\\n\s*", "", text)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.strip().partition(" ") for line in lines)]


def test_the_container_is_no_root(container: list[tuple[str, str]]) -> None:
    """The last word on the user is a number that is not 0, so that Kubernetes can check it."""
    users = [rest for word, rest in container if word == "USER"]

    assert users == ["10001:10001"]


def test_the_container_says_whether_it_lives(container: list[tuple[str, str]]) -> None:
    """Its health check asks /livez with what is in the image, and compiles."""
    (check,) = (rest for word, rest in container if word == "HEALTHCHECK")
    command = check.partition("CMD ")[2]
    words = yaml.safe_load(command)

    assert "/livez" in words[-1]
    compile(words[-1], "healthcheck", "exec")


def test_the_container_copies_what_there_is(root: Path, container: list[tuple[str, str]]) -> None:
    """Each file that is copied from the checkout is there."""
    copied = [rest.split()[:-1] for word, rest in container if word == "COPY"]
    names = [name for each in copied if not each[0].startswith("--from") for name in each]

    assert [name for name in names if not (root / name).exists()] == []
    assert {"director", "plugins", "config"} <= set(names)


def test_the_command_is_one(root: Path, unit: Unit, container: list[tuple[str, str]]) -> None:
    """Each way starts what there is, with options that there are, and safely."""
    (pod,) = pods(root)
    (command,) = (rest for word, rest in container if word == "CMD")
    (started,) = unit["ExecStart"]
    for words in (yaml.safe_load(command), pod["containers"][0]["args"], started.split()[1:]):
        given = serve.make_context("serve", list(words[1:]), resilient_parsing=False).params
        assert words[0] == "serve"
        host = given["listen"].rpartition(":")[0]
        settings = WebSettings(access=Access(given["access"]), behind_proxy=given["behind_proxy"])
        assert check_exposure(host, settings) == ""
        assert given["access"] == "tokens"


def test_all_ways_agree(root: Path, container: list[tuple[str, str]]) -> None:
    """User, folder and port are the same in the image and in Kubernetes."""
    (command,) = (rest for word, rest in container if word == "CMD")
    (pod,) = pods(root)

    assert yaml.safe_load(command) == pod["containers"][0]["args"]
    assert (
        f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"
        in dict(container)["USER"]
    )
