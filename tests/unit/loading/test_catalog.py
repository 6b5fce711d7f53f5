"""loading.catalog: every plugin is asked alone, and a broken one is a visible value."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint
from itertools import repeat
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

from director.loading.asked import MOST_OFFERED
from director.loading.catalog import Installed, discover
from director.model.catalog import Disposition, Plugin
from director.plugin import (
    Answer,
    Check,
    CheckSpec,
    Definition,
    DefinitionError,
    Flaw,
    Manifest,
    Passed,
    hookimpl,
)

Hook = Callable[..., object]


class Shelf(Distribution):
    """An installed distribution that lies in memory."""

    def __init__(self, metadata: str) -> None:
        self._texts = {"METADATA": metadata}

    def read_text(self, filename: str) -> str | None:
        """Return one of its files."""
        return self._texts.get(filename)

    def locate_file(self, path: str | os.PathLike[str]) -> Path:
        """Return where a file would be."""
        return Path(path)


class Planted(EntryPoint):
    """An entry point that loads what it is given."""

    def __init__(self, name: str, load: Hook, distribution: str = "") -> None:
        super().__init__(name, f"planted_{name}", "director")
        metadata = f"Name: {distribution or f'director-{name}'}\nVersion: 1.2\n"
        vars(self).update(dist=Shelf(metadata), given=load)

    def load(self) -> object:
        """Run what stands for the import."""
        return vars(self)["given"]()


def a_class(check: str) -> type[Check]:
    """Return a whole check class of that id."""

    @dataclass(frozen=True)
    class Made:
        spec: ClassVar[CheckSpec] = CheckSpec(
            id=check, title="Is good", category="reliability", why="Because.", remedy="Mend it."
        )

        def judge(self, manifest: Manifest) -> Answer:
            return Passed(manifest.name)

    return Made


def a_module(**hooks: Hook) -> SimpleNamespace:
    """Return a module with these hooks, all marked."""
    return SimpleNamespace(**{name: hookimpl(hook) for name, hook in hooks.items()})


def offering(*classes: object) -> Hook:
    """Return the import of a module that offers these."""
    return lambda: a_module(director_checks=lambda: classes)


def answering(hook: Hook) -> Hook:
    """Return the import of a module whose hook is *hook*."""
    return lambda: a_module(director_checks=hook)


GOOD = Planted("good", offering(a_class("good.b"), a_class("good.a")))


def found(*points: EntryPoint, trusted: Iterable[str] | None = None) -> Installed:
    """Discover these beside a good plugin, everything trusted unless said otherwise."""
    names = {point.dist.name for point in (GOOD, *points) if point.dist}
    return discover(frozenset(names if trusted is None else trusted), (*points, GOOD))


def plugin(installed: Installed, name: str) -> Plugin:
    """Return the one plugin of that name."""
    (one,) = [plugin for plugin in installed.catalog.plugins if plugin.name == name]
    return one


def test_a_good_plugin_is_loaded() -> None:
    """A plugin stands in the catalog with its checks sorted, and its classes can be made."""
    installed = found()

    good = plugin(installed, "good")
    assert (good.distribution, good.version, good.disposition, good.code, good.detail) == (
        "director-good",
        "1.2",
        Disposition.LOADED,
        "",
        "",
    )
    assert [offer.spec.id for offer in good.checks] == ["good.a", "good.b"]
    assert {check: make().spec.id for check, make in installed.classes.items()} == {
        "good.a": "good.a",
        "good.b": "good.b",
    }


def test_the_classes_are_read_only() -> None:
    """Nobody can plant a class after discovery."""
    classes = found().classes

    with pytest.raises(TypeError):
        classes["good.a"] = a_class("good.a")  # type: ignore[index]


def test_plugins_are_sorted_by_entry_point() -> None:
    """The order of installation does not show."""
    installed = found(Planted("zeta", offering()), Planted("alpha", offering()))

    assert [plugin.name for plugin in installed.catalog.plugins] == ["alpha", "good", "zeta"]


def test_other_groups_are_not_ours() -> None:
    """An entry point of another group is neither loaded nor listed."""
    other = EntryPoint("console", "does_not_exist", "console_scripts")

    assert [plugin.name for plugin in found(other).catalog.plugins] == ["good"]


def test_nothing_installed_is_an_empty_catalog() -> None:
    """Without entry points there are no plugins, and no error."""
    assert discover(frozenset(), ()) == Installed(discover(frozenset(), ()).catalog, {}, ())
    assert discover(frozenset({"x"}), ()).catalog.plugins == ()


def test_what_is_not_trusted_is_not_imported() -> None:
    """An untrusted distribution is refused, says how to trust it, and runs no line."""
    imported: list[str] = []
    stranger = Planted("stranger", lambda: imported.append("stranger"))

    refused = plugin(found(stranger, trusted={"director-good"}), "stranger")

    assert imported == []
    assert (refused.disposition, refused.code) == (Disposition.REFUSED, "untrusted")
    assert "--trust director-stranger" in refused.detail
    assert "DIRECTOR_TRUST" in refused.detail
    assert "its own process" in refused.detail


@pytest.mark.parametrize("spelling", ["director-good", "Director_Good", "DIRECTOR.good"])
def test_trust_does_not_depend_on_spelling(spelling: str) -> None:
    """Names of distributions are compared as package installers compare them."""
    assert plugin(found(trusted={spelling}), "good").disposition is Disposition.LOADED


@pytest.mark.parametrize("trusted", [set(), {"director"}, {"good"}, {""}, {"director-good2"}])
def test_trust_is_exact(trusted: set[str]) -> None:
    """A name that is only similar trusts nothing."""
    assert plugin(found(trusted=trusted), "good").disposition is Disposition.REFUSED


@pytest.mark.parametrize("metadata", [None, Shelf("Version: 1\n"), Shelf("")])
def test_what_has_no_name_cannot_be_trusted(metadata: Distribution | None) -> None:
    """An entry point without a distribution, or one without a name, is always refused."""
    nameless = Planted("nameless", offering())
    vars(nameless).update(dist=metadata)

    refused = plugin(found(nameless, trusted={"", "director-good"}), "nameless")

    assert (refused.code, refused.distribution) == ("untrusted", "")
    assert "no readable name" in refused.detail


def raising(problem: BaseException) -> Hook:
    """Return a function that raises."""

    def hook() -> object:
        raise problem

    return hook


async def late() -> tuple[()]:
    """A hook that is async."""
    return ()


def stumbling() -> Iterator[object]:
    """A hook that raises after its first answer."""
    yield a_class("bad.first")
    raise ValueError("stumbled")


def wants_more(manifest: object) -> object:
    """A hook with an argument that the hookspec has not."""
    return manifest


class Hidden(type):
    """A metaclass whose classes cannot be looked into."""

    def __getattribute__(cls, name: str) -> object:
        raise RuntimeError(f"no {name} for you")


@dataclass(frozen=True)
class Exploding:
    """A check whose defaults are refused by itself."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="bad.explodes", title="T", category="c", why="w", remedy="r"
    )

    budget_s: float = -1.0

    def __post_init__(self) -> None:
        raise ValueError(f"budget_s must be positive, got {self.budget_s}")

    def judge(self, manifest: Manifest) -> Answer:
        """Pass always."""
        return Passed(manifest.name)


BROKEN: dict[str, tuple[Hook, str, str]] = {
    "import error": (raising(ImportError("no module named x")), "import_failed", "ImportError"),
    "exit": (raising(SystemExit(0)), "import_failed", "SystemExit: 0"),
    "interrupt": (raising(KeyboardInterrupt()), "import_failed", "KeyboardInterrupt"),
    "recursion": (raising(RecursionError("deep")), "import_failed", "RecursionError"),
    "memory": (raising(MemoryError()), "import_failed", "MemoryError"),
    "nothing": (lambda: None, "no_hook", "planted_bad must implement a hook"),
    "unmarked hook": (
        lambda: SimpleNamespace(director_checks=lambda: ()),
        "no_hook",
        "marked with @hookimpl",
    ),
    "misspelled hook": (
        lambda: a_module(director_check=lambda: (), director_checks=lambda: ()),
        "unknown_hook",
        "director_check",
    ),
    "hook with an argument": (answering(wants_more), "bad_hook", "manifest"),
    "hook raises": (answering(raising(ValueError("no"))), "hook_failed", "ValueError: no"),
    "hook exits": (answering(raising(SystemExit(3))), "hook_failed", "SystemExit: 3"),
    "hook returns None": (answering(lambda: None), "bad_offer", "got a NoneType"),
    "hook returns a number": (answering(lambda: 7), "bad_offer", "got a int"),
    "hook returns text": (answering(lambda: "bad.a"), "bad_offer", "got a str"),
    "hook is async": (answering(late), "bad_offer", "got a coroutine"),
    "hook returns a class": (answering(lambda: a_class("bad.a")), "bad_offer", "got a type"),
    "generator raises": (answering(stumbling), "hook_failed", "ValueError: stumbled"),
    "endless": (answering(lambda: repeat(a_class("bad.a"))), "bad_offer", "at most 1000"),
    "instance": (offering(a_class("bad.a")()), "not_a_class", "got a Made"),
    "foreign": (offering(a_class("bad.a"), a_class("good.a")), "foreign_check", "'good.a'"),
    "twice": (offering(a_class("bad.a"), a_class("bad.a")), "duplicate_check", "bad.a"),
    "hidden": (offering(Hidden("Hidden", (), {})), "bad_check", "RuntimeError"),
    "explodes": (offering(Exploding), "bad_check", "budget_s must be positive"),
    "no sink": (
        lambda: a_module(director_sinks=lambda: (object(),), director_checks=lambda: ()),
        "bad_sink",
        "AttributeError",
    ),
}


@pytest.mark.parametrize(("load", "code", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_plugin_hurts_only_itself(load: Hook, code: str, words: str) -> None:
    """Whatever a plugin does, it is listed as broken with a code, and the others are whole."""
    installed = found(Planted("bad", load))

    bad = plugin(installed, "bad")
    assert (bad.disposition, bad.code, bad.checks) == (Disposition.BROKEN, code, ())
    assert words in bad.detail
    assert bad.detail.isprintable()
    assert plugin(installed, "good") == plugin(found(), "good")
    assert set(installed.classes) == {"good.a", "good.b"}
    assert installed.sinks == ()


def test_the_most_a_plugin_may_offer() -> None:
    """Exactly the greatest number of checks is no mistake."""
    many = Planted("many", offering(*(a_class(f"many.c{n}") for n in range(MOST_OFFERED))))

    assert len(plugin(found(many), "many").checks) == MOST_OFFERED


@pytest.mark.parametrize("name", ["", "Bad", "bad.sub", "bad-sub", "1bad", "b\x1b[2J", "x" * 65])
def test_the_entry_point_is_a_plain_word(name: str) -> None:
    """A plugin whose checks nobody could name is broken, and is not imported."""
    imported: list[str] = []
    odd = Planted(name, lambda: imported.append(name), "director-odd")

    (bad,) = [each for each in found(odd).catalog.plugins if each.distribution == "director-odd"]

    assert (bad.code, imported) == ("bad_name", [])
    assert bad.name.isprintable()
    assert len(bad.name) <= 64


def test_two_plugins_of_one_name_are_both_broken() -> None:
    """Neither may win silently; both are listed, naming each other, and none is imported."""
    imported: list[str] = []
    twins = [
        Planted("twin", lambda: imported.append("twin"), name) for name in ("dist-b", "dist-a")
    ]

    installed = found(*twins)

    broken = [each for each in installed.catalog.plugins if each.name == "twin"]
    assert [each.distribution for each in broken] == ["dist-a", "dist-b"]
    assert {each.code for each in broken} == {"duplicate_plugin"}
    assert all("dist-a" in each.detail and "dist-b" in each.detail for each in broken)
    assert imported == []


def test_a_refused_plugin_takes_no_name() -> None:
    """Installing something untrusted cannot silence a trusted plugin of the same name."""
    impostor = Planted("good", offering(a_class("good.a")), "impostor")

    installed = found(impostor, trusted={"director-good"})

    assert [(each.distribution, each.disposition) for each in installed.catalog.plugins] == [
        ("director-good", Disposition.LOADED),
        ("impostor", Disposition.REFUSED),
    ]
    assert set(installed.classes) == {"good.a", "good.b"}


def test_sinks_are_offered_too() -> None:
    """A plugin may offer sinks without checks."""

    class Listener:
        name = "listener"
        patience_s = 0.0
        dropped = 0

        def offer(self, event: object) -> bool:
            return event is None

        def drop(self, event: object) -> None:
            """Count nothing."""

        async def close(self) -> None:
            """Close nothing."""

    listener = Listener()
    installed = found(Planted("ears", lambda: a_module(director_sinks=lambda: [listener])))

    assert installed.sinks == (listener,)
    assert plugin(installed, "ears").disposition is Disposition.LOADED


def defined(*ids: str) -> tuple[Definition, ...]:
    """Return a definition for each of *ids*."""
    return tuple(
        Definition(CheckSpec(id=each, title="t", category="c", why="w", remedy="r"), {})
        for each in ids
    )


def given(hook: Hook, *ids: str) -> Installed:
    """Return what comes of the plugin ``made`` with this hook, where the *ids* are defined."""
    point = Planted("made", answering(hook))
    return discover(
        frozenset({"director-made", "director-good"}), (point, GOOD), definitions=defined(*ids)
    )


def test_a_plugin_is_given_its_definitions() -> None:
    """Those whose ids begin with its name, and no others; what becomes of them is known."""
    got: list[tuple[str, ...]] = []

    def hook(definitions: tuple[Definition, ...]) -> list[object]:
        got.append(tuple(each.id for each in definitions))
        return [a_class(each.id) for each in definitions]

    installed = given(hook, "made.a", "made.b", "madeup.c", "good.a")

    assert got == [("made.a", "made.b")]
    assert installed.defined == {"made.a", "made.b"}
    assert set(installed.classes) == {"made.a", "made.b", "good.a", "good.b"}
    assert installed.flaws == ()


def test_a_plugin_need_not_take_definitions() -> None:
    """One that leaves the argument out goes on as before, and has taken nothing."""
    installed = given(lambda: [a_class("made.a")], "made.a")

    assert set(installed.classes) == {"made.a", "good.a", "good.b"}
    assert installed.defined == frozenset()


def test_a_definition_is_not_lost() -> None:
    """A plugin that takes definitions makes a check of each, or is broken."""
    installed = given(lambda definitions: list(definitions)[:0], "made.a")

    assert plugin(installed, "made").code == "definition_lost"
    assert installed.defined == frozenset()


def test_what_is_wrong_with_definitions_is_told() -> None:
    """The flaws are kept for whoever defined; the plugin offers nothing."""
    flaws = (Flaw("made.a", ("x",), "must be good"), Flaw("made.b", (), "must be better", 3))

    def hook(definitions: tuple[Definition, ...]) -> Iterable[object]:
        yield a_class("made.z")
        raise DefinitionError(*flaws[: len(definitions)])

    installed = given(hook, "made.a", "made.b")

    assert installed.flaws == flaws
    assert plugin(installed, "made").code == "bad_definition"
    assert set(installed.classes) == {"good.a", "good.b"}


@pytest.mark.parametrize(
    "flaws",
    [
        (),
        ("text",),
        (Flaw("made.a", ("x",), "p", -1),),
        (Flaw("made.a", ["x"], "p"),),  # type: ignore[arg-type]
        (Flaw("made.a", (None,), "p"),),  # type: ignore[arg-type]
        (Flaw("made.a", (), 7),),  # type: ignore[arg-type]
        (Flaw(None, (), "p"),),  # type: ignore[arg-type]
    ],
)
def test_flaws_that_are_none_break_the_plugin(flaws: tuple[Flaw, ...]) -> None:
    """What a plugin says of definitions is looked at like all that it says."""

    def hook(definitions: tuple[Definition, ...]) -> Iterable[object]:
        raise DefinitionError(*flaws[: 10 * len(definitions)])

    installed = given(hook, "made.a")

    assert plugin(installed, "made").code == (
        "bad_flaw" if all(isinstance(each, Flaw) for each in flaws) else "hook_failed"
    )
    assert installed.flaws == ()
