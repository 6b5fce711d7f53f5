"""Broken distributions, really installed: each is listed with its code and hurts only itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

DISCOVER = """
import json, sys
from director.loading.catalog import discover
installed = discover(frozenset(sys.argv[1:]))
print(json.dumps({
    "plugins": [
        {
            "name": plugin.name,
            "distribution": plugin.distribution,
            "disposition": plugin.disposition,
            "code": plugin.code,
            "detail": plugin.detail,
            "checks": [offer.spec.id for offer in plugin.checks],
        }
        for plugin in installed.catalog.plugins
    ],
    "classes": sorted(installed.classes),
}))
"""

OURS = ("cel", "declared", "dns", "exec", "http", "logs", "slack", "tcp", "tls")
"""The plugins that travel with the Director, by name."""

TRUSTED = (*(f"director-{name}" for name in OURS), "bad-dist")

HEADER = """
from dataclasses import dataclass
from typing import ClassVar
from director.plugin import CheckSpec, Passed, hookimpl
print("noise on stdout")

def spec(id):
    return CheckSpec(id=id, title="t", category="c", why="w", remedy="r")

@dataclass(frozen=True)
class Good:
    spec: ClassVar[CheckSpec] = spec("bad.good")
    def judge(self, manifest):
        return Passed("fine")
"""


def hook(body: str, *, name: str = "director_checks", mark: str = "@hookimpl") -> str:
    """Return a module whose one hook does this."""
    return f"{HEADER}\n{mark}\ndef {name}():\n    {body}\n"


def check(head: str, body: str = "def judge(self, manifest): return Passed('')") -> str:
    """Return a module that offers one class with this head and this body."""
    return f"{HEADER}\n{head}\n    {body}\n\n@hookimpl\ndef director_checks():\n    return (Bad,)\n"


FROZEN = "@dataclass(frozen=True)\nclass Bad:\n"
WITH_SPEC = f"{FROZEN}    spec: ClassVar[CheckSpec] = spec('bad.bad')"


@dataclass(frozen=True)
class Case:
    """One way to be broken.

    Attributes:
        code: What the catalog says of it.
        module: The text of the module; None for no module at all.
        entry: What the distribution's ``entry_points.txt`` says.
    """

    code: str
    module: str | bytes | None = HEADER
    entry: str | bytes = "[director]\nbad = bad_plugin\n"


CASES = {
    "no module": Case("import_failed", None),
    "no attribute": Case("import_failed", entry="[director]\nbad = bad_plugin:nothing\n"),
    "no valid target": Case("import_failed", entry="[director]\nbad = not a module!\n"),
    "syntax error": Case("import_failed", "def director_checks(:\n"),
    "null bytes": Case("import_failed", b"x = 1\x00\n"),
    "not UTF-8": Case("import_failed", b"x = '\xff'\n"),
    "missing dependency": Case("import_failed", "import a_library_nobody_has\n"),
    "newer door": Case("import_failed", "from director.plugin import FromTheFuture\n"),
    "exit at import": Case("import_failed", "import sys\nsys.exit(0)\n"),
    "interrupt at import": Case("import_failed", "raise KeyboardInterrupt\n"),
    "own BaseException": Case("import_failed", "class E(BaseException): ...\nraise E\n"),
    "cancelled at import": Case("import_failed", "import asyncio\nraise asyncio.CancelledError\n"),
    "exception group": Case("import_failed", "raise BaseExceptionGroup('g', [SystemExit(0)])\n"),
    "recursion at import": Case("import_failed", "def f(): f()\nf()\n"),
    "ten megabytes of text": Case("import_failed", "raise ValueError('x\\n' * 5_000_000)\n"),
    "unprintable": Case(
        "import_failed",
        "class E(Exception):\n    def __str__(self): raise SystemExit(0)\nraise E\n",
    ),
    "steals stdout": Case("no_hook", "import sys\nsys.stdout = sys.stderr = None\n"),
    "closes stdout": Case("no_hook", "import sys\nsys.stdout.close()\nsys.stderr.close()\n"),
    "ignores signals": Case("no_hook", "import signal\nsignal.signal(2, signal.SIG_IGN)\n"),
    "cannot be listed": Case("bad_hook", "def __dir__(): raise SystemExit(0)\n"),
    "no hook": Case("no_hook"),
    "unmarked hook": Case("no_hook", hook("return (Good,)", mark="")),
    "misspelled hook": Case("unknown_hook", hook("return (Good,)", name="director_check")),
    "hook with an argument": Case(
        "incompatible", f"{HEADER}\n@hookimpl\ndef director_checks(manifest): return ()\n"
    ),
    "hook raises": Case("hook_failed", hook("raise ValueError('no')")),
    "hook exits": Case("hook_failed", hook("raise SystemExit(0)")),
    "hook returns None": Case("bad_offer", hook("return None")),
    "hook returns a number": Case("bad_offer", hook("return 7")),
    "hook returns a class": Case("bad_offer", hook("return Good")),
    "hook is async": Case("bad_offer", hook("return ()").replace("def dir", "async def dir")),
    "generator raises": Case("hook_failed", hook("yield Good; raise ValueError('no')")),
    "endless generator": Case("bad_offer", hook("while True: yield Good")),
    "offers an instance": Case("not_a_class", hook("return (Good(),)")),
    "offers a check twice": Case("duplicate_check", hook("return (Good, Good)")),
    "offers no sink": Case("bad_sink", hook("return (object(),)", name="director_sinks")),
    "no spec": Case("no_spec", check(FROZEN)),
    "spec is text": Case("no_spec", check(f"{FROZEN}    spec = 'bad.bad'")),
    "takes another's check": Case(
        "foreign_check", check(f"{FROZEN}    spec = spec('http.health')")
    ),
    "not a dataclass": Case("not_frozen", check("class Bad:\n    spec = spec('bad.bad')")),
    "not frozen": Case("not_frozen", check("@dataclass\nclass Bad:\n    spec = spec('bad.bad')")),
    "examines nothing": Case("no_examination", check(WITH_SPEC, "pass")),
    "run is not async": Case("no_examination", check(WITH_SPEC, "def run(self, t, p): ...")),
    "judge is async": Case("no_examination", check(WITH_SPEC, "async def judge(self, m): ...")),
    "option without default": Case("bad_option", check(f"{WITH_SPEC}\n    budget_s: float")),
    "option of a list": Case("bad_option", check(f"{WITH_SPEC}\n    paths: tuple[str, ...] = ()")),
    "infinite option": Case("bad_option", check(f"{WITH_SPEC}\n    max_s: float = float('inf')")),
    "refuses its defaults": Case(
        "bad_check", check(WITH_SPEC, "def __post_init__(self): raise SystemExit(0)")
    ),
    "name of two words": Case("bad_name", entry="[director]\nbad.er = bad_plugin\n"),
    "name twice": Case(
        "duplicate_plugin", hook("return ()"), "[director]\nbad = bad_plugin\nbad = json\n"
    ),
    "entry without a target": Case("unreadable_metadata", entry="[director]\nbad\n"),
    "entries not in UTF-8": Case("unreadable_metadata", entry=b"[director]\nbad = \xff\n"),
}


def install(folder: Path, case: Case, *, name: str = "bad-dist") -> None:
    """Install a distribution into *folder*, which stands on the path of the interpreter."""
    info = folder / f"{name.replace('-', '_')}-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
    entry = case.entry.encode() if isinstance(case.entry, str) else case.entry
    (info / "entry_points.txt").write_bytes(entry)
    if case.module is not None:
        module = case.module.encode() if isinstance(case.module, str) else case.module
        (folder / "bad_plugin.py").write_bytes(module)


def python(
    folders: Sequence[Path], script: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run *script* in an interpreter of its own, with *folders* on its path."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(
            [*(str(folder) for folder in folders), os.environ.get("PYTHONPATH", "")]
        ).rstrip(os.pathsep),
        "PYTHONWARNINGS": "error",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        check=False,
        cwd=folders[0],
        encoding="utf-8",
        env=environment,
        timeout=60,
    )


def discovered(*folders: Path, trusted: Sequence[str] = TRUSTED) -> dict[str, Any]:
    """Return what an interpreter with *folders* on its path discovers, said on one line."""
    done = python(folders, DISCOVER, *trusted)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def assert_good_ones_are_whole(found: dict[str, Any]) -> None:
    """Assert that the plugins that come with the Director are loaded with all their checks."""
    good = {plugin["name"]: plugin for plugin in found["plugins"] if plugin["code"] == ""}

    assert sorted(good) == list(OURS)
    assert {name: len(good[name]["checks"]) for name in OURS} == {
        "cel": 0, "declared": 12, "dns": 2, "exec": 0, "http": 13, "logs": 1, "slack": 0,
        "tcp": 1, "tls": 3,
    }  # fmt: skip
    assert "http.health" in good["http"]["checks"]
    assert found["classes"] == sorted(check for name in OURS for check in good[name]["checks"])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_broken_distribution_hurts_only_itself(case: Case, tmp_path: Path) -> None:
    """However a distribution is broken, it is visible with its code and the others are whole."""
    install(tmp_path, case)

    found = discovered(tmp_path)

    bad = [plugin for plugin in found["plugins"] if plugin["distribution"] == "bad-dist"]
    assert {(plugin["disposition"], plugin["code"]) for plugin in bad} == {("broken", case.code)}
    for plugin in bad:
        assert plugin["checks"] == []
        assert 0 < len(plugin["detail"]) <= 300
        assert plugin["detail"].isprintable()
        assert "Traceback" not in plugin["detail"]
    assert_good_ones_are_whole(found)


def test_many_broken_ones_at_once(tmp_path: Path) -> None:
    """However many distributions are broken, each is listed and the good ones are whole."""
    broken = [
        case
        for case in CASES.values()
        if case.entry == Case.entry and isinstance(case.module, str) and "id" not in case.module
    ]
    for number, case in enumerate(broken):
        install(
            tmp_path,
            Case(case.code, None, f"[director]\nbad{number} = bad_plugin_{number}\n"),
            name=f"bad-{number}",
        )
        (tmp_path / f"bad_plugin_{number}.py").write_text(str(case.module))

    found = discovered(
        tmp_path, trusted=[*TRUSTED, *(f"bad-{number}" for number in range(len(broken)))]
    )

    codes = {plugin["name"]: plugin["code"] for plugin in found["plugins"] if plugin["code"]}
    assert len(broken) >= 10
    assert codes == {f"bad{number}": case.code for number, case in enumerate(broken)}
    assert_good_ones_are_whole(found)


MARK = "import pathlib\npathlib.Path('imported').touch()\n"


@pytest.mark.parametrize(
    "metadata",
    [b"Name: stranger\nVersion: 1\n", b"Version: 1\n", b"", b"Name: \xff\n", None],
    ids=["named", "nameless", "empty", "not UTF-8", "absent"],
)
def test_what_is_not_trusted_runs_no_line(metadata: bytes | None, tmp_path: Path) -> None:
    """A distribution that nobody named is refused, visibly, and its code is never imported."""
    install(tmp_path, Case("untrusted", MARK), name="stranger")
    file = tmp_path / "stranger-0.1.dist-info" / "METADATA"
    file.unlink()
    if metadata is not None:
        file.write_bytes(metadata)

    found = discovered(tmp_path)

    (refused,) = [plugin for plugin in found["plugins"] if plugin["name"] == "bad"]
    assert (refused["disposition"], refused["code"]) == ("refused", "untrusted")
    assert not (tmp_path / "imported").exists()
    assert_good_ones_are_whole(found)


def test_two_without_a_name_are_two(tmp_path: Path) -> None:
    """A distribution without a name does not hide another one without a name."""
    for name in ("one", "two"):
        install(tmp_path, Case("untrusted", None, f"[director]\n{name} = bad_plugin\n"), name=name)
        (tmp_path / f"{name}-0.1.dist-info" / "METADATA").unlink()

    found = discovered(tmp_path)

    refused = [plugin["name"] for plugin in found["plugins"] if plugin["code"] == "untrusted"]
    assert refused == ["one", "two"]


def test_an_untrusted_namesake_takes_nothing(tmp_path: Path) -> None:
    """An untrusted distribution that calls its plugin http leaves the trusted one whole."""
    install(tmp_path, Case("untrusted", MARK, "[director]\nhttp = bad_plugin\n"), name="impostor")

    found = discovered(tmp_path)

    assert [
        (plugin["distribution"], plugin["disposition"])
        for plugin in found["plugins"]
        if plugin["name"] == "http"
    ] == [("director-http", "loaded"), ("impostor", "refused")]
    assert not (tmp_path / "imported").exists()
    assert_good_ones_are_whole(found)


def test_two_trusted_namesakes_are_both_broken(tmp_path: Path) -> None:
    """Neither of two plugins with one name wins silently, wherever it stands on the path."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, name in ((first, "bad-dist"), (second, "bad-twin")):
        folder.mkdir()
        install(folder, Case("duplicate_plugin", MARK), name=name)

    found = discovered(first, second, trusted=[*TRUSTED, "bad-twin"])

    bad = [plugin for plugin in found["plugins"] if plugin["name"] == "bad"]
    assert [plugin["distribution"] for plugin in bad] == ["bad-dist", "bad-twin"]
    assert {plugin["code"] for plugin in bad} == {"duplicate_plugin"}
    assert all("bad-dist" in each["detail"] and "bad-twin" in each["detail"] for each in bad)
    assert not (first / "imported").exists()
    assert_good_ones_are_whole(found)


def test_what_cannot_be_read_stands_in_its_place(tmp_path: Path) -> None:
    """A distribution with damaged entry points is listed once, in order, by its own name."""
    install(tmp_path, CASES["entries not in UTF-8"], name="zebra")

    found = discovered(tmp_path)

    assert [plugin["name"] for plugin in found["plugins"]] == [*OURS, "zebra"]
    assert "UnicodeDecodeError" in found["plugins"][-1]["detail"]


def test_one_distribution_found_twice_is_one(tmp_path: Path) -> None:
    """A distribution that stands on the path twice is one plugin, not two namesakes."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        install(folder, Case("no_hook"))

    found = discovered(first, second)

    assert [plugin["code"] for plugin in found["plugins"] if plugin["name"] == "bad"] == ["no_hook"]
    assert_good_ones_are_whole(found)


def test_a_real_interrupt_is_obeyed(tmp_path: Path) -> None:
    """A SIGINT that arrives while a plugin is imported stops the Director, not the plugin."""
    install(tmp_path, Case("", "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"))

    done = python([tmp_path], DISCOVER, *TRUSTED)

    assert done.returncode == -signal.SIGINT
    assert done.stdout == ""
