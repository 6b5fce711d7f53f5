"""What we say to others: in-toto statements (https://in-toto.io/Statement/v1), to the byte.

Names are URNs, because they identify and lead nowhere. A statement is one line of JSON, its keys
in a fixed order, so that the same decision gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


def target_uri(service: str, environment: str) -> str:
    """Return what a target is called: its service, and where it runs if that has a name.

    >>> target_uri("pay", "production"), target_uri("pay", "")
    ('urn:director:target:pay@production', 'urn:director:target:pay')
    """
    return "urn:director:target:" + "@".join(
        quote(part, safe="") for part in (service, environment) if part
    )


def verifier_uri(origin: str) -> str:
    """Return what the Director is called that writes the audit log *origin*."""
    return f"urn:director:verifier:{quote(origin)}"


def profile_uri(name: str) -> str:
    """Return what a profile is called."""
    return f"urn:director:profile:{quote(name, safe='')}"


def check_uri(evaluation: str, check: str) -> str:
    """Return what the result of one check in one evaluation is called."""
    return f"urn:director:evaluation:{quote(evaluation, safe='')}:check:{quote(check, safe='')}"


def digest_set(digest: str) -> dict[str, str]:
    """Return ``sha256:…`` as in-toto writes it.

    Raises:
        ValueError: It is no such digest.
    """
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise ValueError("a digest must be sha256: and 64 hexadecimal digits")
    return {"sha256": match[1]}


def subject(name: str, digest: str) -> dict[str, Any]:
    """Return something that a statement is about.

    Raises:
        ValueError: *digest* is none.
    """
    return {"name": name, "digest": digest_set(digest)}


def statement(
    subjects: list[dict[str, Any]], predicate_type: str, predicate: Mapping[str, Any]
) -> bytes:
    """Return the exact bytes of a statement."""
    document = {
        "_type": STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    return compact(document)


def compact(document: object) -> bytes:
    """Return plain JSON values as the store writes them: nothing between, UTF-8."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()
