"""Bad manifests: each is refused fast, with its place, and without a traceback.

Some are slips, some are attacks on the parser, on the reader's eye or on whoever runs the
Director where the manifest comes from a stranger.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from director.errors import ManifestError
from director.loading.manifest import load_manifest, read_manifest
from director.loading.source import LARGEST_BYTES

LONGEST_S = 2.0
"""Far more than any of these takes, far less than what the attacks aim at."""

HEAD = "apiVersion: readiness/v1\nkind: Service\nmetadata: {name: a}\n"


@dataclass(frozen=True)
class Bad:
    """A manifest that must be refused.

    Attributes:
        name: What is wrong with it.
        data: Its bytes.
        faults: Place and beginning of each fault, in order; the first ones where ``more``.
        more: Whether more faults may follow.
    """

    name: str
    data: bytes
    faults: tuple[str, ...]
    more: bool = False


def bad(name: str, data: str | bytes, *faults: str, more: bool = False) -> Bad:
    """Return a case; text becomes UTF-8."""
    return Bad(name, data.encode() if isinstance(data, str) else data, faults, more)


def spec(text: str) -> str:
    """Return a manifest with *text* on line 5, from column 3 on."""
    return f"{HEAD}spec:\n  {text}\n"


LAUGHS = "a: &a [x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(f'*{before}' for _ in range(9))}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
NAMES = f"must be a name of lower-case letters, digits, '.', '_' and '-', at most {63}, got "
INVISIBLE = "must be without control and invisible characters, got "

CORPUS = (
    # Not a manifest at all.
    bad("empty", "", "1:1: must be a mapping, got nothing"),
    bad("only comments", "# soon\n", "1:1: must be a mapping, got nothing"),
    bad("a word", "hello", "1:1: must be a mapping, got text"),
    bad("a list", "- a\n- b\n", "1:1: must be a mapping, got a list"),
    bad("json that ends early", '{"apiVersion": "readiness/v1"', "1:1: must end with '}'"),
    bad("a page", "<html>\n<a href='x'>: b: c</a>", "2:13: must be one 'key: value' per line"),
    bad("not utf-8", HEAD.encode() + b"# caf\xe9\n", "4:6: must be UTF-8, got the byte 0xe9"),
    bad("utf-16", HEAD.encode("utf-16"), "must be UTF-8, got UTF-16"),
    bad("utf-16 unmarked", HEAD.encode("utf-16-be"), "1:1: must be UTF-8 text, got a NUL byte"),
    bad("nul", HEAD.replace("name: a", "name: a\0b"), "3:19: must be UTF-8 text, got a NUL byte"),
    bad("binary", b"\x7fELF\x01\x02", f"1:1: {INVISIBLE}U+007F", more=True),
    bad("too large", "#" * (LARGEST_BYTES + 1), "must be at most 256 KiB, got more"),
    bad("a megabyte", "a: b\n" * 200_000, "must be at most 256 KiB, got more"),
    # Another document.
    bad("wrong kind", HEAD.replace("Service", "Profile"),
        "2:7: must be Service, got 'Profile'"),
    bad("version 99", HEAD.replace("/v1", "/v99"),
        "1:13: must be readiness/v1, got 'readiness/v99'"),
    bad("kubernetes", "apiVersion: v1\nkind: Service\nmetadata: {name: a, labels: {}}\nspec: {}",
        "1:13: must be readiness/v1, got 'v1'", "3:21: unknown key 'labels'"),
    bad("two documents", HEAD + "---\n" + HEAD, "4:1: must be one document, got a second one"),
    # Slips of the pen.
    bad("unknown key", HEAD.replace("metadata", "metdata"),
        "1:1: must have the key 'metadata'",
        "3:1: unknown key 'metdata', did you mean 'metadata'?"),
    bad("duplicate key", HEAD + "kind: Service\n",
        "4:1: must be written once, got the key 'kind' twice: on line 2 and on line 4"),
    bad("duplicate claim", spec("declares: {alerts: false, alerts: true}"),
        "5:29: must be written once, got the key 'alerts' twice: on line 5 and on line 5"),
    bad("no name", HEAD.replace("name: a", "owner: b"), "3:1: must have the key 'name'"),
    bad("bad name", HEAD.replace("name: a", "name: ../../etc"), f"3:18: {NAMES}'../../etc'"),
    bad("long name", HEAD.replace("name: a", f"name: {'a' * 64}"), f"3:18: {NAMES}'aaaa"),
    bad("numeric version", HEAD.replace("name: a", "name: a, version: 2.7"),
        "3:30: must be text, got 2.7: put it in quotes"),
    bad("yes", spec("declares: {logging: yes}"), "5:23: must be true or false, got 'yes'"),
    bad("empty claim", spec("declares: {logging: }"), "5:23: must have a value, got nothing"),
    bad("comma", spec("declares: {backup: {not_applicable: stateless, no data}}"),
        "5:50: unknown key 'no data': put text that contains a comma in quotes"),
    bad("tab", HEAD + "spec:\n\tprofile: a\n", "5:1: must not begin with a tab"),
    bad("indentation", HEAD + "spec:\n  profile: a\n artifact: b\n", "6:2: must go on at the"),
    bad("open quote", HEAD + "spec: {profile: 'a}\n", "4:17: must end with the quote"),
    bad("durations", spec("environments: {a: {schedule: {every: 5}}, b: {schedule: {every: -5m}}, "
                          "c: {schedule: {every: 1h30m}}, d: {schedule: {every: 999999999d}}}"),
        "5:40: must be a duration", "5:67: must be a duration", "5:96: must be a duration",
        "5:127: must be at most 36500d"),
    bad("schedules", spec("environments: {a: {schedule: {cron: '61 * * * *'}}, "
                          "b: {schedule: {cron: '0 0 30 2 *'}}, "
                          "c: {schedule: {every: 5m, timezone: Mars/Olympus}}, "
                          "d: {schedule: {every: 5m, timezone: ../../etc/passwd}}, "
                          "e: {schedule: {every: 5m, windows: ['08:00-08:00']}}, "
                          "f: {schedule: {every: 5m, maintenance: "
                          "[{reason: x, starts_at: 2026-12-02, ends_at: 2026-12-01}]}}, "
                          "g: {schedule: {timezone: UTC}}}"),
        "5:39: must be five fields as in crontab(5), such as '*/5 8-18 * * MON-FRI', got "
        "'61 * * * *': Bad minute",
        "5:76: must be five fields as in crontab(5)",
        "5:128: must be a time zone such as Europe/Berlin or UTC, got 'Mars/Olympus'",
        "5:180: must be a time zone such as Europe/Berlin or UTC, got '../../etc/passwd'",
        "5:236: must end at another time than it begins, got '08:00-08:00'",
        "5:294: must end after it begins, got ends_at 2026-12-01T00:00:00+00:00",
        "5:358: must have either every or cron"),
    bad("urls", spec("environments: {a: {base_url: pay.example.com}, "
                     "b: {base_url: 'file:///etc/passwd'}, c: {base_url: 'http://a?b'}, "
                     "d: {base_url: 'http://me:pw@a'}}"),
        "5:32: must begin with http:// or https:// and a host, got 'pay.example.com'",
        "5:64: must begin with http:// or https:// and a host, got 'file:///etc/passwd'",
        "5:101: must be without a query and a fragment",
        "5:130: must be without a user name and password, got a URL with '@'"),
    bad("moments", spec("declares: {alerts: {value: true, at: 2026-02-30}, "
                        "logging: {value: true, at: 2026-10-01T08:00:00}, "
                        "metrics: {value: true, at: 20261001}}"),
        "5:40: must be a date", "5:80: must be a date", "5:129: must be a date"),
    bad("digest", spec('artifact: {digest: "sha256:…"}'), "5:22: must be 'sha256:' and 64"),
    bad("check ids", spec("checks: {health: {}, Http.health: {}, http.health: {Path: /}}"),
        "5:12: must be a check id", "5:24: must be a check id", "5:61: must be an option"),
    bad("nested option", spec("checks: {http.health: {path: {a: 1}}}"),
        "5:26: must be text, a number, true or false, got a mapping"),
    bad("profile file", spec("profile: ./lenient.yaml"), f"5:12: {NAMES}'./lenient.yaml'"),
    bad("several at once", "kind: Servce\nmetadata: {tier: 5}\nspec: {declares: {alerts: 1}}",
        "1:1: must have the key 'apiVersion'", "1:7: must be Service, got 'Servce'",
        "2:1: must have the key 'name'", "2:18: must be a whole number from 0 to 4, got 5",
        "3:27: must be true or false, got 1"),
    # Numbers.
    bad("nan", spec("declares: {test_coverage_percent: .nan}"), "5:37: must be a finite number"),
    bad("infinity", spec("declares: {sla: {latency_ms: .inf}}"), "5:32: must be a finite number"),
    bad("overflow", spec("declares: {sla: {latency_ms: 1e999}}"), "5:32: must be a finite number"),
    bad("integer bomb", spec("checks: {http.health: {a: 1" + "0" * 5000 + "}}"),
        "5:29: must be a whole number of at most 2**53, got 10000000000000000000… (5001 digits)"),
    bad("hexadecimal bomb", spec("checks: {http.health: {a: 0x" + "f" * 200_000 + "}}"),
        "5:29: must be a whole number of at most 2**53"),
    bad("number keys", HEAD + "1: a\n2.5: b\ntrue: c\n~: d\n",
        "4:1: must be a key of text, got 1: put it in quotes",
        "5:1: must be a key of text, got 2.5: put it in quotes",
        "6:1: must be a key of text, got true: put it in quotes",
        "7:1: must be a key of text, got ~: put it in quotes"),
    # Attacks on the parser.
    bad("python object", spec("profile: !!python/object/apply:os.system ['true']"),
        "5:12: must be without a tag, got '!!python/object/apply:os.system'"),
    bad("python name", spec("profile: !!python/name:os.system x"), "5:12: must be without a tag"),
    bad("binary tag", spec("profile: !!binary aGk="), "5:12: must be without a tag"),
    bad("merge key", HEAD + "spec: {<<: {profile: a}}\n", "4:8: must be a key, got the merge key"),
    bad("anchor", spec("profile: &p standard"), "5:12: must be without an anchor, got '&p'"),
    bad("self reference", "a: &a [*a]\n", "1:1: must have the key 'apiVersion'", more=True),
    bad("billion laughs", LAUGHS, "1:1: must have the key 'apiVersion'", more=True),
    bad("deep list", "[" * 100_000, "1:33: must be at most 32 levels deep, got more"),
    bad("deep mapping", "{a: " * 50_000, "1:129: must be at most 32 levels deep, got more"),
    bad("deep block", "- " * 100_000, "1:65: must be at most 32 levels deep, got more"),
    bad("deep keys", "? " * 100_000, "1:3: must be a key of text, got a mapping", more=True),
    bad("deep in a claim", spec("declares: " + "{a: " * 40 + "1" + "}" * 40),
        "5:133: must be at most 32 levels deep, got more"),
    bad("many values", "- x\n" * 60_000, "20000:3: must be at most 20,000 values and keys"),
    bad("many keys", HEAD + "".join(f"k{n}: 1\n" for n in range(9_000)),
        "4:1: unknown key 'k0'", more=True),
    bad("many faults", HEAD + "".join(f"k{n}: .nan\n" for n in range(9_000)),
        "4:5: must be a finite number, got .nan", more=True),
    bad("long key", HEAD + f"{'k' * 1000}: 1\n", "4:1: unknown key 'kkk"),
    bad("long quoted key", f'"{"k" * 200_000}": 1\n', "1:", more=True),
    bad("unknown directive", "%FOO bar\n---\n" + HEAD,
        "1:5: must be YAML, got what it does not allow: found unknown directive name"),
    # Attacks on the reader's eye.
    bad("bidi in the name", HEAD.replace("name: a", "name: a\u202eb"),
        f"3:18: {NAMES}", f"3:19: {INVISIBLE}U+202E"),
    bad("bidi in a comment", HEAD + "# \u2066 approved\n", f"4:3: {INVISIBLE}U+2066"),
    bad("escaped bidi", HEAD + 'spec: {profile: "a\\u202e"}\n', f"4:17: {INVISIBLE}U+202E"),
    bad("zero width", HEAD.replace("kind", "ki\u200bnd"), f"2:3: {INVISIBLE}U+200B", more=True),
    bad("second byte order mark", "\ufeff\ufeff" + HEAD, f"1:1: {INVISIBLE}U+FEFF", more=True),
    bad("escape sequence", HEAD + "# \x1b[2J\n", f"4:3: {INVISIBLE}U+001B"),
    bad("next line", HEAD + "# \x85kind: x\n", f"4:3: {INVISIBLE}U+0085"),
    bad("lone surrogate", HEAD + 'spec: {profile: "\\ud800"}\n',
        "4:20: must be an escape that YAML knows"),
    bad("homoglyph", HEAD.replace("name: a", "name: p\u0430y"), f"3:18: {NAMES}'p\u0430y'"),
)  # fmt: skip


@pytest.mark.parametrize("case", CORPUS, ids=[case.name for case in CORPUS])
def test_each_is_refused_fast_with_its_place(case: Bad) -> None:
    """A bad manifest is a ManifestError with file, line and column, within two seconds."""
    started_s = time.perf_counter()

    with pytest.raises(ManifestError) as caught:
        read_manifest(case.data, "m.yaml")

    took_s = time.perf_counter() - started_s
    lines = [str(fault) for fault in caught.value.faults]
    found = [line.removeprefix("m.yaml:").strip() for line in lines]
    if case.more:
        assert any(line.startswith(case.faults[0]) for line in found), found
    else:
        assert len(found) == len(case.faults), found
        for line, expected in zip(sorted(found), sorted(case.faults), strict=True):
            assert line.startswith(expected), line
    assert all(line.startswith("m.yaml:") and line.isprintable() for line in lines)
    assert len(lines) <= 101
    assert all(len(line) < 400 for line in lines)
    assert took_s < LONGEST_S


def test_the_corpus_is_large() -> None:
    """Each case has its own name, and there are more than sixty."""
    assert len({case.name for case in CORPUS}) == len(CORPUS) > 60


def test_what_is_no_file_is_refused_fast(tmp_path: Path) -> None:
    """A missing file, a folder, a pipe without a writer, a device and a circle of links."""
    pipe, loop = tmp_path / "pipe", tmp_path / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    started_s = time.perf_counter()

    for path in (tmp_path / "gone", tmp_path, pipe, loop, Path("/dev/zero"), Path("/dev/stdin/x")):
        with pytest.raises(ManifestError) as caught:
            load_manifest(path)
        (fault,) = caught.value.faults
        assert str(fault).startswith(f"{path}: must be a file")

    assert time.perf_counter() - started_s < LONGEST_S


def test_a_million_levels_do_not_crash_the_process(tmp_path: Path) -> None:
    """The deepest nest that fits into 256 KiB ends as a fault in a process that lives on."""
    manifest = tmp_path / "readiness.yaml"
    manifest.write_bytes(b"[" * LARGEST_BYTES)
    program = (
        "import sys, pathlib\n"
        "from director.errors import ManifestError\n"
        "from director.loading.manifest import load_manifest\n"
        "try:\n    load_manifest(pathlib.Path(sys.argv[1]))\n"
        "except ManifestError as error:\n    print(error.faults[0].problem)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(manifest)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert done.stdout == "must be at most 32 levels deep, got more\n"
    assert done.stderr == ""


def test_a_byte_order_mark_and_windows_line_ends_are_welcome() -> None:
    """What an editor on Windows writes is read, and its digest is of those bytes."""
    data = b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode()

    assert read_manifest(data, "m.yaml").manifest.name == "a"
