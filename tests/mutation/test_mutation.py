"""The mutation programme: what it breaks, and that its list of survivors is of this code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parent


def test_the_list_of_survivors_is_of_this_code() -> None:
    """Each survivor that docs/proof.md lists is a mutant of the code as it stands."""
    done = subprocess.run(
        [sys.executable, FOLDER / "run.py", "--list"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "listed as survivors" in done.stdout


@pytest.fixture
def mutate() -> Iterator[ModuleType]:
    """The mutator, which is no part of a package."""
    spec = spec_from_file_location("mutate", FOLDER / "mutate.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["mutate"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["mutate"]


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("a < b", {"a <= b", "pass"}),
        ("a is b", {"a is not b", "pass"}),
        ("return a and b", {"return a or b", "return a", "return b", "return None"}),
        ("return not a", {"return a", "return None"}),
        ("return True", {"return False", "return None"}),
        ("return False", {"return True"}),
        ("return a + 1", {"return a - 1", "return a + 2", "return None"}),
        ("a += b", {"a -= b", "a = b", "pass"}),
        ("a = 'x'", {"a = ''", "a = None"}),
        ("a = Role.ONE", {"a = Role.TWO", "a = None"}),
        ("a = Role.TWO", {"a = Role.ONE", "a = None"}),
        ("a = min(b)", {"a = max(b)", "a = min(None)", "a = None"}),
        ("if a:\n    continue", {"if not a:", "break"}),
        ("raise ValueError('a < b')", {"pass"}),
        ("a = [b for b in c if b]", {"a = [b for b in c]", "a = None"}),
        ("import a", set()),
        ("a: int < 3", set()),
    ],
)
def test_what_is_broken(mutate: ModuleType, source: str, faults: set[str]) -> None:
    """Every fault that a line can have is tried once, and nothing that says only what it is."""
    found = mutate.mutants("m", source, {"Role": ("ONE", "TWO")})

    assert {mutant.becomes for mutant in found} == faults


def test_a_mutant_says_where_it_is(mutate: ModuleType) -> None:
    """A mutant is named by its function and by what changed, however far down it is."""
    source = "class A:\n    def b(self):\n        '''Say it.'''\n        return c\n"

    (found,) = mutate.mutants("rules.m", source, {})

    assert found.key == ("rules.m.A.b", "return c", "return None")
    assert found.source.splitlines()[-1] == "        return None"


def test_the_members_of_an_enum_are_known(mutate: ModuleType) -> None:
    """An enum's members are what it assigns, in their order."""
    source = "class Role(StrEnum):\n    ONE = 'one'\n    TWO = 'two'\n\nclass B:\n    C = 1\n"

    assert mutate.members(source) == {"Role": ("ONE", "TWO")}
