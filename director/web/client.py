"""Asks a running director serve to evaluate a service, and waits for its decision.

Whatever it cannot understand is no decision: there is no answer that opens a gate by accident.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import aiohttp

from director.errors import Fault, SettingsError, StoreError
from director.model.decision import Verdict
from director.model.ledger import Signature
from director.model.override import (
    Effective,
    Override,
    OverrideState,
    OverrideStatement,
    OverrideUse,
)
from director.model.report import Item, Judged, Undecided
from director.model.text import printable
from director.model.value import dataclass
from director.store.report import decisions

_PLACE = "/api/v1/evaluations"
_LARGEST = 64 * 2**20
_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_Document: TypeAlias = dict[str, Any]


class NoAnswerError(Exception):
    """There is no decision; why, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A running service somewhere.

    Attributes:
        url: Where, for example ``https://director.example.com``.
        token: An API token of an evaluator; empty for a server that is open.
        patience_s: How long a decision may take, in seconds.
        ca_file: Certificate authorities that it may show besides the system's; None for none.
    """

    url: str
    token: str = ""
    patience_s: float = 600.0
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what is no address, and a token that would travel in clear."""
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            problem = "must be an address such as https://director.example.com"
            raise SettingsError(Fault("--server", 0, 0, problem))
        if parts.scheme == "http" and self.token and parts.hostname not in _LOOPBACK:
            problem = "must be https:// where a token is sent to another machine"
            raise SettingsError(Fault("--server", 0, 0, problem))

    async def evaluate(self, service: str, environment: str | None, cause: str) -> Item:
        """Return what the service decides on a target, or why it does not."""
        target = f"{service}@{environment}" if environment else service
        try:
            async with asyncio.timeout(self.patience_s), self._session() as session:
                place = await self._submit(session, service, environment, cause)
                return judged(await self._decided(session, place))
        except TimeoutError:
            reason = f"{self.url} made no decision within {self.patience_s:g} s"
        except (aiohttp.ClientError, OSError) as error:
            reason = f"{self.url} cannot be reached: {type(error).__name__}"
        except (NoAnswerError, StoreError) as error:
            reason = f"{self.url}: {error}"
        return Undecided(self.url, target, printable(reason))

    def _session(self) -> aiohttp.ClientSession:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        context = ssl.create_default_context() if self.url.startswith("https") else True
        if self.ca_file is not None and not isinstance(context, bool):
            context.load_verify_locations(self.ca_file)
        connector = aiohttp.TCPConnector(ssl=context)
        return aiohttp.ClientSession(connector=connector, headers=headers)

    async def _submit(
        self, session: aiohttp.ClientSession, service: str, environment: str | None, cause: str
    ) -> str:
        wish: _Document = {"service": service, "cause": cause}
        if environment is not None:
            wish["environment"] = environment
        _, found = await self._asked(session, "POST", _PLACE, wish)
        evaluation = found.get("evaluation")
        if not isinstance(evaluation, str) or not evaluation.isalnum():
            raise NoAnswerError("it answered with something else than an evaluation")
        return f"{_PLACE}/{evaluation}"

    async def _decided(self, session: aiohttp.ClientSession, place: str) -> _Document:
        pauses_s = iter(_PAUSES_S)
        while True:
            wait_s, found = await self._asked(session, "GET", place, None)
            report = found.get("report")
            if isinstance(report, dict):
                return report
            if found.get("stage") not in {"waiting", "running"}:
                raise NoAnswerError(f"there is no decision: {found.get('reason') or 'no reason'}")
            await asyncio.sleep(max(wait_s, next(pauses_s, _PAUSES_S[-1])))

    async def _asked(
        self, session: aiohttp.ClientSession, method: str, path: str, body: _Document | None
    ) -> tuple[float, _Document]:
        """Return how long to wait before asking again, and the document that was answered."""
        url = f"{self.url.rstrip('/')}{path}"
        async with session.request(method, url, json=body, allow_redirects=False) as answer:
            data = bytearray()
            async for piece in answer.content.iter_chunked(65_536):
                data += piece
                if len(data) > _LARGEST:
                    raise NoAnswerError("its answer is too large")
            status = answer.status
        found = _parsed(bytes(data))
        if status == 429 and method == "GET":  # too many requests
            return _PAUSES_S[-1], {"stage": "waiting"}
        if not 200 <= status < 300:  # done
            said = found.get("detail") or found.get("title") or "no reason is given"
            raise NoAnswerError(f"it answered {status}: {said}")
        return 0.0, found


def judged(report: _Document) -> Judged:
    """Return the decision that *report* is, as the JSON format writes it.

    Raises:
        StoreError: It is no report of a decision.
        NoAnswerError: What it says of overrides cannot be understood.
    """
    record = decisions(json.dumps(report).encode())[0]
    effective = _effective(report)
    expired = report.get("effective_decision") == "expired" or report.get("expired") is not False
    if effective is None and not expired and report["effective_decision"] != record.decision:
        raise NoAnswerError("its report contradicts itself")
    return Judged(
        record,
        recorded=report.get("recorded") is True,
        expired=expired,
        effective=effective,
        gone=tuple(map(str, report.get("gone") or ())),
    )


def _effective(report: _Document) -> Effective | None:
    holding, others = report.get("override"), report.get("overrides")
    if holding is None and not others:
        return None
    try:
        decided = Verdict(report["decision"])
        uses = tuple(_use(each) for each in others or ())
        if holding is None:
            return Effective(decided, None, uses)
        opened = _override(holding, applied=True)
        return Effective(Verdict(report["effective_decision"]), opened, uses, tuple(holding["by"]))
    except (KeyError, TypeError, ValueError) as error:
        raise NoAnswerError("what it says of overrides cannot be understood") from error


def _use(found: _Document) -> OverrideUse:
    state = OverrideState(found["state"])
    applied = state is not OverrideState.REQUESTED
    return OverrideUse(_override(found, applied=applied), state, str(found["why"]))


def _override(found: _Document, *, applied: bool) -> Override:
    begins = datetime.fromisoformat(found["not_before"])
    statement = OverrideStatement(
        id=str(found["id"]),
        log="",
        service="",
        environment="",
        evaluation=str(found["evaluation"]),
        record_digest="",
        manifest_digest="",
        profile_digest="",
        grounds=(),
        reason=str(found["reason"]),
        ticket=str(found["ticket"]),
        requested_by=str(found["requested_by"]),
        requested_at=begins,
        not_before=begins,
        expires_at=datetime.fromisoformat(found["expires_at"]).astimezone(UTC),
    )
    signed = tuple(
        Signature(principal=str(by), person=str(by), roles=(), key="", armor="")
        for by in found["by"]
    )
    return Override(
        statement=statement, text="", signatures=signed, applied_at=begins if applied else None
    )


def _parsed(data: bytes) -> _Document:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}
