"""What is read: definitions, macros, ranges, measured values."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from director.plugin import (
    CheckSpec,
    Definition,
    DefinitionError,
    Environment,
    NotApplicable,
    Target,
    Unknown,
)
from director.testing import manifest, target
from director_exec import director_checks
from director_exec.macros import filled
from director_exec.perfdata import MOST_METRICS, read_perfdata
from director_exec.ranges import read_range
from director_exec.recipe import KEYS, Recipe, read_recipe

SPEC = CheckSpec(id="exec.x", title="t", category="c", why="w", remedy="r")


def definition(**body: Any) -> Definition:  # noqa: ANN401  # of any shape
    """Return a definition of these keys, with a command unless one is given."""
    return Definition(SPEC, MappingProxyType({"command": ("/bin/true",), **body}))


def flaws(**body: Any) -> list[tuple[tuple[str | int, ...], str, int | None]]:  # noqa: ANN401  # as above
    """Return way, problem and offset of everything that is wrong."""
    recipe = read_recipe(definition(**body))
    assert isinstance(recipe, tuple)
    return [(each.way, each.problem, each.offset) for each in recipe]


def test_a_definition_becomes_a_recipe() -> None:
    """Numbers and texts are ranges; the unit says what they are in."""
    recipe = read_recipe(
        definition(
            command=("check_x", "-H", "$host$"),
            thresholds={"time": {"unit": "ms", "warning": 100, "critical": "0:500"}},
            variables={"B": "2", "A": "1"},
        )
    )

    assert isinstance(recipe, Recipe)
    assert recipe.command == ("check_x", "-H", "$host$")
    assert recipe.variables == (("A", "1"), ("B", "2"))
    (threshold,) = recipe.thresholds
    assert threshold.warning is not None
    assert threshold.warning.end == pytest.approx(0.1)
    assert threshold.critical is not None
    assert threshold.critical.shown == "0:0.5"


@pytest.mark.parametrize(
    ("body", "way", "problem", "offset"),
    [
        ({"command": None}, (), "command must be a list of a program", None),
        ({"command": "true"}, ("command",), "command must be a list of a program", None),
        ({"command": ()}, ("command",), "command must be a list of a program", None),
        ({"command": ("p", 22)}, ("command", 1), "must be text, got 22: put it in quotes", None),
        ({"command": ("p", "x" * 4097)}, ("command", 1), "must be at most 4096", None),
        ({"command": ("./p",)}, ("command", 0), "must be an absolute path, or a name", None),
        ({"command": ("",)}, ("command", 0), "must be an absolute path, or a name", None),
        ({"command": ("$host$",)}, ("command", 0), "must be a program without macros", 0),
        ({"command": ("p", "a $hots$")}, ("command", 1), "must be one of $base_url$", 2),
        ({"command": ("p", "$$ 5$")}, ("command", 1), "must be a macro such as $host$", 4),
        ({"command": ("sh", "-c", "a $host$")}, ("command", 2), "must not put a macro", 2),
        ({"comand": 1}, ("comand",), "unknown key 'comand', did you mean 'command'?", None),
        ({"thresholds": ()}, ("thresholds",), "must be a mapping of labels", None),
        ({"thresholds": {"t": {}}}, ("thresholds", "t"), "must be a mapping with warning", None),
        ({"thresholds": {"t": {"warning": "2:1"}}}, ("thresholds", "t", "warning"), "must be a", 0),
        ({"thresholds": {"t": {"warning": True}}}, ("thresholds", "t", "warning"), "must be a", 0),
        ({"thresholds": {"t": {"warning": 1, "unit": 1}}}, ("thresholds", "t", "unit"), "must", 0),
        ({"thresholds": {"t": {"warning": 1, "max": 1}}}, ("thresholds", "t", "max"), "must", 0),
        ({"variables": "A"}, ("variables",), "must be a mapping of names", None),
        ({"variables": {"A-B": "1"}}, ("variables", "A-B"), "must be the name of", None),
        ({"variables": {"EXEC_MARK": "1"}}, ("variables", "EXEC_MARK"), "must be the", 0),
        ({"variables": {"A": 1}}, ("variables", "A"), "must be text of at most", None),
    ],
)
def test_what_is_wrong_is_placed(
    body: dict[str, Any], way: tuple[str | int, ...], problem: str, offset: int | None
) -> None:
    """Each flaw says where it is, down to the character of a macro."""
    (flaw,) = flaws(**body)

    assert flaw[0] == way
    assert flaw[1].startswith(problem)
    assert flaw[2] == offset or (offset == 0 and flaw[2] is None)


def test_all_definitions_are_mended_at_once() -> None:
    """One error holds what is wrong with every definition."""
    with pytest.raises(DefinitionError) as caught:
        director_checks((definition(command=("./a", 1)), definition(x=1)))

    assert len(caught.value.flaws) == 3


def test_a_check_is_offered_for_each() -> None:
    """The hook makes a check of every definition, with its spec."""
    (check,) = director_checks((definition(),))

    assert check.spec is SPEC


@pytest.mark.parametrize(
    ("url", "argument", "made"),
    [
        ("https://pay.test/api", "$host$:$port$", "pay.test:443"),
        ("http://pay.test", "$port$", "80"),
        ("http://[2001:db8::1]:8080", "$host$ $port$", "2001:db8::1 8080"),
        ("https://pay.test/api", "--url=$base_url$", "--url=https://pay.test/api"),
        ("https://pay.test", "$service$@$environment$", "sample-service@production"),
        ("https://pay.test", "$$host$$ costs $$5", "$host$ costs $5"),
        (None, "$service$", "sample-service"),
    ],
)
def test_macros_are_filled(url: str | None, argument: str, made: str) -> None:
    """Each macro stands for a part of the target; two dollars are one."""
    assert filled(("p", argument), target(url)) == ["p", made]


@pytest.mark.parametrize("argument", ["$host$", "$port$", "$base_url$"])
def test_without_a_base_url_it_does_not_apply(argument: str) -> None:
    """There is nothing to hand over."""
    assert isinstance(filled(("p", argument), target()), NotApplicable)
    assert isinstance(filled(("p", "$environment$"), Target(manifest())), NotApplicable)


def test_a_value_never_becomes_an_option() -> None:
    """What the judged team chose does not tell the program what to do."""
    hostile = Target(manifest(), Environment("production", "http://-oProxyCommand=x"))

    refused = filled(("ssh", "$host$"), hostile)

    assert isinstance(refused, Unknown)
    assert refused.code == "unsafe_macro"
    assert filled(("ssh", "-H$host$"), hostile) == ["ssh", "-H-oproxycommand=x"]


@pytest.mark.parametrize(
    ("text", "value", "alert"),
    [
        ("10", 10, False),
        ("10", 10.01, True),
        ("10", -0.01, True),
        ("10:", 9.99, True),
        ("10:", 1e300, False),
        ("~:10", -1e300, False),
        ("~:10", 10.01, True),
        ("10:20", 20, False),
        ("@10:20", 20, True),
        ("@10:20", 20.01, False),
        ("@10", 0, True),
    ],
)
def test_ranges_alert(text: str, value: float, alert: bool) -> None:
    """Both ends belong to a range."""
    assert read_range(text).alerts(value) is alert


@pytest.mark.parametrize("text", ["", "@", "a", "1:2:3", "2:1", "1,5", "inf", "1e999", ":", "~"])
def test_what_is_no_range_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="must be"):
        read_range(text)


def test_no_number_is_a_reason_to_alert() -> None:
    """NaN lies in no range, and is fine in none."""
    assert read_range("~:").alerts(float("nan"))
    assert read_range("@1:2").alerts(float("nan"))


def test_what_cannot_be_read_spoils_nothing_else() -> None:
    """One wrong value is named, and those beside it are read."""
    measured = read_perfdata("a=1 b=x;2 junk 'c c'=3%;;;0;100 d=U;1 'e''s'=4KiB =5")

    assert [(each.label, each.value) for each in measured.metrics] == [
        ("a", 1),
        ("c c", 3),
        ("d", None),
        ("e's", 4096),
    ]
    assert len(measured.faults) == 3
    assert measured.metric("a") is not None
    assert measured.metric("b") is None


def test_what_runs_wild_is_cut() -> None:
    """A program that measures without end is not read without end, and no label has no end."""
    assert len(read_perfdata(f"{'a' * 300}=1 '{'b' * 300}'=1").faults) == 2
    measured = read_perfdata("a=1 " * (MOST_METRICS + 7))

    assert len(measured.metrics) == MOST_METRICS


@pytest.mark.parametrize("text", ["' '' " * 16_000, "'" * 65_536, "a" * 65_536, "1=" * 32_000])
def test_what_is_written_to_take_long_does_not(text: str) -> None:
    """64 KiB of anything are read at once."""
    began = time.perf_counter()

    read_perfdata(text)

    assert time.perf_counter() - began < 1


PLAIN = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
    | st.sampled_from(["$host$", "$x$", "$", "-", "10:", "/bin/sh", "-c", "ms"]),
    lambda inner: st.lists(inner, max_size=3).map(tuple)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*KEYS, "other"]), PLAIN, max_size=4))
def test_whatever_is_defined_is_understood_or_refused(body: dict[str, Any]) -> None:
    """Every definition becomes a recipe, or flaws of its own, in one line each."""
    each = definition(**{"command": None, **body})

    recipe = read_recipe(each)

    assert isinstance(recipe, Recipe) or all(
        flaw.check == "exec.x" and set(flaw.way[:1]) <= {*KEYS, "other"} for flaw in recipe
    )
