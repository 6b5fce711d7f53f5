"""director evaluate --server: another process decides, and the same is said."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from director.errors import SettingsError
from director.formats.json import document
from director.model.report import Judged, Undecided
from director.web.auth import GUARD
from director.web.client import Remote
from director.web.front import Access, WebSettings
from director.web.identity import Role
from director.web.server import make_app
from director.web.tokens import TokenWish, mint
from tests.integration.web.city import SERVICES, Town, served, town

COMMAND = Path(sys.executable).parent / "director"


@asynccontextmanager
async def guarded(folder: Path) -> AsyncIterator[tuple[Town, Remote]]:
    """Serve the sample services; give a client with the token of an evaluator."""
    async with town(folder, WebSettings(access=Access.TOKENS)) as there:
        app = make_app(there.front)
        wish = TokenWish(
            name="ci",
            holder="ann",
            roles=frozenset({Role.EVALUATOR}),
            services=("payment-*", "ready-*", "nobody"),
            lasts=timedelta(days=1),
        )
        token, kept = mint(wish, there.clock.now())
        await app[GUARD].tokens.keep(kept)
        async with served(app) as (_, url):
            yield there, Remote(url=url, token=token, patience_s=20)


async def test_the_decision_is_the_one_that_was_recorded(tmp_path: Path) -> None:
    """What comes back is the record, and is reported as where it was made."""
    async with guarded(tmp_path) as (there, remote):
        item = await remote.evaluate("payment-service", "production", "a test")
        assert isinstance(item, Judged)
        record = await there.store.evaluation(item.record.evaluation)
        assert record is not None
        judged = await there.front.memory.judged(record)

    assert item.record == record
    assert document(item) == document(judged)


@pytest.mark.parametrize(
    ("service", "changes", "said"),
    [
        ("payment-service", {"token": "nobody's"}, "it answered 401: the token is none of ours"),
        ("other", {}, "it answered 403: this service is not among yours"),
        ("nobody", {}, "it answered 404: nobody watches this target"),
        ("payment-service", {"url": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
async def test_no_answer_is_no_decision(
    tmp_path: Path, service: str, changes: dict[str, str], said: str
) -> None:
    """Whoever is not let in, or asks for what is not there, is told so in one line."""
    async with guarded(tmp_path) as (_, remote):
        url, token = changes.get("url", remote.url), changes.get("token", remote.token)
        changed = Remote(url=url, token=token)
        item = await changed.evaluate(service, None, "a test")

    assert isinstance(item, Undecided)
    assert said in item.reason


async def test_a_full_queue_is_no_decision(tmp_path: Path) -> None:
    """429 is said, and is exit 3."""
    async with guarded(tmp_path) as (there, remote):
        there.daemon.full = True
        item = await remote.evaluate("ready-service", None, "a test")

    assert isinstance(item, Undecided)
    assert "it answered 429: too many evaluations wait" in item.reason


def test_a_token_does_not_travel_in_clear() -> None:
    """Plain http is for this machine alone."""
    with pytest.raises(SettingsError, match="must be https://"):
        Remote(url="http://director.example.com", token="x")
    assert replace(Remote(url="http://director.example.com"), token="").token == ""


async def ran(folder: Path, *words: str | Path, token: str) -> tuple[int | None, str, str]:
    """Run the command, and return its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "evaluate",
        *words,
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "DIRECTOR_TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_the_command_exits_as_if_it_had_decided(tmp_path: Path) -> None:
    """A manifest or a name; the same exit codes, and 3 where nobody lets us in."""
    async with guarded(tmp_path) as (_, remote):
        manifest = SERVICES / "payment-service.yaml"
        to = ("--server", remote.url, "--format", "json", "--log", "off")
        closed = await ran(tmp_path, manifest, *to, token=remote.token)
        opened = await ran(tmp_path, "ready-service", *to, token=remote.token)
        several = await ran(tmp_path, "ready-service", manifest, *to, token=remote.token)
        nobody = await ran(tmp_path, "ready-service", *to, token="nobody's")

    assert (closed[0], json.loads(closed[1])["decision"]) == (1, "no_go")
    assert (opened[0], json.loads(opened[1])["decision"]) == (0, "go")
    assert (several[0], len(json.loads(several[1]))) == (1, 2)
    assert (nobody[0], json.loads(nobody[1])["decision"]) == (3, None)
    assert nobody[2].count("\n") == 1
