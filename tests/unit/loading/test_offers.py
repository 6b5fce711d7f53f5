"""loading.offers: what is a check, and what is not."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from director.errors import PluginError
from director.loading.offers import examine_check, examine_sink
from director.model.catalog import OptionKind, OptionSpec
from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Event,
    Expectation,
    Manifest,
    Passed,
    Probe,
    Role,
    Target,
    Tighter,
    option,
)

SPEC = CheckSpec(
    id="acme.good", title="Is good", category="reliability", why="Bad is bad.", remedy="Mend it."
)


@dataclass(frozen=True, slots=True)
class Judging:
    """A whole check of the manifest, with an option of every kind."""

    spec: ClassVar[CheckSpec] = SPEC

    path: str = "/"
    retries: int = 3
    budget_s: float = option(0.5, tighter=Tighter.LOWER)
    strict: bool = False

    def judge(self, manifest: Manifest) -> Answer:
        """Pass always."""
        return Passed(manifest.name)


@dataclass(frozen=True)
class Running:
    """A whole live check."""

    spec: ClassVar[CheckSpec] = SPEC

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Pass always."""
        del probe
        return Passed(target.name)


def a_check(fields: dict[str, tuple[object, object]] | None = None, **members: object) -> type:
    """Return a whole check class with these fields and members changed.

    Args:
        fields: Annotation and default (or ``field()``) by name.
        members: Attributes of the class; None takes one away.
    """

    def judge(self: object, manifest: object) -> Answer:  # noqa: ARG001  # the shape of a check
        return Passed("")

    namespace: dict[str, Any] = {"spec": SPEC, "judge": judge} | members
    annotations: dict[str, Any] = {"spec": ClassVar[CheckSpec]}
    for name, (annotation, default) in (fields or {}).items():
        annotations[name] = annotation
        if default is not dataclasses.MISSING:
            namespace[name] = default
    present = {name: value for name, value in namespace.items() if value is not None}
    return dataclass(frozen=True)(type("Made", (), present | {"__annotations__": annotations}))


def spec_with(**fields: Any) -> CheckSpec:  # noqa: ANN401  # wrong types on purpose
    """Return a spec that breaks what a spec cannot guard itself."""
    return dataclasses.replace(SPEC, **fields)


def both(self: object, target: object, probe: object) -> None:
    """A run that is not async."""


async def answering(self: object, target: object, probe: object) -> None:
    """A run that is async."""


async def slow_judge(self: object, manifest: object) -> None:
    """A judge that is async."""


def blind_judge(self: object) -> None:
    """A judge that wants no manifest."""


async def blind_run(self: object, target: object) -> None:
    """A run that wants no probe."""


class Undecorated(Judging):
    """Inherits the dataclass and is none itself."""


@dataclass
class Thawed:
    """A dataclass that is not frozen."""

    spec: ClassVar[CheckSpec] = SPEC

    def judge(self, manifest: Manifest) -> Answer:
        """Pass always."""
        return Passed(manifest.name)


class Lying(CheckSpec):
    """Looks like a spec and could be anything."""


def test_options_are_read_from_the_fields() -> None:
    """Name, kind, default and direction of every option come from the dataclass field."""
    class_, offer = examine_check(Judging, "acme")

    assert class_ is Judging
    assert offer.spec is SPEC
    assert offer.options == (
        OptionSpec(name="budget_s", kind=OptionKind.NUMBER, default=0.5, tighter=Tighter.LOWER),
        OptionSpec(name="path", kind=OptionKind.TEXT, default="/"),
        OptionSpec(name="retries", kind=OptionKind.INTEGER, default=3),
        OptionSpec(name="strict", kind=OptionKind.BOOLEAN, default=False),
    )


def test_annotations_may_be_types_or_their_names() -> None:
    """An option is understood with and without postponed annotations."""
    _, plain = examine_check(a_check({"budget_s": (float, 0.5)}), "acme")
    _, postponed = examine_check(a_check({"budget_s": ("float", 0.5)}), "acme")

    assert plain.options == postponed.options


@pytest.mark.parametrize("annotation", [Expectation, "Expectation"])
def test_an_expectation_is_an_option(annotation: object) -> None:
    """What is annotated as an expectation is one, and has no direction."""
    _, offer = examine_check(a_check({"expect": (annotation, "status == 200")}), "acme")

    assert offer.options == (
        OptionSpec(name="expect", kind=OptionKind.EXPECTATION, default="status == 200"),
    )
    for default in (option("", tighter=Tighter.LOWER), 1, "two\nlines"):
        with pytest.raises(PluginError, match="option expect must"):
            examine_check(a_check({"expect": (annotation, default)}), "acme")


def test_a_live_check_is_a_check() -> None:
    """A class with an async run is a check."""
    assert examine_check(Running, "acme")[0] is Running


def test_a_number_may_have_a_whole_default() -> None:
    """A default of 1 for a float is no mistake."""
    _, offer = examine_check(a_check({"budget_s": ("float", 1)}), "acme")

    assert offer.options[0].default == 1


@pytest.mark.parametrize(
    ("offered", "code", "words"),
    [
        (Judging(), "not_a_class", "got a Judging"),
        (None, "not_a_class", "got a NoneType"),
        (a_check(spec=None), "no_spec", "got a NoneType"),
        (a_check(spec="acme.good"), "no_spec", "got a str"),
        (a_check(spec=Lying(**dataclasses.asdict(SPEC))), "no_spec", "got a Lying"),
        (a_check(spec=spec_with(id="http.health")), "foreign_check", "'http.health'"),
        (a_check(spec=spec_with(id="acmes.good")), "foreign_check", "begin with 'acme.'"),
        (a_check(spec=spec_with(title="two\nlines")), "bad_spec", "title"),
        (a_check(spec=spec_with(why="\u202eyhw")), "bad_spec", "why"),
        (a_check(spec=spec_with(remedy="x" * 1001)), "bad_spec", "remedy"),
        (a_check(spec=spec_with(category=3)), "bad_spec", "category"),
        (a_check(spec=spec_with(role="blocker")), "bad_spec", "Role"),
        (a_check(spec=spec_with(effort="low")), "bad_spec", "Effort"),
        (a_check(spec=spec_with(reads=["declares.x"])), "bad_spec", "reads"),
        (a_check(spec=spec_with(reads=(3,))), "bad_spec", "reads"),
        (Thawed, "not_frozen", "frozen=True"),
        (Undecorated, "not_frozen", "frozen=True"),
        (type("Plain", (), {"spec": SPEC}), "not_frozen", "frozen=True"),
        (a_check(judge=None), "no_examination", "neither"),
        (a_check(run=answering), "no_examination", "both"),
        (a_check(judge=None, run=both), "no_examination", "async def run"),
        (a_check(judge=None, run=blind_run), "no_examination", "async def run"),
        (a_check(judge=slow_judge), "no_examination", "def judge"),
        (a_check(judge=blind_judge), "no_examination", "def judge"),
        (a_check(judge="yes"), "no_examination", "def judge"),
        (a_check({"a": ("str", dataclasses.MISSING)}), "bad_option", "a must have a default"),
        (a_check({"a": ("str", field(default_factory=str))}), "bad_option", "plain one"),
        (a_check({"a": ("str", field(default="", init=False))}), "bad_option", "init=False"),
        (a_check({"a": ("list[str]", ())}), "bad_option", "float, bool or Expectation"),
        (a_check({"a": ("str | None", None)}), "bad_option", "annotated"),
        (a_check({"a": ("int", 1.5)}), "bad_option", "integer, got a float"),
        (a_check({"a": ("int", True)}), "bad_option", "integer, got a bool"),
        (a_check({"a": ("float", True)}), "bad_option", "number, got a bool"),
        (a_check({"a": ("float", float("nan"))}), "bad_option", "number"),
        (a_check({"a": ("float", float("inf"))}), "bad_option", "number"),
        (a_check({"a": ("bool", 0)}), "bad_option", "boolean, got a int"),
        (a_check({"a": ("str", 1)}), "bad_option", "text, got a int"),
        (a_check({"a": ("str", "\x00")}), "bad_option", "text"),
        (a_check({"a": ("str", option("", tighter=Tighter.LOWER))}), "bad_option", "tighter"),
        (a_check({"a": ("int", field(default=1, metadata={"tighter": "up"}))}), "bad_option", "a"),
    ],
)
def test_what_is_no_check_is_refused(offered: object, code: str, words: str) -> None:
    """Each way not to be a check has its code and says what it must be."""
    with pytest.raises(PluginError) as caught:
        examine_check(offered, "acme")

    assert caught.value.code == code
    assert words in caught.value.detail


def test_the_longest_text_is_allowed() -> None:
    """A text of exactly the greatest length is no mistake."""
    longest = a_check(spec=spec_with(remedy="x" * 1000, effort=Effort.HIGH, role=Role.BLOCKER))

    assert examine_check(longest, "acme")[0] is longest


class Listener:
    """A whole sink."""

    name = "acme"
    patience_s = 0.0
    dropped = 0

    def offer(self, event: Event) -> bool:
        """Take nothing."""
        return event is None

    def drop(self, event: Event) -> None:
        """Count nothing."""

    async def close(self) -> None:
        """Close nothing."""


def test_a_sink_is_a_sink() -> None:
    """Whatever has the members of a sink is one."""
    listener = Listener()

    assert examine_sink(listener) is listener


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", ""),
        ("name", "a\nb"),
        ("patience_s", -0.1),
        ("patience_s", float("inf")),
        ("patience_s", True),
        ("dropped", None),
        ("offer", None),
        ("offer", Listener.close),
        ("drop", slow_judge),
        ("close", blind_judge),
    ],
)
def test_what_is_no_sink_is_refused(member: str, value: object) -> None:
    """A sink with a wrong member is refused, and the member is named."""
    sink = type("Odd", (Listener,), {member: value})()

    with pytest.raises(PluginError, match=member) as caught:
        examine_sink(sink)

    assert caught.value.code == "bad_sink"


def test_a_class_is_no_sink() -> None:
    """A sink is offered as an instance: the Director does not make it."""
    with pytest.raises(PluginError, match="must be a sink"):
        examine_sink(Listener)
