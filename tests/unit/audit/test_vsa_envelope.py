"""The DSSE envelope, and the key that opens it."""

# ruff: noqa: ANN401  # what a fixture is made of lives in a conftest

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from director.audit.ed25519 import PrivateKey
from director.audit.envelope import EnvelopeError, SignatureError, opened, sealed
from director.audit.note import NoteError, VerifierKey
from director.audit.public_key import PublicKey
from director.audit.vsa import decision_statement

PAYLOAD = b'{"_type":"https://in-toto.io/Statement/v1","n":"\xc3\xbc~~~???>>>"}'
OTHER = PrivateKey(sha256(b"another").digest())


def changed(text: str, **fields: Any) -> str:
    """Return an envelope with other fields; one that is ``...`` is left out."""
    document = {**json.loads(text), **fields}
    return json.dumps({name: value for name, value in document.items() if value is not ...})


def test_another_verifier_accepts(bureau: Any, second: Any) -> None:
    """A verifier made from the specification alone opens what we sealed, with no other key."""
    record = bureau.record()
    payload = decision_statement(record, bureau.entry(record))

    text = sealed(payload, bureau.key)

    assert second.opened(text, bureau.key.public) == payload
    assert json.loads(text)["payloadType"] == "application/vnd.in-toto+json"
    with pytest.raises(InvalidSignature):
        second.opened(text, OTHER.public)


def test_we_accept_what_another_sealed(bureau: Any) -> None:
    """An envelope that was made by hand is opened: the signature is over type and payload."""
    kind = b"application/vnd.in-toto+json"
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(PAYLOAD), PAYLOAD)
    signature = {"sig": base64.b64encode(bureau.key.sign(signed)).decode()}
    text = json.dumps(
        {
            "signatures": [
                {"keyid": "of another"} | signature,
                {"keyid": bureau.public.id} | signature,
            ],
            "payloadType": kind.decode(),
            "payload": base64.b64encode(PAYLOAD).decode(),
        }
    )

    assert opened(text, bureau.public) == PAYLOAD


def test_the_same_text_for_the_same_payload(bureau: Any) -> None:
    """A payload is sealed twice in the same bytes, in one line of ASCII."""
    text = sealed(PAYLOAD, bureau.key)

    assert text == sealed(PAYLOAD, bureau.key)
    assert text.isascii()
    assert text.index("\n") == len(text) - 1


def test_every_flipped_bit_is_found(bureau: Any) -> None:
    """There is no bit of an envelope that can be another one."""
    whole = sealed(PAYLOAD, bureau.key).encode()
    assert opened(whole.decode(), bureau.public) == PAYLOAD

    passed = []
    for place in range(8 * len(whole)):
        data = bytearray(whole)
        data[place // 8] ^= 1 << place % 8
        try:
            opened(data.decode("utf-8", "surrogateescape"), bureau.public)
        except (EnvelopeError, SignatureError):
            continue
        passed.append(place)
    assert passed == []


def test_every_changed_byte_is_found(bureau: Any) -> None:
    """There is no byte of an attestation, the last newline too, that can be its neighbour."""
    record = bureau.record()
    whole = sealed(decision_statement(record, bureau.entry(record)), bureau.key).encode()
    assert len(whole) > 2_000

    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= 1
        with pytest.raises((EnvelopeError, SignatureError)):
            opened(data.decode(), bureau.public)


def test_every_changed_byte_of_the_payload_is_found(bureau: Any) -> None:
    """A payload of which one byte is another, missing or more has no signature."""
    text = sealed(PAYLOAD, bureau.key)
    for place in range(len(PAYLOAD)):
        for tail in (b"?" + PAYLOAD[place + 1 :], PAYLOAD[place + 1 :], b" " + PAYLOAD[place:]):
            tampered = PAYLOAD[:place] + tail
            if tampered != PAYLOAD:
                again = changed(text, payload=base64.b64encode(tampered).decode())
                with pytest.raises(SignatureError, match="does not fit"):
                    opened(again, bureau.public)


def test_what_makes_no_difference(bureau: Any) -> None:
    """Layout, unknown keys and the alphabet of base64 change nothing, as the protocol says."""
    text = sealed(PAYLOAD, bureau.key)
    document = json.loads(text)
    (signature,) = document["signatures"]
    urlsafe = {
        name: value.translate(str.maketrans("+/", "-_"))
        for name, value in {"payload": document["payload"], "sig": signature["sig"]}.items()
    }
    assert urlsafe["payload"] != document["payload"]

    for same in (
        json.dumps(document, indent=4) + "\n\n",
        changed(text, more=[1]),
        changed(text, signatures=[{**signature, "cert": "x"}]),
        changed(text, payload=urlsafe["payload"]),
        changed(text, signatures=[{**signature, "sig": urlsafe["sig"]}]),
    ):
        assert opened(same, bureau.public) == PAYLOAD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        "{}",
        '"x"',
        "NaN",
        "[" * 100_000,
        '{"payload":"e30=","payload":"e30="}',
    ],
)
def test_what_is_no_envelope(bureau: Any, text: str) -> None:
    """A text that is no JSON object of the form, with each key once, is no envelope."""
    with pytest.raises(EnvelopeError):
        opened(text, bureau.public)


@pytest.mark.parametrize(
    "fields",
    [
        {"payload": ...},
        {"payload": ""},
        {"payload": None},
        {"payload": "e30"},
        {"payload": "e31="},
        {"payload": "e30 ="},
        {"payload": "ü"},
        {"payload": 3},
        {"payloadType": ...},
        {"payloadType": "application/json"},
        {"payloadType": ["application/vnd.in-toto+json"]},
        {"signatures": ...},
        {"signatures": {}},
        {"signatures": [1]},
    ],
)
def test_a_field_that_cannot_be(bureau: Any, fields: dict[str, Any]) -> None:
    """Each field must be there, of its type, and in proper base64."""
    with pytest.raises(EnvelopeError):
        opened(changed(sealed(PAYLOAD, bureau.key), **fields), bureau.public)


def test_a_key_that_stands_twice(bureau: Any) -> None:
    """An envelope that two readers may read differently is refused, whichever of them is right."""
    text = sealed(PAYLOAD, bureau.key)

    with pytest.raises(EnvelopeError, match="no key stands twice"):
        opened('{"payload":"e30=",' + text[1:], bureau.public)


def test_who_did_not_sign(bureau: Any) -> None:
    """No signature, none by the key, two by it, and one by another under its id: none opens."""
    text = sealed(PAYLOAD, bureau.key)
    (good,) = json.loads(text)["signatures"]
    (foreign,) = json.loads(sealed(PAYLOAD, OTHER))["signatures"]

    for signatures in (
        [],
        [foreign],
        [good, good],
        [{"sig": good["sig"]}],
        [{**foreign, "keyid": good["keyid"]}],
        [{**good, "sig": base64.b64encode(b"short").decode()}],
    ):
        with pytest.raises(SignatureError):
            opened(changed(text, signatures=signatures), bureau.public)


def test_a_signature_over_another_type(bureau: Any) -> None:
    """What was signed as something else is not taken for a statement."""
    kind = b"application/json"
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(PAYLOAD), PAYLOAD)
    sig = base64.b64encode(bureau.key.sign(signed)).decode()
    text = changed(
        sealed(PAYLOAD, bureau.key), signatures=[{"keyid": bureau.public.id, "sig": sig}]
    )

    with pytest.raises(SignatureError):
        opened(text, bureau.public)


def test_both_ways_to_write_a_key(bureau: Any) -> None:
    """A C2SP verifier key and a PEM file are the same key, with the id that OpenSSL gives it."""
    library = Ed25519PublicKey.from_public_bytes(bureau.key.public)
    pem = library.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    der = library.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    of_note = PublicKey.parse(f"{VerifierKey(bureau.origin, bureau.key.public)}\n")
    of_pem = PublicKey.parse(pem)

    assert (of_note.public, of_note.name) == (bureau.key.public, bureau.origin)
    assert (of_pem.public, of_pem.name) == (bureau.key.public, "")
    assert of_note.id == of_pem.id == sha256(der).hexdigest()
    assert json.loads(sealed(PAYLOAD, bureau.key))["signatures"][0]["keyid"] == of_pem.id
    assert opened(sealed(PAYLOAD, bureau.key), of_pem) == PAYLOAD


def test_what_is_no_public_key(bureau: Any) -> None:
    """A private key, one of another algorithm, two keys and a broken file are refused."""
    ecdsa = generate_private_key(SECP256R1()).public_key()
    pem = Ed25519PublicKey.from_public_bytes(bureau.key.public).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    for text in (
        "",
        "key",
        f"{bureau.origin}+00000000+AAAA",
        pem.decode().replace("PUBLIC", "PRIVATE"),
        ecdsa.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        2 * pem.decode(),
        pem.decode().replace("=", ""),
        pem.decode()[:-30],
    ):
        with pytest.raises(NoteError):
            PublicKey.parse(text)
