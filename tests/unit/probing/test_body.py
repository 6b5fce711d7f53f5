"""director.probing.body: one body, within its cap."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.model.probe import ProbeError, ProbeReason
from director.probing.body import Body


def bare(data: bytes) -> bytes:
    """Return *data* deflated without a header, as some servers send it."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def same(data: bytes) -> bytes:
    """Return *data* as it is."""
    return data


PACKED: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("", same),
    ("identity", same),
    ("gzip", gzip.compress),
    ("X-GZIP ", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", bare),
]


@pytest.mark.parametrize(("encoding", "pack"), PACKED)
@given(data=st.binary(max_size=300), step=st.integers(1, 400))
def test_decoded_in_any_pieces(
    encoding: str, pack: Callable[[bytes], bytes], data: bytes, step: int
) -> None:
    """How the bytes are cut on the way changes nothing."""
    packed = pack(data)
    body = Body(encoding, 1000)
    for start in range(0, len(packed), step):
        body.feed(packed[start : start + step])

    assert body.finish() == data


def refused(encoding: str, packed: bytes, cap_bytes: int = 1000) -> ProbeReason:
    """Return why *packed* is refused."""
    with pytest.raises(ProbeError) as caught:
        decoded(encoding, packed, cap_bytes)
    return caught.value.reason


def decoded(encoding: str, packed: bytes, cap_bytes: int = 1000) -> bytes:
    """Return what *packed* is, received in one piece."""
    body = Body(encoding, cap_bytes)
    body.feed(packed)
    return body.finish()


@pytest.mark.parametrize(("encoding", "pack"), PACKED[:1] + PACKED[2:3] + PACKED[4:])
@pytest.mark.parametrize(("size", "fits"), [(99, True), (100, True), (101, False)])
def test_the_cap_is_inclusive(
    encoding: str, pack: Callable[[bytes], bytes], size: int, fits: bool
) -> None:
    """A body of exactly the cap, after decoding, is within it."""
    packed = pack(b"a" * size)
    if fits:
        assert decoded(encoding, packed, 100) == b"a" * size
    else:
        assert refused(encoding, packed, 100) is ProbeReason.BODY_TOO_LARGE


def test_a_bomb_is_not_unpacked() -> None:
    """What unpacks to far more than the cap is refused, with no more than the cap in memory."""
    bomb = gzip.compress(bytes(20_000_000))
    body = Body("gzip", 100_000)

    with pytest.raises(ProbeError) as caught:
        body.feed(bomb)

    assert caught.value.reason is ProbeReason.BODY_TOO_LARGE
    assert len(body._decoded) <= 100_001


def test_bytes_that_decode_to_nothing_end_too() -> None:
    """Endless empty blocks run into the cap, though they decode to nothing."""
    assert refused("deflate", b"\x00\x00\x00\xff\xff" * 201) is ProbeReason.BODY_TOO_LARGE


@pytest.mark.parametrize(("members", "fits"), [(63, True), (64, True), (65, False)])
def test_members_are_limited(members: int, fits: bool) -> None:
    """A body may be put together from a few streams, not from thousands that cost time."""
    packed = gzip.compress(b"a") * members

    if fits:
        assert decoded("gzip", packed, 5000) == b"a" * members
    else:
        assert refused("gzip", packed, 5000) is ProbeReason.BODY_ENCODING


@pytest.mark.parametrize("cut", [1, 2, 12, -1])
def test_a_cut_stream_is_incomplete(cut: int) -> None:
    """A compressed body that breaks off is never taken for a whole one."""
    packed = gzip.compress(b"whole" * 20)[:cut]

    assert refused("gzip", packed) is ProbeReason.BODY_INCOMPLETE


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "nonsense"])
def test_what_was_not_asked_for_is_refused(encoding: str) -> None:
    """An encoding that we cannot undo makes the body unreadable, not empty."""
    assert refused(encoding, b"x") is ProbeReason.BODY_ENCODING


@pytest.mark.parametrize("packed", [b"plain text", gzip.compress(b"x", mtime=0) + b"tail"])
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_what_is_not_compressed_is_refused(encoding: str, packed: bytes) -> None:
    """A body that is not what its header says is refused."""
    assert refused(encoding, packed) in {ProbeReason.BODY_ENCODING, ProbeReason.BODY_INCOMPLETE}


@pytest.mark.parametrize(("encoding", "pack"), PACKED)
def test_no_body_is_a_whole_body(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    """A status without a body may still name an encoding."""
    assert pack(b"") is not None
    assert Body(encoding, 10).finish() == b""


def test_several_members_of_gzip_are_one_body() -> None:
    """A gzip stream may be put together from several."""
    assert decoded("gzip", gzip.compress(b"one ") + gzip.compress(b"two")) == b"one two"
