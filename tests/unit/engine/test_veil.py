"""engine.veil: no result shows what a service was sent."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from director.engine.veil import Veil
from director.model.evidence import Evidence, EvidenceKind
from director.model.outcome import Errored, Failed
from director.model.result import Result

NOW = datetime(2026, 1, 15, tzinfo=UTC)
VALUE = "hunter22-and-more"


def test_every_text_of_a_result_is_masked() -> None:
    """Reason, remedy, what was observed and every fact lose the value; the rest stays."""
    coded = base64.b64encode(VALUE.encode()).decode()
    facts = (("http.header", f"x {VALUE}"), ("http.response.status_code", 200), ("is", True))
    result = Result(
        check="a.b",
        outcome=Failed(f"saw {VALUE}", f"fix {coded}", VALUE, expected="else", code="http_status"),
        started_at=NOW,
        duration_s=1.5,
        evidence=(Evidence(EvidenceKind.PROBED, f"http://x/{VALUE}", NOW, facts),),
    )

    masked = Veil((VALUE,)).over(result)

    assert VALUE not in repr(masked)
    assert coded[4:-4] not in repr(masked)
    assert isinstance(masked.outcome, Failed)
    assert masked.outcome == Failed(
        "saw ***", masked.outcome.remedy, "***", expected="else", code="http_status"
    )
    (piece,) = masked.evidence
    assert (piece.kind, piece.source, piece.at) == (EvidenceKind.PROBED, "http://x/***", NOW)
    assert piece.facts == (("http.header", "x ***"), *facts[1:])
    assert (masked.check, masked.started_at, masked.duration_s) == ("a.b", NOW, 1.5)


def test_without_secrets_a_result_stays_what_it_is() -> None:
    """Where nothing is registered nothing is looked at."""
    result = Result(check="a.b", outcome=Errored("x", "y"), started_at=NOW)

    assert Veil(()).over(result) is result
