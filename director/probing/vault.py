"""Puts secrets into headers, at the last moment and only for whom they are meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from director.model.probe import ProbeError, ProbeReason
from director.model.secret import REFERENCE, Secrets

if TYPE_CHECKING:
    from director.probing.inquiry import Headers
    from director.probing.url import TargetUrl


def filled(headers: Headers, url: TargetUrl, secrets: Secrets) -> Headers:
    """Return *headers* as they are sent to *url*: with the values instead of references.

    Until here nobody has the values: what is asked, remembered and shown has the references.

    Raises:
        ProbeError: ``secret_denied``, one of them must not be sent there, or is not known.
    """
    if not any("${" in value for _, value in headers):
        return headers

    def value_of(found: re.Match[str]) -> str:
        return _value(found[1], url, secrets)

    return tuple((name, re.sub(REFERENCE, value_of, value)) for name, value in headers)


def _value(name: str, url: TargetUrl, secrets: Secrets) -> str:
    secret = secrets.get(name)
    if secret is None or not secret.value:
        raise _denied(f"the secret {name} is not registered, or has no value")
    if not secret.may_go_to(url.host, url.port):
        raise _denied(f"the secret {name} is not registered for {url.host}:{url.port}")
    if url.scheme != "https" and not secret.plaintext:
        raise _denied(f"the secret {name} must not be sent without TLS (plaintext: true allows it)")
    return secret.value


def _denied(detail: str) -> ProbeError:
    return ProbeError(ProbeReason.SECRET_DENIED, detail)
