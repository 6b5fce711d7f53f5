"""Every target as JSON, written once for all who ask until it changes."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256

from director.model.service import Watched
from director.model.value import dataclass
from director.ports.service import Daemon
from director.web.api.declare import as_json
from director.web.documents import service_document

_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class Row:
    """A target, and the same as JSON."""

    watched: Watched
    data: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """A body, and its entity tag."""

    body: bytes
    etag: str


def written(body: bytes) -> Written:
    """Return *body* with its entity tag."""
    return Written(body, f'"{sha256(body).hexdigest()[:32]}"')


class Matrix:
    """Knows what was written of each target, and what was answered to whom.

    A target is looked at again only if the service shows another value of it: it may show the same
    value for as long as nothing changed.

    Args:
        daemon: The running service.
    """

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._shown: tuple[Watched, ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._answers: OrderedDict[tuple[object, ...], Written] = OrderedDict()

    def rows(self) -> tuple[Row, ...]:
        """Return every target as it is now, sorted by service and environment."""
        shown = self._daemon.targets()
        if shown is self._shown or (
            len(shown) == len(self._shown)
            and all(a is b or a == b for a, b in zip(shown, self._shown, strict=True))
        ):
            return self._rows
        known = {(row.watched.service, row.watched.environment): row for row in self._rows}
        rows = []
        for watched in shown:
            row = known.get((watched.service, watched.environment))
            if row is None or row.watched != watched:
                row = Row(watched, as_json(service_document(watched)))
            rows.append(row)
        self._shown, self._rows = shown, tuple(rows)
        self._answers.clear()
        return self._rows

    def kept(self, key: tuple[object, ...]) -> Written | None:
        """Return what was answered to the same question since anything changed; None if nothing."""
        self.rows()
        return self._answers.get(key)

    def keep(self, key: tuple[object, ...], body: bytes) -> Written:
        """Keep *body* as the answer to a question."""
        found = self._answers[key] = written(body)
        while len(self._answers) > _MOST_KEPT:
            self._answers.popitem(last=False)
        return found
