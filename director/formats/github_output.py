"""The outputs of a workflow step, as lines for the file that ``GITHUB_OUTPUT`` names.

They are those of the worst target; ``decisions`` has every target as JSON, the worst first.
``decision`` is ``go``, ``conditional_go`` or ``no_go``, ``expired`` where nobody may act on the
decision any more, and ``none`` where there is none; it is never empty. ``effective_decision`` is
what gates act on, in the same words: ``go`` for a NO_GO while an override is in force, whose
identity is ``override``.
"""

from __future__ import annotations

import json
from typing import Any

from director.formats.forced import effective_word
from director.formats.format import Setting
from director.formats.headline import Headline, State, worst_first
from director.model.report import Item, Judged
from director.model.text import printable

_COUNTS = (
    "counting",
    "passed",
    "warned",
    "failed",
    "unknown",
    "not_applicable",
    "errored",
    "missing",
)

_NOTHING = Headline(state=State.NONE, target="", source="")


class GithubOutputFormat:
    """Writes ``name=value`` lines when all items are there.

    A value is one line of printable characters, so it ends where its line does and needs no
    delimiter that something in it could imitate.
    """

    def __init__(self) -> None:
        self._items: list[Item] = []

    def begin(self) -> str:
        """Return what stands before the first item."""
        return ""

    def item(self, item: Item) -> str:
        """Take in *item*; which is the worst is known when all are there."""
        self._items.append(item)
        return ""

    def end(self) -> str:
        """Return all outputs."""
        pairs = worst_first(self._items)
        head, item = pairs[0] if pairs else (_NOTHING, None)
        outputs = {**_outcome(head, item), **_counts(item)}
        lines = [f"{name}={_said(value)}" for name, value in outputs.items()]
        every = json.dumps([_outcome(*pair) for pair in pairs], allow_nan=False)
        return "\n".join([*lines, f"decisions={every}"]) + "\n"


def _outcome(head: Headline, item: Item | None) -> dict[str, Any]:
    """Return what was decided on one target; None for what there is not."""
    judged = item if isinstance(item, Judged) else None
    override = judged.override if judged else None
    return {
        "decision": judged.record.decision if judged and override else head.state.word,
        "effective_decision": effective_word(judged) if judged else head.state.word,
        "override": printable(override.statement.id) if override else None,
        "target": printable(head.target),
        "pass_rate": printable(head.pass_rate) or None,
        "score": judged.record.score if judged and not judged.expired else None,
        "valid_until": printable(judged.record.valid_until) if judged else None,
        "evaluation": printable(judged.record.evaluation) if judged else None,
        "recorded": judged is not None and judged.recorded,
    }


def _said(value: str | float | None) -> str:
    """Return *value* as text; as ``true`` or ``false``, or as nothing for None."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _counts(item: Item | None) -> dict[str, int]:
    if not isinstance(item, Judged) or item.expired:
        return dict.fromkeys(_COUNTS, 0)
    return {name: getattr(item.record.counts, name) for name in _COUNTS}


def make(setting: Setting) -> GithubOutputFormat:  # noqa: ARG001  # the worst of one is that one
    """Return the format for *setting*."""
    return GithubOutputFormat()
