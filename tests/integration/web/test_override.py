"""A forced GO over the API, signed with a real key: by whom, and where it is seen."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from director.cli.gate import Gate, exit_of
from director.formats.json import document
from director.model.override import Effective
from director.model.report import Judged
from director.web.auth import GUARD
from director.web.client import judged
from director.web.front import Access, WebSettings
from director.web.identity import Role
from director.web.server import make_app
from director.web.tokens import TokenWish, mint
from tests.integration.web.city import served, town

NAMESPACE = "director-override@v1"
ASKED = {
    "service": "payment-service",
    "environment": "production",
    "reason": "the launch cannot wait for the rig",
    "ticket": "OPS-1",
}


def keygen(*words: str | Path, text: str = "") -> str:
    """Run the real ssh-keygen."""
    command = ["ssh-keygen", *map(str, words)]
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


@pytest.fixture
def signers(tmp_path: Path) -> Path:
    """Make a VP's key and that of nobody; return the operator's file that knows the VP's."""
    for name in ("vera", "nobody"):
        keygen("-q", "-t", "ed25519", "-N", "", "-C", name, "-f", tmp_path / name)
    public = " ".join((tmp_path / "vera.pub").read_text().split()[:2])
    spec = {
        "allowed_signers": "allowed_signers",
        "people": {"vera": {"principals": ["vera@example.com"], "roles": ["vp"]}},
    }
    found = {"apiVersion": "readiness/v1", "kind": "Signers", "spec": spec}
    (tmp_path / "signers.yaml").write_text(json.dumps(found))
    (tmp_path / "allowed_signers").write_text(f"vera@example.com {public}\n")
    for name in ("signers.yaml", "allowed_signers"):
        (tmp_path / name).chmod(0o644)
    return tmp_path / "signers.yaml"


@pytest.mark.needs("ssh-keygen")
async def test_an_override_from_request_to_revocation(tmp_path: Path, signers: Path) -> None:
    """Nobody's key does nothing; the VP's forces a GO, which is seen everywhere until revoked."""
    async with town(tmp_path, WebSettings(access=Access.TOKENS), signers) as there:
        app = make_app(there.front)
        heads = {}
        for role in (Role.OVERRIDE_REQUESTER, Role.OVERRIDE_APPROVER):
            wish = TokenWish(
                name=role,
                holder="ann",
                roles=frozenset({role}),
                services=("payment-*",),
                lasts=timedelta(days=1),
            )
            token, kept = mint(wish, there.clock.now())
            await app[GUARD].tokens.keep(kept)
            heads[role] = {"Authorization": f"Bearer {token}"}
        asks, approves = heads[Role.OVERRIDE_REQUESTER], heads[Role.OVERRIDE_APPROVER]
        evaluation = await there.evaluated("payment-service")
        async with served(app) as (client, _):
            async with client.post("/api/v1/overrides", json=ASKED, headers=asks) as answer:
                made = await answer.json()
                assert answer.status == 201, made
            place = f"/api/v1/overrides/{made['id']}"

            async def act(what: str, body: object, head: dict[str, str]) -> tuple[int, str]:
                async with client.post(f"{place}/{what}", json=body, headers=head) as answer:
                    return answer.status, await answer.text()

            async def report() -> Judged:
                path = f"/api/v1/evaluations/{evaluation}"
                async with client.get(path, headers=asks) as answer:
                    return judged((await answer.json())["report"])

            sign = ("-Y", "sign", "-q", "-n", NAMESPACE, "-f")
            forged = keygen(*sign, tmp_path / "nobody", text=made["statement"])
            signed = keygen(*sign, tmp_path / "vera", text=made["statement"])
            refused = await act("apply", {"signatures": [forged]}, approves)
            kept_out = await act("apply", {"signatures": [signed]}, asks)
            closed = await report()
            applied = await act("apply", {"signatures": [signed]}, approves)
            again = await act("apply", {"signatures": [signed]}, approves)
            opened = await report()
            record = await there.store.evaluation(evaluation)
            assert record is not None
            local = await there.front.memory.judged(record)
            ended = await act("revoke", {"reason": "the rig is there after all"}, approves)
            after = await report()

    assert (refused[0], kept_out[0], applied[0], again[0], ended[0]) == (409, 403, 200, 409, 200)
    assert "already_applied" in again[1]
    assert [exit_of(each, Gate()) for each in (closed, opened, after)] == [1, 0, 1]
    assert isinstance(opened.effective, Effective)
    assert opened.effective.approvers == ("vera",)
    assert document(opened) == document(local)
