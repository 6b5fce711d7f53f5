"""director evaluate --server: a running service evaluates, and we tell what it decided."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from director.cli.baseline import find_baseline
from director.cli.batch import Job
from director.cli.exits import Exit
from director.cli.gate import exit_of, worst
from director.cli.look import look_of
from director.cli.outlet import OutputError
from director.cli.output import Reports
from director.cli.plain_file import plain_file
from director.cli.runner import Interruption
from director.cli.say import say
from director.errors import Fault, InputError, SettingsError
from director.formats.format import Setting, make_format
from director.model.report import Item, Judged, Rejected, Undecided
from director.model.text import named, printable
from director.model.value import dataclass
from director.web.client import Remote

_TARGET = re.compile(r"([a-z0-9][a-z0-9._-]{0,62})(?:@([a-z0-9][a-z0-9._-]{0,62}))?", re.ASCII)
_LARGEST = 4_096


@dataclass(frozen=True, slots=True)
class _Sought:
    """One target.

    Attributes:
        source: What was typed.
        service: The service; empty if the manifest cannot be used.
        environment: Where; None for the only one.
        digest: The digest of our manifest; empty if there is none.
        rejected: Why the manifest cannot be used; None if it can.
    """

    source: str
    service: str = ""
    environment: str | None = None
    digest: str = ""
    rejected: Rejected | None = None


def token_of(path: Path | None) -> str:
    """Return the token: what is in the file *path*, else in ``DIRECTOR_TOKEN``; empty for none.

    Raises:
        SettingsError: The file cannot be read.
    """
    if path is None:
        return os.environ.get("DIRECTOR_TOKEN", "").strip()
    with plain_file(path) as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST or not data.strip().isascii():
        raise SettingsError(Fault(named(path), 0, 0, "must be a file with nothing but a token"))
    return data.decode("ascii").strip()


async def evaluate_there(job: Job, remote: Remote, interruption: Interruption) -> int:
    """Have every target evaluated by *remote*, report it, and return the exit code.

    Raises:
        InputError: Something that was asked for besides the targets cannot be had.
    """
    baseline = await find_baseline(job.against, None)
    setting = Setting(
        look_of(job.color),
        remote.url,
        several=len(job.paths) > 1,
        fail_on_conditional=job.gate.fail_on_conditional,
    )
    reports = Reports(tuple((make_format(w.format, setting), w) for w in job.wanted))
    exits: list[Exit] = []
    try:
        await reports.begin()
        for sought in _sought(job):
            item = await _item(sought, remote)
            await reports.add(baseline.held_against(item))
            exits.append(exit_of(item, job.gate))
        await reports.close()
    except OutputError as error:
        say(str(error))
        exits.append(Exit.UNDECIDED)
    return interruption.exit or worst(exits)


async def _item(sought: _Sought, remote: Remote) -> Item:
    if sought.rejected is not None:
        for fault in sought.rejected.faults:
            say(str(fault))
        return sought.rejected
    item = await remote.evaluate(sought.service, sought.environment, "director evaluate")
    if isinstance(item, Undecided):
        say(printable(item.reason))
    if isinstance(item, Judged) and sought.digest not in {"", item.record.manifest.digest}:
        say(printable(f"{sought.source}: the server judged another text of this manifest"))
    return item


def _sought(job: Job) -> Iterator[_Sought]:
    """Yield each target: what a manifest names, or ``SERVICE[@ENVIRONMENT]`` itself."""
    for path in job.paths:
        typed = _TARGET.fullmatch(str(path))
        if typed and not os.path.lexists(path):
            yield _Sought(str(path), typed[1], typed[2] or job.wishes.environment)
            continue
        yield _of_manifest(path, job.wishes.environment)


def _of_manifest(path: Path, environment: str | None) -> _Sought:
    from director.loading.manifest import load_manifest  # noqa: PLC0415  # pydantic is slow

    try:
        loaded = load_manifest(path)
    except InputError as error:
        return _Sought(str(path), rejected=Rejected(str(path), error.faults))
    manifest = loaded.manifest
    if environment is None and len(manifest.environments) == 1:
        environment = manifest.environments[0].name
    return _Sought(str(path), manifest.name, environment, manifest.digest)
