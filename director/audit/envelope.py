"""What leaves the record signed: a DSSE envelope (https://github.com/secure-systems-lab/dsse, v1).

The signature is over the type and the exact bytes of the payload, so nothing is read before it is
verified, and nothing has to be written again to verify it. By the library ``securesystemslib``,
which is imported when an envelope is made or opened.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, NoReturn

from director.audit.ed25519 import PrivateKey
from director.audit.public_key import PublicKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
"""What a payload is, as the in-toto specification names it."""

_ALPHABETS: tuple[Callable[[bytes], bytes], ...] = (
    base64.standard_b64encode,
    base64.urlsafe_b64encode,
)


class EnvelopeError(ValueError):
    """A text is no envelope with a payload of ours; why, in one line."""


class SignatureError(ValueError):
    """An envelope is not signed by the key it must be signed by; why, in one line."""


def sealed(payload: bytes, key: PrivateKey) -> str:
    """Return *payload* in an envelope, in one line; the same for the same payload and key."""
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415  # slow
    from securesystemslib.dsse import Envelope  # noqa: PLC0415  # slow
    from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # noqa: PLC0415

    private = ed25519.Ed25519PrivateKey.from_private_bytes(key.seed)
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(private, _library_key(PublicKey(key.public))))
    return json.dumps(envelope.to_dict(), sort_keys=True, separators=(",", ":")) + "\n"


def opened(text: str, key: PublicKey) -> bytes:
    """Return the payload of the envelope *text*, which *key* signed.

    How the JSON is laid out, keys that nobody knows and signatures by other keys make no
    difference, and either alphabet of base64 will do: all that as the specification has it.

    Raises:
        EnvelopeError: It is no envelope, or its payload is not of our type.
        SignatureError: *key* did not sign it.
    """
    from securesystemslib.dsse import Envelope  # noqa: PLC0415  # slow
    from securesystemslib.exceptions import UnverifiedSignatureError  # noqa: PLC0415  # slow
    from securesystemslib.signer import Signature  # type: ignore[attr-defined]  # noqa: PLC0415

    document = _document(text)
    payload = _bytes(document, "payload")
    if (type_ := document.get("payloadType")) != PAYLOAD_TYPE:
        shown = repr(type_[:60]) if isinstance(type_, str) else "something else"
        raise EnvelopeError(f"payloadType must be {PAYLOAD_TYPE}, was {shown}")
    signature = Signature(key.id, _signature(document, key.id).hex())
    envelope = Envelope(payload, PAYLOAD_TYPE, {key.id: signature})
    try:
        envelope.verify([_library_key(key)], 1)
    except UnverifiedSignatureError as error:
        raise SignatureError("the signature does not fit what it is over") from error
    return payload


def _library_key(key: PublicKey) -> Any:  # noqa: ANN401  # the library's type is not exported
    from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]  # noqa: PLC0415

    return SSlibKey(key.id, "ed25519", "ed25519", {"public": key.public.hex()})


def _signature(document: dict[str, Any], id_: str) -> bytes:
    """Return the one signature in an envelope that names a key."""
    signatures = document.get("signatures")
    if not isinstance(signatures, list) or not all(isinstance(each, dict) for each in signatures):
        raise EnvelopeError("signatures must be a list of objects")
    found = [_bytes(each, "sig") for each in signatures if each.get("keyid") == id_]
    if len(found) != 1:
        raise SignatureError(
            f"there must be one signature by the key {id_}, was {'none' if not found else 'more'}"
        )
    return found[0]


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise EnvelopeError("an envelope must be JSON in which no key stands twice") from error
    if not isinstance(document, dict):
        raise EnvelopeError("an envelope must be a JSON object")
    return document


def _bytes(document: dict[str, Any], name: str) -> bytes:
    """Return the bytes of a field in base64, in one of the two proper ways to write them."""
    encoded = document.get(name)
    if isinstance(encoded, str) and encoded.isascii():
        letters = encoded.encode()
        for encode, altchars in zip(_ALPHABETS, (None, b"-_"), strict=True):
            try:
                data = base64.b64decode(letters, altchars, validate=True)
            except ValueError:
                continue
            if data and encode(data) == letters:
                return data
    raise EnvelopeError(f"{name} must be base64 with its padding, of at least one byte")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
