"""Every target as JSON, written once for all who ask until it changes."""

from __future__ import annotations

import math
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from hashlib import sha256

from director.model.service import Watched
from director.model.value import dataclass
from director.ports.service import Daemon
from director.web.api.declare import as_json
from director.web.documents import service_document

_MOST_KEPT = 256

_OLDEST_S = 0.25
"""How long what was seen may be shown where nothing was told meanwhile, in seconds."""

_SHARE = 10.0
"""How many times as long as a look took nobody looks again."""


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

    The service is looked at again when something was told, or a quarter of a second has passed;
    and never for more than a tenth of the time, however many targets there are.

    Args:
        daemon: The running service.
        told: Returns how many events were told so far.
        monotonic: Returns seconds that never run backwards.
    """

    def __init__(
        self, daemon: Daemon, told: Callable[[], int], monotonic: Callable[[], float]
    ) -> None:
        self._daemon = daemon
        self._told = told
        self._monotonic = monotonic
        self._seen = -1
        self._looked_s = -math.inf
        self._cost_s = 0.0
        self._shown: tuple[Watched, ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._environments: dict[str, list[str]] = {}
        self._answers: OrderedDict[tuple[object, ...], Written] = OrderedDict()

    def rows(self) -> tuple[Row, ...]:
        """Return every target as it is now, sorted by service and environment."""
        began_s, told = self._monotonic(), self._told()
        age_s = began_s - self._looked_s
        if (age_s >= _OLDEST_S or told != self._seen) and age_s >= _SHARE * self._cost_s:
            self._look()
            self._seen, self._looked_s = told, self._monotonic()
            self._cost_s = self._looked_s - began_s
        return self._rows

    def environments(self, service: str) -> list[str]:
        """Return where a service is watched, sorted; nothing if it is not."""
        self.rows()
        return self._environments.get(service, [])

    def _look(self) -> None:
        shown = self._daemon.targets()
        if shown == self._shown:
            return
        known = {(row.watched.service, row.watched.environment): row for row in self._rows}
        rows, environments = [], defaultdict(list)
        for watched in shown:
            row = known.get((watched.service, watched.environment))
            if row is None or row.watched != watched:
                row = Row(watched, as_json(service_document(watched)))
            rows.append(row)
            environments[watched.service].append(watched.environment)
        self._shown, self._rows = shown, tuple(rows)
        self._environments = dict(environments)
        self._answers.clear()

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
