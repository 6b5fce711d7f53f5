"""Whatever a manifest and a plugin say stays text, from where it is read to where it is shown."""

# ruff: noqa: ANN401  # fields and documents are of many types

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import pytest

from director.app import Director, Request, Tools
from director.engine.bus import Bus
from director.engine.limits import Limits
from director.engine.run import Engine
from director.errors import ManifestError, PluginError
from director.formats.format import FORMATS
from director.loading.manifest import LoadedManifest, read_manifest
from director.loading.offers import examine_check
from director.model.catalog import Catalog, Plugin
from director.model.check import CheckSpec, Role
from director.model.event import Event
from director.model.evidence import Evidence, EvidenceKind
from director.model.manifest import Manifest, Target
from director.model.outcome import Answer, Failed, NotApplicable, Passed, Unknown, Warned
from director.model.profile import Category, CheckPolicy, Profile, Thresholds
from director.model.report import Item, Judged
from director.model.text import inert
from director.testing import FakeClock, FakeProbe

if TYPE_CHECKING:
    from tests.hostile.injections.conftest import About, Logged
    from tests.hostile.injections.readers import Readers
    from tests.hostile.injections.reported import Desk

HARMLESS = "some words"


@cache
def quoted(text: str) -> str:
    """Return *text* as YAML in quotes, with an escape for whatever a screen would refuse."""
    escaped = (c if c.isalnum() and c.isascii() else f"\\U{ord(c):08X}" for c in text)
    return f'"{"".join(escaped)}"'


FIELDS = (
    *("name", "environment", "owner", "version", "description"),
    *("exemption", "evidence", "reason", "ticket"),
)
WORDS = {"name": "shop", "environment": "production", "version": "1.2.3", "ticket": "OPS-1"}


def manifest(text: str, *poisoned: str) -> LoadedManifest:
    """Read a manifest with *text* in the fields that are *poisoned*.

    Raises:
        ManifestError: It is refused.
    """
    say_ = {
        each: quoted(text if each in poisoned else WORDS.get(each, HARMLESS)) for each in FIELDS
    }
    say_["evidence"] = say_["evidence"] if "evidence" in poisoned else "https://wiki.example/1"
    return read_manifest(
        f"""\
apiVersion: readiness/v1
kind: Service
metadata:
  name: {say_["name"]}
  owner: {say_["owner"]}
  version: {say_["version"]}
  description: {say_["description"]}
spec:
  declares:
    backup: {{not_applicable: {say_["exemption"]}}}
    logging: {{value: true, evidence: {say_["evidence"]}}}
  environments:
    ? {say_["environment"]}
    : {{base_url: https://shop.example}}
  waivers:
    - check: fake.failed
      reason: {say_["reason"]}
      ticket: {say_["ticket"]}
      expires_at: 2026-12-31
""".encode(),
        "readiness.yaml",
    )


def accepted(text: str, readers: Readers) -> LoadedManifest:
    """Return a manifest with *text* wherever it is taken; what is refused, is so in plain words."""
    taken = []
    for each in FIELDS:
        try:
            manifest(text, each)
        except ManifestError as error:
            for fault in error.faults:
                (line,) = readers.assert_inert(f"{inert(str(fault))}\n")
                assert len(line) < 400
        else:
            taken.append(each)
    return manifest(text, *taken)


def answers(text: str) -> dict[str, Answer]:
    """Return everything that a check can say, with *text* in every text."""
    facts = ((text, text), ("number", 1))
    evidence = (Evidence(EvidenceKind.PROBED, text, FakeClock().now(), facts),)
    more = f"more than {text}"
    return {
        "passed": Passed(text, observed=text, expected=more, evidence=evidence),
        "warned": Warned(text, remedy=text, observed=text, expected=more, evidence=evidence),
        "failed": Failed(
            text, remedy=text, observed=text, expected=more, code=text, evidence=evidence
        ),
        "unknown": Unknown(text, code=text, evidence=evidence),
        "inapplicable": NotApplicable(text),
    }


@dataclass(frozen=True)
class Offered:
    """A plugin that says one text wherever it can."""

    text: str
    readers: Readers

    def check(self, name: str, act: Callable[[], Answer]) -> type[Any]:
        """Return a check that says it of itself; what may not be said, is harmless."""
        made = self._made(name, self.text, act)
        try:
            examine_check(made, "fake")
        except PluginError as error:
            self.readers.assert_inert(f"{error.detail}\n")
            return self._made(name, HARMLESS, act)
        return made

    def _made(self, name: str, said: str, act: Callable[[], Answer]) -> type[Any]:
        @dataclass(frozen=True)
        class Made:
            spec: ClassVar[CheckSpec] = CheckSpec(
                id=name, title=said, category=said, why=said, remedy=said
            )

            def judge(self, _: Manifest) -> Answer:
                return act()

        return Made


def raised(text: str) -> Answer:
    """Break, and say *text*."""
    raise ValueError(text)


class NoNetwork:
    """A prober and its session: every probe knows nothing."""

    def session(self, _: Target) -> NoNetwork:
        """Return itself."""
        return self

    def view(self, _: float) -> FakeProbe:
        """Return a probe that knows nothing."""
        return FakeProbe({})

    async def close(self) -> None:
        """Nothing to let go of."""


class Diary:
    """A sink that keeps every event."""

    name = "diary"
    patience_s = 0.0
    dropped = 0

    def __init__(self) -> None:
        self.events: list[Event] = []

    def offer(self, event: Event) -> bool:
        """Keep *event*."""
        self.events.append(event)
        return True

    def drop(self, event: Event) -> None:
        """Refuse to lose anything."""
        raise AssertionError(event)

    async def close(self) -> None:
        """Nothing to let go of."""


def policy(check: str, **given: Any) -> CheckPolicy:
    """Return what a profile says of a check."""
    role = Role.BLOCKER if check == "fake.failed" else Role.REQUIRED
    return CheckPolicy(check=check, category="c", role=role, **given)


async def evaluated(text: str, readers: Readers) -> tuple[Judged, list[Event]]:
    """Return what comes of a manifest and a plugin that say *text* wherever they can."""
    given: dict[str, Callable[[], Answer]] = {
        f"fake.{name}": partial(lambda answer: answer, answer)
        for name, answer in answers(text).items()
    }
    given["fake.raised"] = partial(raised, text)
    plugged = Offered(text, readers)
    classes = [plugged.check(name, act) for name, act in given.items()]
    examined = [examine_check(each, "fake") for each in classes]
    plugin = Plugin(
        name="fake",
        distribution="director-fake",
        version="3.1",
        checks=tuple(offer for _, offer in examined),
    )
    profile = Profile(
        name="test",
        digest="sha256:p",
        thresholds=Thresholds(go=Fraction("0.9"), conditional=Fraction("0.5")),
        categories=(Category(name="c"),),
        checks=tuple(map(policy, given)),
    )
    clock, diary, loaded = FakeClock(), Diary(), accepted(text, readers)
    tools = Tools(
        catalog=Catalog((plugin,)),
        classes={kind.spec.id: kind for kind, _ in examined},
        engine=Engine(NoNetwork(), clock, Limits()),
        bus=Bus((diary,)),
        store=None,
        clock=clock,
        new_id=lambda _: "01JH0000000000000000000001",
        version="0.1.0",
    )
    request = Request(
        evaluation="01JH0000000000000000000001",
        loaded=loaded,
        environment=loaded.manifest.environments[0],
        profile=profile,
    )
    return await Director(tools).evaluate(request), diary.events


ALONE = ("text", "markdown", "nagios", "github")
"""Formats of which one target fills more than its share of many."""

TOGETHER = sorted(set(FORMATS) - set(ALONE))


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value, the keys among them."""
    match value:
        case str():
            yield value
        case dict():
            yield from chain(value, *map(texts_in, value.values()))
        case list():
            yield from chain(*map(texts_in, value))
        case _:
            return


Expected: TypeAlias = tuple[Judged, list[Hashable]]
"""A decision, and what the log says of it."""


@pytest.fixture(scope="module")
def harmless(readers: Readers, logged: Logged) -> Expected:
    """What comes of a harmless manifest and plugin."""
    judged, events = asyncio.run(evaluated(HARMLESS, readers))
    return judged, [logged(event) for event in events]


@pytest.fixture(scope="module")
def harmless_report(
    desk: Desk, readers: Readers, harmless: Expected
) -> Callable[[str, int], Hashable]:
    """Return the shape of a report on so many of them."""
    judged, _ = harmless
    return cache(lambda name, targets: readers.read(name, desk.written(name, [judged] * targets)))


def test_no_payload_breaks_out_on_the_whole_road(
    about: About,
    desk: Desk,
    readers: Readers,
    logged: Logged,
    harmless: Expected,
    harmless_report: Callable[[str, int], Hashable],
    lot: dict[str, str],
) -> None:
    """What a manifest and a plugin say is judged, logged and reported as any harmless text is."""
    expected, lines = harmless
    found: list[Item] = []

    for payload, text in lot.items():
        with about(payload):
            judged, events = asyncio.run(evaluated(text, readers))
            assert [logged(event) for event in events] == lines
            assert judged.record.decision == expected.record.decision == "no_go"
            for name in ALONE:
                shape = readers.read(name, desk.written(name, [judged]))
                assert shape == harmless_report(name, 1)
            assert all(map(str.isprintable, texts_in(judged.record.document())))
            found.append(judged)

    for name in TOGETHER:
        assert readers.read(name, desk.written(name, found)) == harmless_report(name, len(found))
