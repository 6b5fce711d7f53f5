"""Messages are found in a stream however it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director.isolation.frames import FrameError, Frames, framed


@given(st.lists(st.binary(max_size=50), max_size=8), st.integers(1, 20))
def test_any_cut_will_do(messages: list[bytes], size: int) -> None:
    """Messages come whole and in order."""
    stream = b"".join(framed(message) for message in messages)
    frames = Frames()

    found = [
        message
        for start in range(0, len(stream), size)
        for message in frames.feed(stream[start : start + size])
    ]

    assert found == messages


def test_a_message_may_have_so_many_bytes() -> None:
    """One more is an error as soon as it is announced."""
    assert Frames(most=3).feed(framed(b"abc")) == [b"abc"]
    with pytest.raises(FrameError, match="at most 3 bytes, got 4"):
        Frames(most=3).feed(framed(b"abcd")[:4])


def test_the_host_may_say_more() -> None:
    """A worker takes what its host sends."""
    assert Frames(most=None).feed(framed(b"x" * 2_000_000)) == [b"x" * 2_000_000]
