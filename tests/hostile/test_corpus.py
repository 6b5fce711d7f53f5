"""The corpus of bad inputs, through the real command: refused, fast, in little memory, in words.

``corpus/manifests`` and ``corpus/profiles`` hold one bad input a file, and beside each folder
stands every line that ``director validate`` says of it: that list is meant to be read. What is too
large for a file of its own is made here, and measured in a process of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from director.loading.source import LARGEST_BYTES

COMMAND = Path(sys.executable).parent / "director"
CORPUS = Path(__file__).parent / "corpus"

LONGEST_S = 2.0
"""Of processor time for one input, start of the interpreter included."""

MOST_MIB = 150
LONGEST_LINE = 2_500
"""A path may fill 2,000 characters; our own words come on top."""

MEASURED = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 2**20 if sys.platform == "darwin" else 2**10
print(json.dumps([
    done.returncode, done.stdout.decode(), done.stderr.decode(),
    used.ru_utime + used.ru_stime, used.ru_maxrss / unit,
]))
"""
"""Runs the command as the only child of a small process, so that the peak is its own."""

HEAD = "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: a}\n"
POLICY = "apiVersion: readiness/v1\nkind: Profile\nmetadata: {name: p}\n"

BORROWED = {
    "profiles/extends-broken.yaml",
    "profiles/extends-circle-1.yaml",
    "profiles/extends-circle-2.yaml",
    "profiles/extends-circle-3.yaml",
}
"""Their faults lie in what they extend."""

_KNOWN = re.compile(r"\(a-list, .* and \d+ more\)")
"""The names of all profiles in the corpus, which change with it."""


@dataclass(frozen=True)
class Ran:
    """What one call of the command left behind, and what it cost."""

    exit: int
    stdout: str
    stderr: str
    cpu_s: float
    peak_mib: float

    @property
    def lines(self) -> list[str]:
        """What it complains of."""
        return self.stderr.splitlines()


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``director`` in the corpus and return what it said, and what it cost."""
    home = tmp_path / "home"
    home.mkdir()

    def run(*arguments: str | Path) -> Ran:
        done = subprocess.run(
            [sys.executable, "-I", "-c", MEASURED, COMMAND, *map(str, arguments)],
            cwd=CORPUS,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"},
            capture_output=True,
            check=True,
        )
        ran = Ran(*json.loads(done.stdout))
        assert "Traceback" not in ran.stderr
        assert "internal error" not in ran.stderr
        assert all(line.isprintable() for line in (ran.stdout + ran.stderr).split("\n"))
        return ran

    return run


def refused(ran: Ran) -> list[str]:
    """Return the faults of a run that did nothing but complain, in time and in bounds."""
    assert ran.exit == 2
    assert ran.stdout == ""
    assert ran.lines
    assert all(len(line) <= LONGEST_LINE for line in ran.lines)
    assert ran.cpu_s <= LONGEST_S
    assert ran.peak_mib <= MOST_MIB
    return ran.lines


def expected(kind: str) -> list[str]:
    """Return the faults that a folder of the corpus has, in order."""
    return sorted((CORPUS / f"{kind}.faults").read_text("utf-8").splitlines())


def names(kind: str) -> set[str]:
    """Return the files of a folder of the corpus, as faults name them."""
    return {str(path.relative_to(CORPUS)) for path in (CORPUS / kind).glob("*.yaml")}


def accused(faults: list[str]) -> set[str]:
    """Return the files that have a fault."""
    return {fault.partition(": ")[0].partition(":")[0] for fault in faults}


def test_the_corpus_is_large() -> None:
    """There are far more than sixty bad inputs, and each has its line."""
    assert len(names("manifests")) + len(names("profiles")) >= 200
    assert names("manifests") == accused(expected("manifests"))
    assert names("profiles") - BORROWED <= accused(expected("profiles"))


def test_every_manifest_of_the_corpus_is_refused(run: Run) -> None:
    """Each has one clear line for each fault, with its place; all together take two seconds."""
    assert sorted(refused(run("validate", "manifests"))) == expected("manifests")


def test_every_profile_of_the_corpus_is_refused(run: Run, tmp_path: Path) -> None:
    """Each is refused through a manifest that asks for it, with one line for each fault."""
    services = tmp_path / "services"
    services.mkdir()
    for profile in sorted((CORPUS / "profiles").glob("*.yaml")):
        service = f"{HEAD}spec: {{profile: {profile.stem}}}\n"
        (services / f"{profile.stem}.yaml").write_text(service, "utf-8")

    faults = refused(run("validate", services, "--profiles", "profiles"))

    assert sorted(_KNOWN.sub("(…)", fault) for fault in faults) == expected("profiles")


def test_nothing_of_the_corpus_is_evaluated(run: Run) -> None:
    """Evaluating says the same of each manifest, decides nothing, and exits 2."""
    ran = run("evaluate", "manifests", "--no-store", "--log", "off")

    assert ran.exit == 2
    assert "GO" not in re.sub("NO DECISION", "", ran.stdout).split()
    assert {fault.partition(": ")[2] for fault in expected("manifests")} <= {
        line.strip().partition(": ")[2] for line in (ran.stdout + ran.stderr).splitlines()
    }


def spec(text: str) -> str:
    """Return a manifest with *text* on line 4, in braces."""
    return f"{HEAD}spec: {{{text}}}\n"


def many(entry: str, count: int, between: str = ", ") -> str:
    """Return *count* entries, each with its number where ``#`` stands."""
    return between.join(entry.replace("#", str(number)) for number in range(count))


def laughs(width: int) -> str:
    """Return a mapping in which each value names the one before it *width* times."""
    return "a: &a [x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * width)}]\n"
        for before, name in zip("abcdefghijklmno", "bcdefghijklmnop", strict=True)
    )


DEEP = "must be at most 32 levels deep, got more"
LARGE = "must be at most 256 KiB, got more"
NODES = "must be at most 20,000 values and keys, got more"
FITS = LARGEST_BYTES - 100

BOMBS: Mapping[str, tuple[str, str]] = {
    # Name: what is in the file, and what some line must say of it, from the place on.
    "a billion laughs": (laughs(9), "1:4: must be without an anchor, got '&a'"),
    "a quadratic laugh": (
        f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 9_000)}]\n",
        "2:5: must be written out, got the alias '*a'",
    ),
    "aliases": (spec(f"waivers: [{'*a, ' * 50_000}]"), "4:18: must be written out, got"),
    "anchors": (spec(f"waivers: [{many('&a# x', 19_000)}]"), "4:18: must be without an anchor"),
    "tags": (spec(f"waivers: [{many('!t# x', 19_000)}]"), "4:18: must be without a tag, got '!t0'"),
    "tag directives": (
        many("%TAG !a#! tag:x", 10_000, "\n") + "\n---\n" + HEAD,
        "1:1: must be without tags, got the directive '%TAG'",
    ),
    "a tag directive": (f"%TAG !a! tag:{'x' * FITS}\n---\n", "1:1: must be without tags"),
    "deep lists": ("[" * FITS, f"1:33: {DEEP}"),
    "deep mappings": ("{a: " * (FITS // 4), f"1:129: {DEEP}"),
    "deep blocks": ("- " * (FITS // 2), f"1:65: {DEEP}"),
    "deep indentation": (many("", 700, "") + "".join(
        " " * depth + "a:\n" for depth in range(700)
    ), f"33:33: {DEEP}"),
    "deep keys": ("? " * (FITS // 2), "1:3: must be a key of text, got a mapping"),
    "deep in a claim": (spec("declares: " + "{a: " * 60_000), f"4:138: {DEEP}"),
    "a million keys": (many("k#: 1", 1_000_000, "\n"), LARGE),
    "a million keys at once": (f"{{{many('k#: 1', 1_000_000)}}}", LARGE),
    "keys that fit": (HEAD + many("k#: 1", 25_000, "\n"), NODES),
    "unknown keys": (spec(f"declares: {{{many('logging#: 1', 9_900)}}}"), (
        "4:19: unknown key 'logging0', did you mean 'logging'?"
    )),
    "one key again and again": (HEAD + "x: 1\n" * 9_900, (
        "5:1: must be written once, got the key 'x' twice: on line 4 and on line 5"
    )),
    "merge keys": (spec(many("<<: {a: 1}", 4_900)), "4:8: must be a key, got the merge key"),
    "commas": (f"[{',' * FITS}", "1:2: must be a value, got something else"),
    "colons": (f"a{':' * FITS}", "must be one 'key: value' per line, got another ': '"),
    "question marks": ("{? : ? : " * 20_000, "must be"),
    "values": (f"[{'x,' * 130_000}]", NODES),
    "a million documents": ("---\n" * 60_000, "2:1: must be one document, got a second one"),
    "a whole number of 100,001 digits": (
        spec(f"checks: {{a.b: {{a: 1{'0' * 100_000}}}}}"),
        "4:26: must be a whole number of at most 2**53, got 10000000000000000000… (100001 digits)",
    ),
    "an exponent of 100,001 digits": (
        spec(f"checks: {{a.b: {{a: 1e1{'0' * 100_000}}}}}"),
        "4:26: must be a number of at most 100 digits, got 1e100000000000000000… (100003 digits)",
    ),
    "a hexadecimal number": (
        spec(f"checks: {{a.b: {{a: 0x{'f' * 250_000}}}}}"),
        "4:26: must be a whole number of at most 2**53, got 0xffffffffffffffffff… (250002 digits)",
    ),
    "digits that end in a letter": (
        spec(f"checks: {{a.b: {{a: {'1' * 250_000}x}}}}"),
        "4:26: must be at most 500 characters, got 250001",
    ),
    "a whole number as a key": (
        f"1{'0' * 250_000}: a\n",
        "1:1: must be a whole number of at most 2**53, got 10000000000000000000… (250001 digits)",
    ),
    "a long key": (HEAD + f"? {'k' * 250_000}\n: 1\n", f"4:3: unknown key '{'k' * 60}…'"),
    "a long word": ("x" * FITS, "1:1: must be a mapping, got text"),
    "a long line of words": ("x y " * (FITS // 4), "1:1: must be a mapping, got text"),
    "a long text over lines": (spec("profile: |\n" + "    x\n" * 40_000), "4:"),
    "a long comment and a fault": (f"#{'x' * 250_000}\n{HEAD}x: 1\n", "5:1: unknown key 'x'"),
    "a fault on the last line": ("\n" * 250_000 + HEAD + "x: 1\n", "250004:1: unknown key 'x'"),
    "a fault at the end of a line": (
        f"{HEAD}spec: {{profile: {' ' * 250_000}A}}\n", "4:250017: must be a name of lower-case"
    ),
    "quotes": (f"{HEAD}a: '{chr(39) * 250_000}'\n", "4:1: unknown key 'a'"),
    "tabs": ("\t" * FITS, "must"),
    "invisible characters": ("\u200b" * 80_000, "1:1: must be without control and invisible"),
    "byte order marks": ("\ufeff" * 80_000, "1:1: must be without control and invisible"),
    "combining characters": (spec(f"profile: a{chr(0x301) * 120_000}"), "4:17: must be a name of"),
    "environments": (
        spec(f"environments: {{{many('e#: {}', 9_900)}}}"),
        "4:8: must have at most 100 entries, got 9900",
    ),
    "environments by checks": (
        spec(f"environments: {{{many('e#: {}', 4_900)}}}, checks: {{{many('a.c#: {}', 4_900)}}}"),
        "4:8: must have at most 100 entries, got 4900",
    ),
    "options": (
        spec(f"checks: {{http.health: {{{many('o#: 1', 9_900)}}}}}"),
        "4:35: unknown option 'o0', known are ",
    ),
    "empty waivers": (
        spec(f"waivers: [{many('{}', 19_000)}]"),
        "4:8: must have at most 200 entries, got 19000",
    ),
    "urls": (
        spec("environments: {" + many(f"e#: {{base_url: 'http://{chr(0x2100) * 600}'}}", 99) + "}"),
        "4:38: must be a URL with a host and a port that can be read, got 'http://℀",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(run: Run, tmp_path: Path, name: str) -> None:
    """What aims at time or memory is refused within 2 s and 150 MiB, in a process of its own."""
    text, told = BOMBS[name]
    bomb = tmp_path / "bomb.yaml"
    bomb.write_text(text, "utf-8")

    faults = refused(run("validate", bomb))

    assert all(fault.startswith(f"{bomb}:") for fault in faults)
    assert any(told in fault for fault in faults), faults[:3]


def test_all_bombs_at_once(run: Run, tmp_path: Path) -> None:
    """One evaluation of all of them decides nothing, and takes no more memory than one."""
    for number, (text, _) in enumerate(BOMBS.values()):
        (tmp_path / f"bomb-{number}.yaml").write_text(text, "utf-8")

    ran = run("evaluate", tmp_path, "--no-store", "--log", "off")

    assert ran.exit == 2
    assert len(re.findall(r"^/.*NO DECISION", ran.stdout, re.MULTILINE)) == len(BOMBS)
    assert ran.cpu_s <= LONGEST_S * len(BOMBS)
    assert ran.peak_mib <= MOST_MIB


PROFILES: Mapping[str, tuple[str, str]] = {
    "deep": ("[" * FITS, f"1:33: {DEEP}"),
    "a million keys": (many("k#: 1", 1_000_000, "\n"), LARGE),
    "laughs": (POLICY + laughs(9), "4:4: must be without an anchor"),
    "checks": (
        f"{POLICY}spec: {{checks: {{{many('a.c#: {}', 9_900)}}}}}",
        "4:1: must have the key 'thresholds'",
    ),
    "a long extends": (
        f"{POLICY}spec: {{extends: {'x/' * 100_000}a.yaml}}",
        "must be a file that can be read: File name too long",
    ),
    "a long name": (
        f"{POLICY}spec: {{extends: {'x' * 200_000}}}",
        f"4:17: must be a profile (baseline, standard, strict), got '{'x' * 60}…'",
    ),
    "weights": (
        f"{POLICY}spec: {{categories: {{{many('c#: {weight: 1e999999999}', 4_900)}}}}}",
        "4:34: must be a finite number, got 1e999999999",
    ),
}


@pytest.mark.parametrize("name", PROFILES)
def test_a_bomb_of_a_profile_does_not_go_off(run: Run, tmp_path: Path, name: str) -> None:
    """A profile that aims at time or memory is refused within 2 s and 150 MiB as well."""
    text, told = PROFILES[name]
    service, bomb = tmp_path / "service.yaml", tmp_path / "bomb.yaml"
    service.write_text(HEAD, "utf-8")
    bomb.write_text(text, "utf-8")

    faults = refused(run("validate", service, "--profile", bomb))

    assert all(fault.startswith(f"{bomb}:") for fault in faults)
    assert any(told in fault for fault in faults), faults[:3]


def test_the_largest_good_manifest_is_read_as_fast(run: Run, tmp_path: Path) -> None:
    """As many environments, checks and waivers as may be are planned within 2 s and 150 MiB."""
    waiver = "{check: a.c#, reason: x, ticket: y, expires_at: 2026-12-31}"
    largest = tmp_path / "largest.yaml"
    largest.write_text(
        spec(
            f"environments: {{{many('e#: {}', 100)}}}, checks: {{{many('a.c#: {}', 200)}}},"
            f" waivers: [{many(waiver, 200)}]"
        ),
        "utf-8",
    )

    ran = run("validate", largest)

    assert (ran.exit, ran.stderr) == (0, "")
    assert ran.cpu_s <= LONGEST_S
    assert ran.peak_mib <= MOST_MIB


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder with a short name, as a socket needs one."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


def no_files(folder: Path) -> dict[Path, str]:
    """Return what is no file that can be read, and what is said of it."""
    (folder / "file").write_text("")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "ping.yaml").symlink_to("pong.yaml")
    (folder / "pong.yaml").symlink_to("ping.yaml")
    (folder / "gone.yaml").symlink_to("nowhere")
    (folder / "folder.yaml").mkdir()
    (folder / "device.yaml").symlink_to("/dev/zero")
    (folder / "terminal.yaml").symlink_to("/dev/tty")
    os.mkfifo(folder / "pipe.yaml")
    (folder / "to-pipe.yaml").symlink_to("pipe.yaml")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.yaml"))
    with (folder / "sparse.yaml").open("wb") as sparse:
        sparse.truncate(2**40)
    special = "must be a file that can be read: it is a pipe, socket or device"
    return {
        folder / "loop.yaml": "must be a file that can be read: Too many levels of symbolic links",
        folder / "ping.yaml": "must be a file that can be read: Too many levels of symbolic links",
        folder / "gone.yaml": "must be a file, got nothing: no such file",
        folder / "nothing.yaml": "must be a file, got nothing: no such file",
        folder / "file" / "below.yaml": "must be a file that can be read: Not a directory",
        folder / "device.yaml": special,
        folder / "terminal.yaml": special,
        folder / "pipe.yaml": special,
        folder / "to-pipe.yaml": special,
        folder / "socket.yaml": special,
        folder / "sparse.yaml": LARGE,
        folder / f"{'x' * 300}.yaml": "must be a file that can be read: File name too long",
        Path("/dev/zero"): special,
        Path("/dev/random"): special,
        Path("/dev/null"): special,
    }


def test_what_is_no_file_is_refused_as_a_manifest(run: Run, folder: Path) -> None:
    """Pipes, sockets, devices, circles of links and a terabyte of nothing are never read."""
    cases = {path: told for path, told in no_files(folder).items() if len(path.name) < 256}

    faults = refused(run("validate", *cases))

    assert faults == [f"{path}: {told}" for path, told in cases.items()]


def test_what_is_no_file_is_refused_as_a_profile(run: Run, folder: Path) -> None:
    """The same, where a profile extends it: the fault lies on the line that names it."""
    cases = {path: told for path, told in no_files(folder).items() if path.suffix == ".yaml"}
    cases[folder / "folder.yaml"] = "must be a file that can be read: it is a directory"
    profiles, services = folder / "profiles", folder / "services"
    profiles.mkdir()
    services.mkdir()
    for number, path in enumerate(cases):
        policy = f"{POLICY}spec: {{extends: {path}}}\n"
        (profiles / f"p{number:02}.yaml").write_text(policy, "utf-8")
        service = f"{HEAD}spec: {{profile: p{number:02}}}\n"
        (services / f"s{number:02}.yaml").write_text(service, "utf-8")

    faults = refused(run("validate", services, "--profiles", profiles))

    assert faults == [
        f"{profiles}/p{number:02}.yaml:4:17: {path}: {told}"
        for number, (path, told) in enumerate(cases.items())
    ]


@pytest.mark.parametrize("secret", ["hunter2\n", "machine a login b password hunter2\n"])
def test_a_link_out_of_the_folder_gives_nothing_away(run: Run, tmp_path: Path, secret: str) -> None:
    """A manifest that is a link to somebody's secret does not carry it into the log."""
    (tmp_path / "secret").write_text(secret, "utf-8")
    link = tmp_path / "repository" / "readiness.yaml"
    link.parent.mkdir()
    link.symlink_to("../secret")

    ran = run("evaluate", link.parent, "--no-store")

    assert ran.exit == 2
    assert "must be a mapping, got text" in " ".join(ran.stdout.split())
    assert "hunter2" not in ran.stdout + ran.stderr


def test_what_nobody_may_read_is_refused(folder: Path) -> None:
    """A file without the right to read it is one fault, whoever runs the Director."""
    secret = folder / "secret.yaml"
    secret.write_text(HEAD, "utf-8")
    secret.chmod(0)
    folder.chmod(0o755)
    program = (
        "import os, pathlib, sys\n"
        "from director.errors import ManifestError\n"
        "from director.loading.manifest import load_manifest\n"
        "if os.geteuid() == 0:\n    os.setuid(65534)\n"
        "try:\n    load_manifest(pathlib.Path(sys.argv[1]))\n"
        "except ManifestError as error:\n    print(error)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, secret], capture_output=True, text=True, check=True
    )

    assert done.stdout == f"{secret}: must be a file that can be read: Permission denied\n"
