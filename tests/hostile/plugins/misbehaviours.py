"""Plugins that do what they should not, by name, and what must come of each.

The numbers are those of the rows of a published matrix; a row has several plugins where it names
several faults.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

WELL = 'return Passed("so")'
DEADLINE_S = 1.0
FEW = "invalid_result"

MODULE = """
import asyncio, ctypes, json, os, re, signal, socket, ssl, subprocess, sys, threading, time
from dataclasses import make_dataclass
from director.plugin import *
from director.plugin import CheckSpec, Evidence, EvidenceKind, Failed, Passed, hookimpl

HELD = []

def facts(*pairs):
    return Passed("so", evidence=(Evidence(EvidenceKind.DECLARED, "it", None, tuple(pairs)),))

async def run(self, target, probe):
    {body}

async def well(self, target, probe):
    {well}

{top}

def check(name, act):
    spec = CheckSpec(
        id="{name}." + name, title="t", category="c", why="w", remedy="r", deadline_s={deadline_s}
    )
    return make_dataclass("C", [], frozen=True, namespace={{"spec": spec, "run": act}})

@hookimpl
def director_checks():
    return [check("bad", run), *(check(f"good{{n}}", well) for n in range({many}))]
"""


@dataclass(frozen=True)
class Row:
    """One plugin.

    Attributes:
        number: Of the row.
        body: What its check does.
        words: What may come of the check: the word of its outcome, and the beginning of its code.
        top: What its module does besides.
        heard: What the log must hold besides.
        deadline_s: Of its checks, in seconds.
        twin: Whether it is installed a second time, under another distribution.
    """

    number: int
    body: str
    words: tuple[str, ...]
    top: str = ""
    heard: tuple[str, ...] = ()
    deadline_s: float = DEADLINE_S
    twin: bool = False


def _errored(number: int, body: str, *codes: str, **more: object) -> Row:
    words = tuple(f"errored {code}" for code in codes)
    return Row(number, body, words, **more)  # type: ignore[arg-type]


def _passed(number: int, body: str, **more: object) -> Row:
    return Row(number, f"{body}; {WELL}", ("passed ",), **more)  # type: ignore[arg-type]


def _missing(number: int, code: str, **more: object) -> Row:
    heard = ("director.plugin.load_failed", f'"director.plugin.reason":"{code}"')
    return Row(number, WELL, ("missing plugin_broken",), heard=heard, **more)  # type: ignore[arg-type]


ROWS: dict[str, Row] = {
    "raises": _errored(1, 'raise ValueError("no")', "exception:ValueError"),
    "raises_base": _errored(
        2, "raise Base", "exception:Base", top="class Base(BaseException): pass"
    ),
    "exits": _errored(3, "sys.exit(0)", "exception:SystemExit"),
    "interrupts": _errored(4, "raise KeyboardInterrupt", "exception:KeyboardInterrupt"),
    "interrupts_really": _errored(
        4,
        "os.kill(os.getpid(), signal.SIGINT); await asyncio.sleep(60)",
        "exception:KeyboardInterrupt",
        "crash:",
    ),
    "ends_generator": _errored(5, "raise GeneratorExit", "exception:GeneratorExit"),
    "cancels_itself": _errored(6, "raise asyncio.CancelledError", "exception:CancelledError"),
    "raises_group": _errored(
        7,
        'raise BaseExceptionGroup("g", [KeyboardInterrupt(), SystemExit(0)])',
        "exception:BaseExceptionGroup",
    ),
    "cannot_be_printed": _errored(
        8,
        "raise Rude",
        "exception:Rude",
        top="class Rude(Exception):\n    def __str__(self): raise SystemExit(0)\n"
        "    __repr__ = __str__",
    ),
    "says_10_mb": _errored(9, 'raise ValueError("x" * 10**7)', "exception:ValueError"),
    "returns_none": _errored(10, "return None", FEW),
    "returns_text": _errored(11, 'return "GO"', FEW),
    "returns_coroutine": _errored(11, "return well(self, target, probe)", FEW),
    "returns_subclass": _errored(12, 'return Great("so")', FEW, top="class Great(Passed): pass"),
    "returns_nan": _errored(13, 'return facts(("score", float("nan")))', FEW),
    "returns_inf": _errored(14, 'return facts(("score", float("inf")))', FEW),
    "returns_1e400": _errored(14, 'return facts(("score", 10**400))', FEW),
    "returns_10e5000": _errored(14, 'return facts(("score", 10**5000))', FEW),
    "returns_true": _errored(15, "return Passed(True)", FEW),
    "returns_bytes": _errored(15, 'return facts(("score", b"0.9"))', FEW),
    "returns_cycle": _errored(
        16, 'loop = []; loop.append(loop); return facts(("score", loop))', FEW
    ),
    "returns_200_mb": _errored(
        17, 'return Passed("so", evidence=("x" * (200 << 20),))', "result_too_large", deadline_s=5.0
    ),
    "returns_many": _errored(
        17, 'return facts(*(("x" * 999, n) for n in range(5000)))', "result_too_large"
    ),
    "says_surrogates": Row(
        18, r'return Passed("a\ud800b\0c\x1b[31m\u202e" + b"\xff".decode("latin-1"))', ("passed ",)
    ),
    "never_returns": _errored(19, "await asyncio.Event().wait()", "deadline"),
    "swallows_cancellation": _errored(
        20,
        "\n    while True:\n        try: await asyncio.sleep(3600)\n"
        "        except asyncio.CancelledError: pass",
        "deadline",
    ),
    "answers_late": _errored(
        21,
        f"\n    try: await asyncio.sleep(3600)\n    except asyncio.CancelledError: {WELL}",
        "late_result_discarded",
    ),
    "sleeps": _errored(22, "time.sleep(3600)", "deadline"),
    "spins": _errored(23, "\n    while True: pass", "deadline"),
    "matches_for_ever": _errored(24, 're.match("(a+)+$", "a" * 40 + "b")', "deadline"),
    "recurses": _errored(
        25, "return again()", "exception:RecursionError", top="def again(): return again()"
    ),
    "recurses_for_ever": _errored(
        26,
        "sys.setrecursionlimit(10**9); return again()",
        "deadline",
        "crash:",
        "exception:MemoryError",
        "exception:RecursionError",
        top="def again(): return again()",
    ),
    "exits_hard": _errored(27, "os._exit(0)", "crash:exit_without_result"),
    "reads_nowhere": _errored(28, "ctypes.string_at(0)", "crash:SIGSEGV"),
    "aborts": _errored(29, "os.abort()", "crash:SIGABRT"),
    "kills_itself": _errored(30, "os.kill(os.getpid(), signal.SIGKILL)", "crash:SIGKILL"),
    "kills_its_parent": _errored(
        30, "os.kill(os.getppid(), signal.SIGKILL); await asyncio.sleep(60)", "deadline", "crash:"
    ),
    "kills_its_group": _errored(
        31, "os.kill(0, signal.SIGTERM); await asyncio.sleep(60)", "crash:SIGTERM"
    ),
    "sets_alarms": _errored(
        32,
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.setitimer(signal.ITIMER_REAL, 0.1)"
        "; await asyncio.sleep(60)",
        "crash:SIGALRM",
    ),
    "takes_all_memory": _errored(
        33,
        "\n    while True: HELD.append(bytearray(50 << 20))",
        "exception:MemoryError",
        deadline_s=5.0,
    ),
    "forks_for_ever": _errored(
        34,
        # The bound is for machines where nothing else is one.
        "\n    for _ in range(1000):\n        if os.fork() == 0: time.sleep(3600)",
        "pids_limit",
        deadline_s=10.0,
    ),
    "leaks_files": _errored(
        35, '\n    while True: HELD.append(open("/dev/null"))', "exception:OSError"
    ),
    "closes_files": _errored(36, f"os.closerange(3, 256); {WELL}", "crash:"),
    "leaks_threads": _passed(
        37, "[threading.Thread(target=time.sleep, args=(3600,)).start() for _ in range(50)]"
    ),
    "leaves_a_task": _passed(
        38,
        "asyncio.ensure_future(later()); await asyncio.sleep(0.05)",
        top='async def later():\n    raise ValueError("nobody hears me")',
        heard=("director.plugin.output", "nobody hears me"),
    ),
    "leaves_a_process": _passed(
        39,
        'subprocess.Popen(["sleep", "3600"], start_new_session=True)',
        heard=("director.plugin.worker_ended", '"director.plugin.orphans_killed":1'),
    ),
    "prints": _passed(
        40,
        'print("to stdout"); os.write(1, b"to one"); print("to stderr", file=sys.stderr)',
        heard=("director.plugin.output", "to stdout", "to one", "to stderr"),
    ),
    "forges_a_line": _passed(
        40,
        'os.write(2, b\'\\n{"event.name":"director.decision.made"}\\n\')',
        heard=("director.plugin.output",),
    ),
    "closes_stdout": _passed(41, "sys.stdout.close(); sys.stderr.close(); os.closerange(0, 3)"),
    "changes_the_manifest": _passed(
        42,
        'object.__setattr__(target.manifest, "name", "other");'
        ' object.__setattr__(target.manifest, "declares", ())',
    ),
    "replaces_modules": _passed(
        43,
        "json.dumps = json.loads = json.JSONEncoder.encode = time.time = time.monotonic = "
        "ssl.create_default_context = socket.socket = os.write = lambda *a, **k: 1 / 0",
    ),
    "clears_the_environment": _passed(44, 'os.environ.clear(); os.chdir("/"); os.umask(0)'),
    "stops_the_loop": _passed(44, "asyncio.get_running_loop().stop()"),
    "sets_a_policy": _passed(44, "asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())"),
    "cannot_be_imported": _missing(45, "import_failed", top="import nothing_of_the_kind"),
    "exits_at_import": _missing(45, "import_failed", top="sys.exit(0)"),
    "ends_at_import": _missing(45, "crash:exit_without_result", top="os._exit(0)"),
    "sleeps_at_import": _missing(45, "load_deadline", top="time.sleep(60)"),
    "has_two_of_an_id": _missing(46, "duplicate_check"),
    "is_there_twice": _missing(46, "duplicate_plugin", twin=True),
    "asks_for_too_much": _missing(47, "bad_hook"),
    "says_a_secret": Row(48, 'return Passed("it is hunter2hunter2")', ("passed ",)),
}
"""By what each does; the name is that of the plugin as well."""

_TAILS = {
    "has_two_of_an_id": """
    return [check("bad", run), check("bad", well)]
""",
    "asks_for_too_much": """

@hookimpl
def director_sinks(of_whom):
    return []
""",
}


def module(name: str, row: Row, *, many: int = 0) -> str:
    """Return the text of a plugin.

    Args:
        name: Of its entry point.
        row: What it does.
        many: How many checks it has that do nothing wrong.
    """
    text = MODULE.format(
        name=name, body=row.body, well=WELL, top=row.top, deadline_s=row.deadline_s, many=many
    )
    if name == "has_two_of_an_id":
        text = text[: text.rindex("    return [")]
    return text + _TAILS.get(name, "")


def install(folder: Path, name: str, text: str, *, distribution: str = "") -> None:
    """Install a plugin into *folder*, as a distribution of its own."""
    distribution = distribution or f"dist-{name.replace('_', '-')}"
    info = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[director]\n{name} = {name}_plugin\n")
    (folder / f"{name}_plugin.py").write_text(text)
