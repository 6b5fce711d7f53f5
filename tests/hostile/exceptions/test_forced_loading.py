"""Forced where plugins, manifests, profiles and settings are read."""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING

from director.cli.exits import Exit
from director.loading.catalog import discover
from director.loading.settings import networks

if TYPE_CHECKING:
    from tests.hostile.exceptions.conftest import Force, Forcing, Table
    from tests.hostile.exceptions.worlds import Answers, Place


GOOD = """
from dataclasses import make_dataclass
from director.plugin import CheckSpec, Passed, hookimpl

spec = CheckSpec(id="{name}.good", title="t", category="c", why="w", remedy="r")
Good = make_dataclass(
    "Good", [], frozen=True, namespace={{"spec": spec, "judge": {judge}}}
)

@hookimpl
def director_checks():
    return (Good,)
"""


WELL = "lambda self, manifest: Passed('so')"


def planted(place: Place, name: str, module: str, metadata: bytes | None = None) -> list[object]:
    """Return what comes of a plugin that is trusted, installed and required.

    Everything else the service needs is ready.
    """
    folder = place.path / "site"
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n".encode()
    (info / "METADATA").write_bytes(head if metadata is None else metadata)
    (info / "entry_points.txt").write_bytes(f"[director]\n{name} = {name}_forced\n".encode())
    (folder / f"{name}_forced.py").write_text(module)
    checks = {
        f"declared.{each}": {"category": "c", "role": "required"}
        for each in ("logging", "metrics", "alerts")
    } | {f"{name}.good": {"category": "c", "role": "required"}}
    profile = {
        "apiVersion": "readiness/v1",
        "kind": "Profile",
        "metadata": {"name": "gate"},
        "spec": {"thresholds": {"go": 0.9, "conditional": 0.5}, "checks": checks},
    }
    path = place.path / "gate.yaml"
    path.write_text(json.dumps(profile))
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        return place.reported(place.manifest(), "--trust", name, profile=str(path))
    finally:
        sys.path.remove(str(folder))


def plugin_does_not_load(place: Place) -> Answers:
    """A plugin raises when it is imported, and what it raises cannot be printed."""
    text = "class E(BaseException):\n    def __str__(self): raise SystemExit(0)\nraise E\n"
    return planted(place, "unloadable", text)


def plugin_has_no_metadata(place: Place) -> Answers:
    """A plugin's metadata is no text; without a name nobody trusts it."""
    return planted(place, "nameless", GOOD.format(name="nameless", judge=WELL), b"\xff\xfe\xff")


def plugin_has_no_entry(place: Place) -> Answers:
    """A plugin's entry points are no text."""
    info = place.path / "site" / "damaged-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: damaged\nVersion: 1\n")
    (info / "entry_points.txt").write_bytes(b"[director]\nx = \xff\n")
    return planted(place, "other", GOOD.format(name="nobody", judge=WELL))


def plugin_refuses_a_definition(place: Place) -> Answers:
    """A plugin says that a definition is wrong, though nobody defines anything."""
    text = (
        "from director.plugin import DefinitionError, Flaw, hookimpl\n@hookimpl\n"
        "def director_checks(definitions):\n"
        "    raise DefinitionError(Flaw('choosy.good', (), 'must be better'))\n"
    )
    return planted(place, "choosy", text)


def version_is_none(place: Place) -> Answers:
    """A plugin's version was locked as another one, and is none that can be compared."""
    (place.path / "director.lock").write_text(
        json.dumps(
            {
                "apiVersion": "readiness/v1",
                "kind": "PlanLock",
                "spec": {
                    "plans": [
                        {
                            "service": "svc",
                            "profile": "gate",
                            "checks": [
                                {
                                    "check": "declared.logging",
                                    "plugin": "director-declared",
                                    "version": "not a version",
                                    "category": "c",
                                    "role": "required",
                                }
                            ],
                        }
                    ]
                },
            }
        )
    )
    return place.reported(place.manifest())


def plugin_takes_too_much(place: Place) -> Answers:
    """A plugin's check cannot be called as checks are."""
    judge = "lambda self, manifest, more, still_more: Passed('so')"
    return planted(place, "greedy", GOOD.format(name="greedy", judge=judge))


def signal_comes_while_a_plugin_loads(place: Place) -> Answers:
    """A real signal comes while a plugin is imported that swallows everything."""
    folder = place.path / "site"
    info = folder / "signalled-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: signalled\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[director]\nsignalled = signalled_forced\n")
    (folder / "signalled_forced.py").write_text(
        "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\n"
        "    for _ in range(1000): pass\nexcept BaseException:\n    pass\n"
    )
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        discover(frozenset({"signalled"}))
    except KeyboardInterrupt:
        return [Exit.SIGINT]
    finally:
        sys.path.remove(str(folder))
    return ["go"]


def manifests_are_bad(place: Place) -> Answers:
    """Manifests of services that are ready, each with one thing that cannot be used."""
    os.mkfifo(place.path / "pipe.yaml")
    (place.path / "bytes.yaml").write_bytes(place.manifest().read_bytes() + b"# \xff\n")
    url = "  environments: {production: {base_url: 'http://[::1'}}\n"
    paths = [
        place.path / "absent.yaml",
        place.path / "pipe.yaml",
        place.path / "bytes.yaml",
        place.manifest("syntax", "  tags: [\n"),
        place.manifest("second", "---\n{}\n"),
        place.manifest("number", "  number: 1e999\n"),
        place.manifest("unknown", "  unknown: 1\n"),
        place.manifest("coverage", test_coverage_percent=101),
        place.manifest("instant", alerts={"value": True, "at": "2026-02-30"}),
        place.manifest("url", url),
        *(
            place.manifest(
                f"schedule{number}", f"  environments: {{production: {{schedule: {it}}}}}\n"
            )
            for number, it in enumerate(
                ("{cron: 61 * * * *}", "{cron: 0 0 30 2 *}", "{every: 5m, timezone: Mars/Olympus}")
            )
        ),
    ]
    return place.reported(*paths)


def profiles_are_bad(place: Place) -> Answers:
    """Profiles that are not there, or extend what cannot be read."""
    folder = place.path / "policies"
    (folder / "folder.yaml").mkdir(parents=True)
    for name, extends in (("orphan", "nobody"), ("foldered", "./folder.yaml")):
        (folder / f"{name}.yaml").write_text(
            f"apiVersion: readiness/v1\nkind: Profile\nmetadata: {{name: {name}}}\n"
            f"spec: {{extends: {extends}}}\n"
        )
    paths = [
        place.manifest(name, f"  profile: {name}\n") for name in ("nobody", "orphan", "foldered")
    ]
    return place.reported(*paths, "--profiles", folder, profile=None)


def settings_are_bad(place: Place) -> Answers:
    """Settings that say nothing we understand."""
    answers: list[object] = []
    for name, text in (("word", "address_policy: open\n"), ("range", "allow_address: [all]\n")):
        config = place.path / f"{name}.config.yaml"
        config.write_text(text)
        answers.append(place.command(place.manifest(), "--config", config))
    answers += [
        place.command(place.manifest(), "--allow-address", "everything"),
        place.command(place.manifest(), "--no-such-flag"),
        place.command("x" * 5000),
        place.said(lambda: networks(("everything",), "here")),
    ]
    return answers


def secrets_are_for_nobody(place: Place) -> Answers:
    """The operator's file names a host that is no address."""
    file = place.path / "secrets.yaml"
    file.write_text(
        "apiVersion: readiness/v1\nkind: Secrets\n"
        "spec: {secrets: {pay: {env: HOME, hosts: ['[:::1]']}}}\n"
    )
    file.chmod(0o600)
    return [place.command(place.manifest(), "--secrets", file)]


TABLE: Table = {
    "cli.commands:call:BaseException": settings_are_bad,
    "cli.options:_misfits:SettingsError": settings_are_bad,
    "cli.options:_misfits:click.BadParameter": settings_are_bad,
    "service.desk:Desk._profile_of:ProfileError": profiles_are_bad,
    "cli.targets:find_manifests:OSError": settings_are_bad,
    "loading.asked:_answers:DefinitionError": plugin_refuses_a_definition,
    "loading.catalog:_identity:Exception": plugin_has_no_metadata,
    "loading.catalog:_installed:Exception": plugin_has_no_entry,
    "loading.catalog:_admitted:PluginError": plugin_has_no_metadata,
    "loading.catalog:_loaded:(DefinitionError, PluginError)": plugin_does_not_load,
    "loading.containment:_noting.noting:BaseException": signal_comes_while_a_plugin_loads,
    "loading.containment:contained:BaseException": plugin_does_not_load,
    "loading.containment:summary:BaseException": plugin_does_not_load,
    "loading.lock:is_older:InvalidVersion": version_is_none,
    "loading.offers:_takes:TypeError": plugin_takes_too_much,
    "loading.secrets_document:_host:ValueError": secrets_are_for_nobody,
    "loading.profile_files:read_lineage:ProfileError": profiles_are_bad,
    "loading.profile_files:read_lineage:ValueError": profiles_are_bad,
    "loading.profile_files:read_lineage:ValueError#2": profiles_are_bad,
    "loading.settings:networks:ValueError": settings_are_bad,
    "loading.shape:shaped:ValidationError": manifests_are_bad,
    "loading.source:accept:UnicodeDecodeError": manifests_are_bad,
    "loading.schedule_document:read_cron:(CronSimError, StopIteration)": manifests_are_bad,
    "loading.schedule_document:read_timezone:(ZoneInfoNotFoundError, ValueError, OSError)": (
        manifests_are_bad
    ),
    "loading.source:read_source:(OSError, ValueError)": manifests_are_bad,
    "loading.source:read_source:FileNotFoundError": manifests_are_bad,
    "loading.terms:base_url:ValueError": manifests_are_bad,
    "loading.terms:coverage:ValueError": manifests_are_bad,
    "loading.terms:instant:(ValueError, OverflowError)": manifests_are_bad,
    "loading.tree:_Scan._scalar:ValueError": manifests_are_bad,
    "loading.tree:_Scan.run:_Ended": manifests_are_bad,
    "loading.tree:_Scan.run:yaml.YAMLError": manifests_are_bad,
}
"""Each clause that is forced here, and by what."""


def test_what_loading_catches_is_no_go(force: Force, forcing: Forcing) -> None:
    """The clause is entered, and what comes of it opens no gate."""
    came = force(forcing, TABLE)

    assert came.answers
    assert came.opened == []
    assert came.missed == []


def test_a_plugin_that_is_well_made_is_go(place: Place) -> None:
    """Without anything forced such a plugin opens the gate: nothing else keeps it shut."""
    assert planted(place, "wellmade", GOOD.format(name="wellmade", judge=WELL)) == [0, "go"]
