"""The API does what its OpenAPI document says, whatever it is asked, and lets nobody past."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from director.web.auth import GUARD
from director.web.front import Access, Limits, WebSettings
from director.web.identity import EVERY, Role
from director.web.listening import Listen, Listening
from director.web.server import make_app
from director.web.tokens import TokenWish, mint
from tests.integration.web.city import town

PROGRAM = Path(sys.executable).parent / "schemathesis"

GENEROUS = Limits(reads_per_min=10**9, writes_per_min=10**9, failures_per_min=10**9)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Serve the sample services; give where, and a token that may do everything."""
    settings = WebSettings(access=Access.TOKENS, limits=GENEROUS)
    async with town(folder, settings) as there:
        app = make_app(there.front)
        wish = TokenWish(
            name="all",
            holder="ann",
            roles=frozenset(Role),
            services=(EVERY,),
            lasts=timedelta(days=1),
        )
        token, kept = mint(wish, there.clock.now())
        await app[GUARD].tokens.keep(kept)
        for service in ("payment-service", "ready-service"):
            await there.evaluated(service)
        server = Listening(app)
        url = await server.begin(Listen(port=0))
        try:
            yield url, token
        finally:
            await server.end()


async def ran(folder: Path, examples: int, phases: str) -> tuple[int | None, str]:
    """Return how Schemathesis ended, and what it said."""
    async with running(folder) as (url, token):
        process = await asyncio.create_subprocess_exec(
            PROGRAM,
            "run",
            f"{url}/api/v1/openapi.json",
            f"--header=Authorization: Bearer {token}",
            "--exclude-path=/api/v1/events",  # It is answered without end.
            f"--max-examples={examples}",
            f"--phases={phases}",
            "--seed=7",
            "--generation-deterministic",
            "--no-shrink",
            "--suppress-health-check=all",
            "--no-color",
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
    return process.returncode, said.decode()


def number_of_cases(said: str) -> int:
    """Return how many cases were made, as the summary has it."""
    found = re.search(r"Test cases:\n\s+([\d,]+) generated", said)
    assert found, said
    return int(found[1].replace(",", ""))


async def test_some_hundred_requests(tmp_path: Path) -> None:
    """Examples and every boundary of the document: no 5xx, no other shape, nobody past."""
    code, said = await ran(tmp_path, 5, "examples,coverage")

    assert code == 0, said
    assert number_of_cases(said) >= 300


@pytest.mark.long
async def test_five_thousand_requests(tmp_path: Path) -> None:
    """All phases, at length."""
    code, said = await ran(tmp_path, 150, "examples,coverage,fuzzing,stateful")

    assert code == 0, said
    assert number_of_cases(said) >= 5_000
