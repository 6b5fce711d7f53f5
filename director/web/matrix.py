"""Every target as JSON, written once for all who ask until it changes."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from hashlib import sha256

from director.model.service import Watched
from director.model.value import dataclass
from director.web.api.declare import as_json
from director.web.documents import service_document
from director.web.sight import Sight

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

    Args:
        sight: What is seen of every target.
    """

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._shown: tuple[Watched, ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._environments: dict[str, list[str]] = {}
        self._answers: OrderedDict[tuple[object, ...], Written] = OrderedDict()

    def rows(self) -> tuple[Row, ...]:
        """Return every target as it was seen a moment ago, sorted by service and environment."""
        shown = self._sight.targets()
        if shown is not self._shown:
            self._write(shown)
        return self._rows

    def environments(self, service: str) -> list[str]:
        """Return where a service is watched, sorted; nothing if it is not."""
        self.rows()
        return self._environments.get(service, [])

    def _write(self, shown: tuple[Watched, ...]) -> None:
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
