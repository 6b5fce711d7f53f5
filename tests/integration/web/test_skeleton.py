"""web.server: the frame of every answer."""

from __future__ import annotations

from pathlib import Path

from director.web.server import make_app
from tests.integration.web.city import served, town


async def test_a_problem_is_a_document(tmp_path: Path) -> None:
    """What is not there is told as RFC 9457 has it, with the id of the request."""
    async with (
        town(tmp_path) as there,
        served(make_app(there.front)) as (client, _),
        client.get("/nothing", headers={"X-Request-Id": "abcdefgh-1"}) as answer,
    ):
        document = await answer.json(content_type="application/problem+json")

    assert answer.status == 404
    assert document["request_id"] == answer.headers["X-Request-Id"] == "abcdefgh-1"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
