"""CEL: what is wrong is placed, what cannot be told is a value, and work has a bound."""

from __future__ import annotations

import subprocess
import sys
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from director.plugin import CheckSpec, Definition, DefinitionError, Redirects
from director_cel import director_checks
from director_cel.language import Expression, Language, Said, Unsaid
from director_cel.recipe import KEYS, Recipe, read_recipe
from director_cel.scope import SCOPES
from director_cel.work import MOST_VALUES, Size, fits_here, named_in, size_of

LANGUAGES = {name: Language(name) for name in SCOPES}
SPEC = CheckSpec(id="cel.x", title="t", category="c", why="w", remedy="r")


def definition(**body: Any) -> Definition:  # noqa: ANN401  # of any shape
    """Return a definition of these keys."""
    return Definition(SPEC, MappingProxyType(body))


def flaws(**body: Any) -> list[tuple[tuple[str | int, ...], str, int | None]]:  # noqa: ANN401  # as above
    """Return way, problem and offset of everything that is wrong."""
    recipe = read_recipe(definition(**body), LANGUAGES)
    assert isinstance(recipe, tuple)
    return [(each.way, each.problem, each.offset) for each in recipe]


def came(text: str, **variables: Any) -> Said | Unsaid:  # noqa: ANN401  # as above
    """Return what an expression comes to, with ``reply.json`` among the variables."""
    expression = LANGUAGES["reply"].compile(text)
    assert isinstance(expression, Expression)
    return expression.evaluate({f"reply.{name}": value for name, value in variables.items()})


def test_a_definition_becomes_a_recipe() -> None:
    """With a page it is about the answer, without one about the manifest."""
    page = read_recipe(
        definition(
            expression="reply.status == 200",
            warn_if="reply.elapsed_s > 1.0",
            observed="reply.status",
            message="not\n  well",
            get="/health",
            headers={"Accept": "application/json"},
            redirects="never",
        ),
        LANGUAGES,
    )
    manifest = read_recipe(definition(expression="metadata.tier <= 1"), LANGUAGES)

    assert isinstance(page, Recipe)
    assert page.scope == "reply"
    assert page.message == "not well"
    assert page.redirects is Redirects.NEVER
    assert len(page.expressions) == 3
    assert isinstance(manifest, Recipe)
    assert manifest.scope == "manifest"
    assert manifest.redirects is Redirects.SAME_ORIGIN


@pytest.mark.parametrize(
    ("body", "way", "problem", "offset"),
    [
        ({}, (), "must have the key 'expression'", None),
        ({"expression": True}, ("expression",), "must be an expression, got True", None),
        ({"expression": "1 +"}, ("expression",), "must be CEL: Syntax error", 3),
        ({"expression": "true &&\n  spce"}, ("expression",), "must name what there is", 10),
        ({"expression": "metadata.onwer == ''"}, ("expression",), "must name what there is", 8),
        ({"expression": "metadata.tier == '1'"}, ("expression",), "must be CEL: found no mat", 14),
        ({"expression": "reply.status == 200"}, ("expression",), "must name what there is", 5),
        ({"expression": "metadata.name"}, ("expression",), "must be an expression that is", None),
        ({"expression": "x" * 4001}, ("expression",), "must be at most 4000 characters", None),
        ({"expression": f"{'(' * 40}true{')' * 40}"}, ("expression",), "must be CEL: ", None),
        ({"expression": "true", "warn_if": "1"}, ("warn_if",), "must be an expression that", None),
        ({"expression": "true", "warn": "1"}, ("warn",), "unknown key 'warn', did you mean", None),
        ({"expression": "true", "get": "health"}, ("get",), "must be a path such as", None),
        ({"expression": "true", "get": "ftp://x/"}, ("get",), "must be a path such as", None),
        ({"expression": "true", "message": 1}, ("message",), "must be text of at most", None),
        ({"expression": "true", "headers": {}}, ("headers",), "must stand beside get", None),
        (
            {"expression": "true", "get": "/", "headers": {"a b": "c"}},
            ("headers", "a b"),
            "must be the name of a header",
            None,
        ),
        (
            {"expression": "true", "get": "/", "headers": {"a": "b\r\nc: d"}},
            ("headers", "a"),
            "must be the name of a header",
            None,
        ),
        ({"expression": "true", "get": "/", "headers": ()}, ("headers",), "must be a map", None),
        (
            {"expression": "true", "get": "/", "redirects": "yes"},
            ("redirects",),
            "must be one of never, same_origin, anywhere",
            None,
        ),
    ],
)
def test_what_is_wrong_is_placed(
    body: dict[str, Any], way: tuple[str | int, ...], problem: str, offset: int | None
) -> None:
    """Each flaw says where it is, down to the character."""
    found = flaws(**body)

    assert (way, offset) in [(each[0], each[2]) for each in found], found
    assert any(each[1].startswith(problem) for each in found), found


def test_what_was_meant_is_said() -> None:
    """Somebody who mistypes a name is told the one that is near."""
    ((_, problem, _),) = flaws(expression="metadata.onwer == ''")

    assert problem == (
        "must name what there is, got 'metadata.onwer': did you mean 'metadata.owner'?"
    )


def test_all_definitions_are_mended_at_once() -> None:
    """One error holds what is wrong with every definition."""
    with pytest.raises(DefinitionError) as caught:
        director_checks((definition(expression="1 +"), definition(get="x", y=1)))

    assert len(caught.value.flaws) == 4


def test_nothing_is_offered_where_nothing_is_defined() -> None:
    """The plugin has no checks of its own."""
    assert list(director_checks(())) == []


def test_nobody_waits_for_what_nobody_defines() -> None:
    """Without definitions neither CEL nor anything else of the plugin is imported."""
    program = (
        "import sys, director_cel\n"
        "director_cel.director_checks(())\n"
        "print([n for n in sys.modules if n.startswith(('cel_expr_python', 'director_cel.'))])\n"
        "from director_cel.recipe import read_recipe\n"
        "print('cel_expr_python' in sys.modules)\n"
    )

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert ran.stdout.split() == [b"[]", b"True"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("reply.json.a == 1", True),
        ("reply.json.a == 1.0", True),
        ("reply.json.list.all(x, x > 0)", True),
        ("reply.json.list.exists(x, x > 2)", False),
        ("has(reply.json.zz)", False),
        ("'zz' in reply.json", False),
        ("reply.json.none == null", True),
        ("reply.json.text.matches('^(a|b)+$')", True),
        ("reply.json.a", 1),
    ],
)
def test_what_holds_is_said(text: str, value: object) -> None:
    """Values of JSON are what they are."""
    json = {"a": 1, "list": [1, 2], "none": None, "text": "ab"}

    assert came(text, json=json) == Said(value)


@pytest.mark.parametrize(
    ("text", "code", "problem"),
    [
        ("reply.json.zz == 1", "absent", "there is no 'zz'"),
        ("!(reply.json.zz == 1)", "absent", "there is no 'zz'"),
        ("reply.json.zz.y != 1", "absent", "there is no 'zz'"),
        ("reply.headers['etag'] == ''", "absent", "there is no 'reply.headers'"),
        ("tls.trusted", "absent", "there is no 'tls.trusted'"),
        ("reply.json.a > 'x'", "evaluation_failed", "No matching overloads"),
        ("reply.json.list[7] == 1", "evaluation_failed", "index"),
        ("1 / (reply.json.a - 1) == 1", "evaluation_failed", "divide"),
        ("reply.json.a + 9223372036854775807 > 0", "evaluation_failed", "overflow"),
        ("reply.json.huge > 0", "evaluation_failed", "out of range"),
        ("reply.json.odd == 'x'", "evaluation_failed", ""),
        ("reply.json.many.all(x, x >= 0)", "too_much_work", "10,000 items"),
    ],
)
def test_what_cannot_be_told_is_no_answer(text: str, code: str, problem: str) -> None:
    """What is absent, of another kind or too much is neither true nor false, under ! neither."""
    json: dict[str, Any] = {"a": 1, "list": [1]}
    rare = {"huge": 2**70, "odd": "\ud800", "many": list(range(10_001))}
    json |= {key: value for key, value in rare.items() if key in text}

    said = came(text, json=json)

    assert isinstance(said, Unsaid)
    assert said.code == code
    assert problem in said.problem


def test_sizes_are_counted() -> None:
    """Values, characters and the widest of them; far too many are not counted to their end."""
    assert size_of({"a": ["xx", {"bb": 1}], "c": "yyy"}) == Size(6, 9, 2)
    assert size_of({"a": [0] * (10 * MOST_VALUES)}).excessive


def test_little_work_is_done_here() -> None:
    """The bound is of the worst: every macro over the widest list, with all there is each time."""
    small = Size(100, 1_000, 50)
    large = Size(4_000, 40_000, 1_000)

    assert fits_here(["reply.json.all(x, x > 0)"], small)
    assert fits_here(["reply.json.a == 1"], large)
    assert not fits_here(["reply.json.all(x, x > 0)"], large)
    assert not fits_here(["reply.json . all (x, x > 0)"], large)
    assert not fits_here(["a.exists(x, b.map(y, y) == x)"], small)
    assert not fits_here(["true"], Size(6_000, 0, 1))


def test_only_what_is_named_is_handed_over() -> None:
    """A page of a megabyte that nobody asks for costs nothing."""
    facts = {"reply.body": "x", "reply.status": 200, "reply.json": {}}

    assert named_in(["reply.status == 200"], facts) == {"reply.status": 200}
    assert named_in(["reply\n . json.a", "size(reply.body)"], facts).keys() == {
        "reply.json",
        "reply.body",
    }


PLAIN = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
    | st.sampled_from(["reply.status", "&&", "metadata.tier == 1", "/x", "never", '"', "("]),
    lambda inner: st.lists(inner, max_size=3).map(tuple)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*KEYS, "other"]), PLAIN, max_size=4))
def test_whatever_is_defined_is_understood_or_refused(body: dict[str, Any]) -> None:
    """Every definition becomes a recipe, or flaws of its own, in one line each."""
    each = definition(**body)

    recipe = read_recipe(each, LANGUAGES)

    assert isinstance(recipe, Recipe) or all(
        flaw.check == "cel.x" and set(flaw.way[:1]) <= {*KEYS, "other"} for flaw in recipe
    )
