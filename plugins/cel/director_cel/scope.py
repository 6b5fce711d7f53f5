"""What expressions can speak of, by name and kind. Knows nothing of ours and little of Python.

It is imported by the process in which a heavy expression is evaluated, which must start quickly.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXT, WHOLE, NUMBER, YES_NO = "text", "whole", "number", "yes_no"
ANY, TEXTS, BY_NAME, TEXT_BY_NAME, LIST = "any", "texts", "by_name", "text_by_name", "list"

MANIFEST: Mapping[str, str] = {
    "metadata.name": TEXT,
    "metadata.owner": TEXT,
    "metadata.tier": WHOLE,
    "metadata.version": TEXT,
    "metadata.description": TEXT,
    "spec.profile": TEXT,
    "spec.artifact": TEXT,
    "spec.declares": BY_NAME,
    "spec.environments": BY_NAME,
    "spec.waivers": LIST,
}
"""What the team declares."""

REPLY: Mapping[str, str] = {
    **MANIFEST,
    "environment.name": TEXT,
    "environment.base_url": TEXT,
    "reply.url": TEXT,
    "reply.status": WHOLE,
    "reply.version": TEXT,
    "reply.headers": TEXT_BY_NAME,
    "reply.body": TEXT,
    "reply.json": ANY,
    "reply.redirects": WHOLE,
    "reply.elapsed_s": NUMBER,
    "reply.dns_s": NUMBER,
    "reply.connect_s": NUMBER,
    "reply.tls_s": NUMBER,
    "reply.ttfb_s": NUMBER,
    "reply.transfer_s": NUMBER,
    "tls.version": TEXT,
    "tls.cipher": TEXT,
    "tls.subject": TEXT,
    "tls.issuer": TEXT,
    "tls.names": TEXTS,
    "tls.not_after": TEXT,
    "tls.expires_in_days": NUMBER,
    "tls.trusted": YES_NO,
}
"""The same, and what a page answered."""

SCOPES: Mapping[str, Mapping[str, str]] = {"manifest": MANIFEST, "reply": REPLY}
