"""Break the rule in every small way, one at a time, and see whether its tests notice.

``python tests/mutation/run.py`` is what ``make mutants`` runs. It fails if fewer than 95 % of the
mutants are killed, or if one survives that ``docs/proof.md`` does not list with a reason.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from attempt import Attempt, Verdict, try_all
from mutate import Mutant, members, mutants

ROOT = Path(__file__).parents[2]
LIST = ROOT / "docs" / "proof.md"
LEAST_RATIO = 0.95

OF_MODEL = (
    "check",
    "decision",
    "evidence",
    "outcome",
    "override",
    "plan",
    "profile",
    "report",
    "result",
    "secret",
    "signers",
    "standing",
    "visible",
    "waiver",
    "weighting",
)
"""The modules of the model that decide something; the others only hold values."""

APART_FROM_LAW = (
    "agreement", "casework", "compare", "consequences", "contrast", "flapping", "moment", "options",
    "override", "override_steps", "quorum", "recall", "remedies", "requests", "resimulate",
    "sampling", "statements", "strictness", "summarise", "trend", "waiver_entries", "waivers",
    "wording",
)  # fmt: skip
"""Modules of the rules that the law tests do not look at."""

Key = tuple[str, str, str]


def main() -> int:
    """Run the programme; return the exit code."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("only", nargs="*", help="modules, such as rules.score; all by default")
    asked.add_argument("--list", action="store_true", help="only check the list of survivors")
    given = asked.parse_args()
    chosen = [mutant for mutant in every_mutant() if not given.only or mutant.module in given.only]
    known = {key for key in survivors() if not given.only or _module(key) in given.only}
    gone = known - {mutant.key for mutant in chosen}
    if given.list or gone:
        print(f"{len(chosen)} mutants, {len(known)} listed as survivors")
        return _complain("is listed, but there is no such mutant", gone)
    tried = [Attempt(f"director.{m.module}", m.function, m.source, suite(m.module)) for m in chosen]
    found: dict[Key, Verdict] = {}

    def told(number: int, verdict: Verdict) -> None:
        key = chosen[number].key
        # Where a line stands twice in a function, one that survives speaks for both.
        if found.get(key) is not Verdict.SURVIVED:
            found[key] = verdict
        _progress(number, len(tried), verdict, key)

    everything = tuple(sorted({file for each in tried for file in each.files}))
    as_it_is: list[Verdict] = []
    try_all([Attempt("", "", "", everything)], lambda _, verdict: as_it_is.append(verdict))
    if as_it_is != [Verdict.SURVIVED]:
        print("the tests must pass before anything is broken")
        return 1
    try_all(tried, told)
    return report(found, known)


def every_mutant() -> Iterator[Mutant]:
    """Yield every mutant of the rules, and of the part of the model that decides."""
    files = {
        **{f"rules.{file.stem}": file for file in (ROOT / "director" / "rules").glob("[!_]*.py")},
        **{f"model.{name}": ROOT / "director" / "model" / f"{name}.py" for name in OF_MODEL},
    }
    enums: dict[str, tuple[str, ...]] = {}
    for file in (ROOT / "director" / "model").glob("*.py"):
        enums.update(members(file.read_text(encoding="utf-8")))
    for module, file in sorted(files.items()):
        yield from mutants(module, file.read_text(encoding="utf-8"), enums)


def suite(module: str) -> tuple[str, ...]:
    """Return the tests of *module*: its own first, then what is quick, then the law."""
    floor, _, name = module.partition(".")
    unit = ROOT / "tests" / "unit"
    files = sorted([*(unit / "model").glob("test_*.py"), *(unit / "rules").glob("test_*.py")])
    if name in APART_FROM_LAW:
        files = [file for file in files if "test_law" not in file.name]

    def rank(file: Path) -> tuple[bool, ...]:
        own = file.stem == f"test_{name}" if floor == "rules" else file.parent.name == "model"
        law = "test_law" in file.name
        return not own, law, law and file.stem == "test_law"

    return tuple(map(str, sorted(files, key=rank)))


def survivors() -> Iterator[Key]:
    """Yield every survivor that is listed with a reason."""
    where = ""
    for line in LIST.read_text(encoding="utf-8").splitlines():
        heading = re.fullmatch(r"### `([\w.]+)`", line)
        listed = re.fullmatch(r"- `(.+?)` → `(.+?)`: \S.*", line)
        if heading:
            where = heading[1]
        elif listed:
            yield where, listed[1], listed[2]


def report(found: dict[Key, Verdict], known: Iterable[Key]) -> int:
    """Say what became of the mutants; return the exit code."""
    count = Counter(found.values())
    left = {key for key, verdict in found.items() if verdict is Verdict.SURVIVED}
    killed_ratio = 1 - len(left) / len(found)
    print(
        f"killed {count[Verdict.KILLED]}, timed out {count[Verdict.TIMED_OUT]}, "
        f"survived {len(left)} of {len(found)} mutants: "
        f"{100 * killed_ratio:.1f} % did not survive, at least {100 * LEAST_RATIO:g} % must not"
    )
    bad = _complain("survived, and is not listed", left - set(known))
    bad |= _complain("is listed as a survivor, and was killed", set(known) - left)
    return bad or int(killed_ratio < LEAST_RATIO)


def _complain(what: str, keys: Iterable[Key]) -> int:
    for where, was, becomes in sorted(keys):
        print(f"{what}: `{where}`\n- `{was}` → `{becomes}`")
    return int(bool(keys))


def _module(key: Key) -> str:
    return ".".join(key[0].split(".")[:2])


def _progress(number: int, of: int, verdict: Verdict, key: Key) -> None:
    """Say at once what survived, and on a terminal how far it is."""
    if verdict is Verdict.SURVIVED:
        print(f"survived: {key[0]}: `{key[1]}` → `{key[2]}`", flush=True)
    if sys.stderr.isatty() or number % 100 == 99:
        end = "" if sys.stderr.isatty() else "\n"
        print(f"\r{number + 1} of {of} ", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
