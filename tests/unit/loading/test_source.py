"""loading.source: bytes become text, or a fault."""

from __future__ import annotations

import hashlib

import pytest

from director.errors import ManifestError, ProfileError
from director.loading.source import LARGEST_BYTES, accept


def test_digest_is_of_the_exact_bytes() -> None:
    """The digest covers a byte order mark and line ends, the text has no byte order mark."""
    data = b"\xef\xbb\xbfa: 1\r\n"

    source = accept(data, "x.yaml", ManifestError)

    assert source.digest == "sha256:" + hashlib.sha256(data).hexdigest()
    assert source.text == "a: 1\r\n"
    assert source.data == data


@pytest.mark.parametrize("size", [LARGEST_BYTES - 1, LARGEST_BYTES])
def test_as_much_as_fits_is_taken(size: int) -> None:
    """An input of exactly 256 KiB is taken."""
    assert len(accept(b"#" * size, "x", ManifestError).text) == size


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"#" * (LARGEST_BYTES + 1), "x: must be at most 256 KiB, got more"),
        ("a: 1".encode("utf-16"), "x: must be UTF-8, got UTF-16"),
        (b"\xff\xfe\0\0a\0\0\0", "x: must be UTF-8, got UTF-32"),
        (b"\0\0\xfe\xff\0\0\0a", "x: must be UTF-8, got UTF-32"),
        ("a: 1".encode("utf-16-le"), "x:1:2: must be UTF-8 text, got a NUL byte (U+0000)"),
        (b"a: 1\nb: \0", "x:2:4: must be UTF-8 text, got a NUL byte (U+0000)"),
        (b"a: 1\rb: 2\r\nc: \0", "x:3:4: must be UTF-8 text, got a NUL byte (U+0000)"),
        (b"a: 1\rb: 2\r\nc: \xff", "x:3:4: must be UTF-8, got the byte 0xff"),
        (b"\xef\xbb\xbfa: \xff", "x:1:4: must be UTF-8, got the byte 0xff"),
        ("é: ".encode() + b"\xff", "x:1:4: must be UTF-8, got the byte 0xff"),
        (b"a: \xed\xa0\x80", "x:1:4: must be UTF-8, got the byte 0xed"),
        (b"a: \xc0\xaf", "x:1:4: must be UTF-8, got the byte 0xc0"),
    ],
    ids=[
        "too large",
        "utf-16",
        "utf-32",
        "utf-32 big",
        "utf-16 unmarked",
        "nul",
        "nul after breaks",
        "latin-1 after breaks",
        "latin-1 after a mark",
        "latin-1",
        "surrogate",
        "overlong",
    ],
)
def test_what_is_no_text_is_refused(data: bytes, fault: str) -> None:
    """Too much, or what is not UTF-8, is one fault with its place."""
    with pytest.raises(ProfileError) as caught:
        accept(data, "x", ProfileError)

    assert [str(each) for each in caught.value.faults] == [fault]
