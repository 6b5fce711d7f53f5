"""From a manifest and an answer to what expressions speak of."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from director.plugin import Claim, Declaration, Manifest, Reply, Sla, Target, TlsFacts

DAY_S = 86_400


def manifest_facts(manifest: Manifest) -> dict[str, Any]:
    """Return what expressions can say of *manifest*; the tier is left out where it is not given."""
    tier = {} if manifest.tier is None else {"metadata.tier": manifest.tier}
    return {
        "metadata.name": manifest.name,
        "metadata.owner": manifest.owner,
        **tier,
        "metadata.version": manifest.version,
        "metadata.description": manifest.description,
        "spec.profile": manifest.profile or "",
        "spec.artifact": manifest.artifact,
        "spec.declares": {name: _declared(each) for name, each in manifest.declares},
        "spec.environments": {
            each.name: {"base_url": each.base_url} if each.base_url else {}
            for each in manifest.environments
        },
        "spec.waivers": [
            {
                "check": each.check,
                "reason": each.reason,
                "ticket": each.ticket,
                "expires_at": each.expires_at.isoformat(),
            }
            for each in manifest.waivers
        ],
    }


def _declared(declaration: Declaration) -> dict[str, Any]:
    if not isinstance(declaration, Claim):
        return {"not_applicable": declaration.reason}
    value = declaration.value
    figures = {"availability_percent": 0.0, "latency_ms": 0.0}
    if isinstance(value, Sla):
        given = {name: getattr(value, name) for name in figures}
        plain: Any = {name: each for name, each in given.items() if each is not None}
    else:
        plain = value
    claim: dict[str, Any] = {"value": plain, "evidence": declaration.evidence}
    return claim if declaration.at is None else {**claim, "at": declaration.at.isoformat()}


def reply_facts(target: Target, reply: Reply) -> dict[str, Any]:
    """Return what expressions can say of *reply*, and of the manifest behind it.

    What there is not is left out: ``reply.json`` where the body is no JSON, ``tls`` without TLS.
    """
    headers: dict[str, str] = {}
    for name, value in reply.headers:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    facts = {
        **manifest_facts(target.manifest),
        "environment.name": target.environment.name if target.environment else "",
        "environment.base_url": target.base_url or "",
        "reply.url": reply.url,
        "reply.status": reply.status,
        "reply.version": reply.version,
        "reply.headers": headers,
        "reply.body": reply.text(),
        "reply.redirects": reply.redirects,
        "reply.elapsed_s": reply.elapsed_s,
        "reply.dns_s": reply.phases.dns_s,
        "reply.connect_s": reply.phases.connect_s,
        "reply.tls_s": reply.phases.tls_s,
        "reply.ttfb_s": reply.phases.ttfb_s,
        "reply.transfer_s": reply.phases.transfer_s,
    }
    with suppress(ValueError):  # Who asks for what is no JSON is told that it is not there.
        facts["reply.json"] = reply.json()
    return {**facts, **_tls_facts(reply.tls)} if reply.tls else facts


def _tls_facts(tls: TlsFacts) -> dict[str, Any]:
    return {
        "tls.version": tls.version,
        "tls.cipher": tls.cipher,
        "tls.subject": tls.subject,
        "tls.issuer": tls.issuer,
        "tls.names": list(tls.names),
        "tls.not_after": tls.not_after.isoformat(),
        "tls.expires_in_days": tls.expires_in.total_seconds() / DAY_S,
        "tls.trusted": tls.trusted,
    }
