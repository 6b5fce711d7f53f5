"""The clauses of conformance: what every check must keep, as functions that return findings."""

from __future__ import annotations

import json
from collections.abc import Mapping

from director import __version__
from director.engine.attempt import GRACE_S
from director.model.manifest import Manifest, Target
from director.model.outcome import Errored, Failed, Missing, NotApplicable, Passed, Unknown, Warned
from director.model.probe import ProbeError, ProbeReason
from director.testing.candidate import (
    HURRY_S,
    Candidate,
    Clause,
    Finding,
    Run,
    State,
    ask,
    ask_about,
    ask_still,
    declarations,
    sample,
    still,
)
from director.testing.examining import planned_of
from director.testing.fake_service import FakeService, Page, Wall
from director.testing.log_lines import completed
from director.testing.samples import manifest, target
from director.testing.still import StillProbe

MARGIN_S = 1.0
"""What a busy machine may add to a deadline, in seconds."""

LONGEST_TITLE = 60

_ELSEWHERE = "it runs in a process of its own, which cannot be looked into"
_EMPTY = Manifest(name="empty", digest=f"sha256:{'0' * 64}")


def _ok(reason: str = "") -> Finding:
    return State.OK, reason


def _failed(reason: str) -> Finding:
    return State.FAILED, reason


def _moot(reason: str) -> Finding:
    return State.NOT_APPLICABLE, reason


async def metadata(candidate: Candidate) -> Finding:
    """The spec says what is asked, why, what to do, and whose it is."""
    spec = candidate.make().spec
    faults = []
    if candidate.plugin and spec.id.partition(".")[0] != candidate.plugin:
        faults.append(f"id must begin with '{candidate.plugin}.', got '{spec.id}'")
    if spec.title.endswith(".") or len(spec.title) > LONGEST_TITLE:
        faults.append(
            f"title must be a short sentence without a full stop, at most {LONGEST_TITLE}"
            f" characters, got {spec.title!r}"
        )
    for name, text in (("why", spec.why), ("remedy", spec.remedy)):
        whole = text[:1].isupper() and text.endswith(".") and len(text) >= 20
        if not whole or "  " in text:
            faults.append(f"{name} must be a whole sentence that helps, got {text!r}")
    if spec.category != spec.category.lower() or not spec.category.isprintable():
        faults.append(f"category must be in lower case, got {spec.category!r}")
    return _failed("; ".join(faults)) if faults else _ok(f"{spec.id}: {spec.title}")


async def is_a_value(candidate: Candidate) -> Finding:
    """A check is frozen, and two with the same options are equal."""
    if candidate.overheard is not None:
        return _moot(_ELSEWHERE)
    first, second = candidate.make(), candidate.make()
    if first != second or hash(first) != hash(second):
        return _failed("two that were made alike must be equal, and they are not")
    return _ok()


async def nothing_declared(candidate: Candidate) -> Finding:
    """A manifest that declares nothing passes no check of the manifest."""
    return await _of_silence(candidate, _EMPTY)


async def all_false(candidate: Candidate) -> Finding:
    """A manifest that declares everything false passes no check of the manifest."""
    names = declarations(candidate.make().spec)
    return await _of_silence(candidate, manifest(**dict.fromkeys(names, False)))


async def _of_silence(candidate: Candidate, about: Manifest) -> Finding:
    """Return whether a check has nothing good to say about a manifest that has nothing."""
    if candidate.live and (candidate.overheard is None or (await ask_still(candidate)).how):
        return _moot("it asks the running service")
    run = await ask(candidate, about)
    if run.broken:
        return _failed(f"must answer, got {run.said}")
    apart = candidate.overheard is not None and isinstance(run.outcome, NotApplicable)
    if apart:  # It may be a live one, which asked nothing as it was not concerned.
        return _moot(run.said)
    if run.favourable:
        return _failed(f"silence is not consent, got {run.said}")
    return _ok(run.said)


async def no_address(candidate: Candidate) -> Finding:
    """Where the service has no address, a live check does not say that it is well."""
    if not candidate.live:
        return _moot("it asks the manifest alone")
    run = await ask(candidate, Target(_EMPTY), still())
    if isinstance(run.outcome, Passed | Warned) and not run.how:
        return _failed(f"must not pass what it cannot ask, got {run.said}")
    return _ok(run.said)


async def dead_refused(candidate: Candidate) -> Finding:
    """A service whose port refuses every connection never passes."""
    if not candidate.live:
        return _moot("it asks the manifest alone")
    async with FakeService.refusing() as service:
        run = await ask(candidate, sample(service.base_url))
    return _of_dead(run, frozenset({"get", "get_each", "handshake", "connect"}))


async def dead_reset(candidate: Candidate) -> Finding:
    """A service that resets every connection never passes."""
    if not candidate.live:
        return _moot("it asks the manifest alone")
    async with Wall(resets=True) as wall:
        run = await ask(candidate, sample(wall.base_url))
    return _of_dead(run, frozenset({"get", "get_each", "handshake"}))


async def dead_broken(candidate: Candidate) -> Finding:
    """A service that answers everything with status 500 never passes."""
    if not candidate.live:
        return _moot("it asks the manifest alone")
    async with FakeService(Page(status=500)) as service:
        run = await ask(candidate, sample(service.base_url))
    if isinstance(run.outcome, NotApplicable):
        return _moot(run.said)  # It was answered, and may have seen why it is not concerned.
    return _of_dead(run, frozenset({"get", "get_each"}))


async def dead_hangs(candidate: Candidate) -> Finding:
    """A service that takes connections and never answers never passes."""
    if not candidate.live:
        return _moot("it asks the manifest alone")
    async with Wall(resets=False) as wall:
        run = await ask(candidate, sample(wall.base_url), deadline_s=HURRY_S)
    return _of_dead(run, frozenset({"get", "get_each", "handshake"}))


async def dead_unseen(candidate: Candidate) -> Finding:
    """Whatever keeps the probe from an answer, nothing passes."""
    if not candidate.live:
        return _moot("it asks the manifest alone")
    for reason in ProbeReason:
        dead = StillProbe(ProbeError(reason, "no answer", url="http://service.test/"))
        run = await ask(candidate, sample("http://service.test"), dead, HURRY_S)
        if run.broken:
            return _failed(f"{reason.value}: must answer, or let ProbeError through: {run.said}")
        if isinstance(run.outcome, Passed | Warned) or (run.favourable and run.how):
            return _failed(f"{reason.value}: must not help the service, got {run.said}")
        if not run.how and isinstance(run.outcome, NotApplicable):
            return _moot(f"it asked nothing: {run.said}")
    return _ok(f"{len(ProbeReason)} reasons")


def _of_dead(run: Run, questions: frozenset[str]) -> Finding:
    """Return whether a run against a dead service kept the promise.

    Args:
        run: What came of it.
        questions: The methods of the probe by which one notices that it is dead.
    """
    if run.broken:
        return _failed(f"must answer, or let ProbeError through, got {run.said}")
    if run.how and not run.how & questions:
        return _moot(f"it asks only by {', '.join(sorted(run.how))}")
    if isinstance(run.outcome, NotApplicable) and not run.how:
        return _moot(f"it asked nothing: {run.said}")
    if run.favourable:
        return _failed(f"must not help a dead service, got {run.said}")
    return _ok(run.said)


async def keeps_its_deadline(candidate: Candidate) -> Finding:
    """At its deadline it stops, also where nothing ever answers."""
    if not candidate.live:
        run = await ask_still(candidate)
        ended = isinstance(run.outcome, Errored)
        return _failed(run.said) if ended else _ok(f"{run.took_s:.3f} s")
    deadline_s = min(candidate.make().spec.deadline_s, HURRY_S)
    async with Wall(resets=False) as wall:
        run = await ask(candidate, sample(wall.base_url), deadline_s=deadline_s)
    if run.broken:
        return _failed(f"must run until its deadline, got {run.said}")
    if run.stuck:
        return _failed(f"must stop when it is told to, and still ran {GRACE_S:g} s later")
    if run.took_s > deadline_s + GRACE_S + MARGIN_S:
        return _failed(f"must stop after {deadline_s:g} s, took {run.took_s:.3f} s")
    return _ok(f"{run.took_s:.3f} s of {deadline_s:g} s")


async def answers_plainly(candidate: Candidate) -> Finding:
    """Its answer and evidence pass the validator, and can be written down."""
    run = await ask_still(candidate)
    match run.outcome:
        case Errored() | Missing():
            return _failed(f"must answer, got {run.said}")
        case Passed() | Warned() | Failed() | Unknown() | NotApplicable():
            pass
    from director.sinks.render import Emitter, Encoder  # noqa: PLC0415  # structlog is slow

    event = completed(target(), planned_of(candidate.make()), run.result)
    encoder = Encoder(Emitter(version=__version__, instance="conformance"))
    line = json.loads(encoder.encode(event, 1))
    if line["event.name"] != event.name:
        return _failed(f"must be writable as a line of the log, got {line['error.type']}")
    return _ok(run.said)


async def leaves_globals_alone(candidate: Candidate) -> Finding:
    """It changes nothing that belongs to the whole process."""
    if candidate.overheard is not None:
        return _moot(_ELSEWHERE)
    run = await ask_still(candidate)
    changed = ", ".join(run.watch.changed)
    return _failed(f"must not be changed: {changed}") if changed else _ok()


async def prints_nothing(candidate: Candidate) -> Finding:
    """It writes nothing to stdout and stderr: those carry results and log lines."""
    if candidate.overheard is not None:
        candidate.overheard()  # What another check of the plugin printed is not this one's.
    run = await ask_still(candidate)
    printed = run.watch.printed if candidate.overheard is None else candidate.overheard()
    return _failed(f"must print nothing, got {printed!r}") if printed else _ok()


async def leaves_nothing_running(candidate: Candidate) -> Finding:
    """It leaves no thread and no task behind."""
    if candidate.overheard is not None:
        return _moot(_ELSEWHERE)
    run = await ask_still(candidate)
    left = ", ".join(run.watch.left)
    return _failed(f"must be over when it answers, got {left}") if left else _ok()


async def is_deterministic(candidate: Candidate) -> Finding:
    """The same things seen get the same answer."""
    first, second = await ask_still(candidate), await ask_still(candidate)
    if first.broken:
        return _moot(f"it does not answer: {first.said}")
    if first.outcome != second.outcome:
        return _failed(f"got first {first.said}, then {second.said}")
    return _ok(first.said)


async def passes_what_is_well(candidate: Candidate) -> Finding:
    """What its author says is well passes."""
    if candidate.good is None:
        return _moot("nobody says what a service must be to pass")
    run = await ask_about(candidate, candidate.good)
    return _ok(run.said) if isinstance(run.outcome, Passed) else _failed(f"got {run.said}")


async def fails_what_is_ill(candidate: Candidate) -> Finding:
    """What its author says is ill fails."""
    if candidate.bad is None:
        return _moot("nobody says what a service must be to fail")
    run = await ask_about(candidate, candidate.bad)
    return _ok(run.said) if isinstance(run.outcome, Failed) else _failed(f"got {run.said}")


CLAUSES: Mapping[str, Clause] = {
    "metadata": metadata,
    "is_a_value": is_a_value,
    "nothing_declared": nothing_declared,
    "all_false": all_false,
    "no_address": no_address,
    "dead_refused": dead_refused,
    "dead_reset": dead_reset,
    "dead_broken": dead_broken,
    "dead_hangs": dead_hangs,
    "dead_unseen": dead_unseen,
    "keeps_its_deadline": keeps_its_deadline,
    "answers_plainly": answers_plainly,
    "leaves_globals_alone": leaves_globals_alone,
    "prints_nothing": prints_nothing,
    "leaves_nothing_running": leaves_nothing_running,
    "is_deterministic": is_deterministic,
    "passes_what_is_well": passes_what_is_well,
    "fails_what_is_ill": fails_what_is_ill,
}
"""Every clause by its name, in the order of a report card."""
