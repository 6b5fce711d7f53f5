"""An entry of the log, held against its seal before it is attested."""

# ruff: noqa: ANN401  # what a fixture is made of lives in a conftest

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from director.audit.sealed import sealed_entry
from director.errors import StoreError
from director.model.audit import Log


def test_what_was_sealed_is_taken(bureau: Any) -> None:
    """An entry whose bytes, leaf and checkpoint agree is what was sealed."""
    seals = bureau.seals(b"one", b"two")

    for seal, body in zip(seals, (b"one", b"two"), strict=True):
        assert sealed_entry(bureau.log(2), seal, body).body == body


@pytest.mark.parametrize("fault", ["body", "leaf", "index", "checkpoint", "none", "origin", "key"])
def test_what_was_not_sealed_is_refused(bureau: Any, fault: str) -> None:
    """Another body, leaf, place, checkpoint, log or key is found, and nothing is signed."""
    first, seal = bureau.seals(b"one", b"two")
    log: Log = bureau.log(2)
    body = b"too" if fault == "body" else b"two"
    seal, log = {
        "body": (seal, log),
        "leaf": (replace(seal, leaf=first.leaf), log),
        "index": (replace(seal, index=0), log),
        "checkpoint": (replace(seal, checkpoint=first.checkpoint), log),
        "none": (replace(seal, checkpoint=""), log),
        "origin": (seal, replace(log, origin="another/log")),
        "key": (seal, replace(log, public_key="")),
    }[fault]

    with pytest.raises(StoreError, match=r"entry \d of the audit log is not what was sealed"):
        sealed_entry(log, seal, body)
