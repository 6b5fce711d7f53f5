"""Which targets are watched: those that the files of a folder ask for, each once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from director.app import Request
from director.errors import Fault
from director.service.calendar import Calendar
from director.service.folder import Sheet
from director.service.watch import Key, Watch


@dataclass(frozen=True, slots=True)
class Difference:
    """What another look at the folder makes of the register.

    Attributes:
        new: Watched from now on.
        changed: Watched by another text from now on.
        gone: Watched no longer.
        faults: What is wrong with files that changed.
    """

    new: tuple[Watch, ...] = ()
    changed: tuple[Watch, ...] = ()
    gone: tuple[Watch, ...] = ()
    faults: tuple[Fault, ...] = ()


class Register:
    """Every watch by its target."""

    def __init__(self) -> None:
        self.watches: dict[Key, Watch] = {}
        self.faults: tuple[Fault, ...] = ()

    def take(self, sheets: Iterable[Sheet], changed: Iterable[Sheet]) -> Difference:
        """Watch what *sheets* ask for, and nothing else.

        Of two files that name one target the first by path is taken, and the other is at fault.

        Args:
            sheets: Every file, sorted by path.
            changed: Those of them whose text or fault is new.
        """
        new: list[Watch] = []
        altered: list[Watch] = []
        faults: list[Fault] = []
        wanted: dict[Key, Sheet] = {}
        fresh = {id(sheet) for sheet in changed}
        for sheet in sheets:
            faults += sheet.faults
            for request in sheet.requests:
                key = key_of(request)
                if key in wanted:
                    faults.append(_twice(sheet, request, wanted[key]))
                    continue
                wanted[key] = sheet
                watch = self.watches.get(key)
                if watch is None:
                    watch = self.watches[key] = Watch(key, request, str(sheet.path))
                    new.append(watch)
                elif watch.request is not request:
                    watch.request, watch.source = request, str(sheet.path)
                    altered.append(watch)
                watch.fault = str(sheet.faults[0]) if sheet.faults else ""
                watch.calendar = _calendar(request)
        gone = [self.watches.pop(key) for key in self.watches.keys() - wanted.keys()]
        told = [fault for sheet in sheets if id(sheet) in fresh for fault in sheet.faults]
        told += [fault for fault in faults if fault not in self.faults and fault not in told]
        self.faults = tuple(faults)
        return Difference(tuple(new), tuple(altered), tuple(gone), tuple(told))


def key_of(request: Request) -> Key:
    """Return which target *request* is about."""
    environment = request.environment.name if request.environment else ""
    return request.loaded.manifest.name, environment


def _calendar(request: Request) -> Calendar | None:
    schedule = request.environment.schedule if request.environment else None
    return None if schedule is None else Calendar(request.target.name, schedule)


def _twice(sheet: Sheet, request: Request, first: Sheet) -> Fault:
    problem = f"must name a target of its own, got {request.target.name} again, as {first.path}"
    return Fault(str(sheet.path), 0, 0, problem)
