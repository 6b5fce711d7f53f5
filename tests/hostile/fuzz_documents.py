"""Coverage-guided fuzzing of manifests and profiles, with atheris and its libFuzzer.

``python tests/hostile/fuzz_documents.py --manifest NEW [libFuzzer's flags and folders]`` looks
for inputs that break the law in ``test_fuzz_documents.py``, and keeps what reaches new code in the
folder NEW. ``... --manifest -merge=1 tests/hostile/corpus/seeds/manifest NEW`` takes over what the
seeds do not reach yet; a seed is replayed by ``make test`` from then on.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
KINDS = {
    "manifest": (HERE / "corpus" / "manifests", HERE.parents[1] / "config" / "services"),
    "profile": (HERE / "corpus" / "profiles", HERE.parents[1] / "config" / "profiles"),
}
"""What is fuzzed, and where inputs to begin with lie besides the seeds."""

FLAGS = ("-timeout=10", "-rss_limit_mb=600", "-max_len=4096", "-len_control=50")


def main() -> None:
    """Fuzz what the first argument says.

    It has two dashes because libFuzzer passes over such flags, and hands them on to the processes
    that it starts for a merge.
    """
    kind, arguments = sys.argv[1].removeprefix("--"), sys.argv[1:]
    atheris = import_module("atheris")  # It has no types, and no wheel but for Linux on x86-64.
    with atheris.instrument_imports(include=["director.loading", "director.model"]):
        tests = import_module("test_fuzz_documents")
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder) / "words"
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in _words(tests, kind)), "utf-8")
        merging = any(argument.startswith("-merge") for argument in arguments)
        begin = [] if merging else [f"-dict={words}", *map(str, KINDS[kind])]
        # libFuzzer hands its first argument to a shell where it starts another of itself.
        itself = shlex.join([sys.executable, str(Path(__file__).resolve())])
        atheris.Setup([itself, *FLAGS, *arguments, *begin], _law(tests, kind, Path(folder)))
        atheris.Fuzz()


def _law(tests: ModuleType, kind: str, folder: Path) -> Callable[[bytes], None]:
    def examine(data: bytes) -> None:
        if kind == "manifest":
            tests.law_of_a_manifest(data)
        else:
            tests.law_of_a_profile(data, folder)

    return examine


def _words(tests: ModuleType, kind: str) -> set[str]:
    """Return the pieces that inputs are made of: keys and words of the schema, and hostile ones."""
    words = {*tests.TOKENS, *(value for value in tests.HOSTILE if isinstance(value, str))}
    stack = [tests.manifest_schema() if kind == "manifest" else tests.profile_schema()]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            words |= {f"{key}: " for key in node.get("properties", ())}
            words |= {word for word in node.get("enum", ()) if isinstance(word, str)}
            stack += node.values()
        elif isinstance(node, list):
            stack += node
    return {word for word in words if 0 < len(word) < 60}


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    main()
