"""loading.characters: what hides from the eye is named by its code point."""

from __future__ import annotations

import pytest

from director.loading.characters import forbidden, screened, unwanted
from director.loading.places import Mark

BAD = [0x00, 0x08, 0x0B, 0x1B, 0x1F, 0x7F, 0x85, 0x9F, 0xAD, 0x034F, 0x061C, 0x1160, 0x180E,
       0x200B, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2065, 0x2066, 0x206F, 0x2800,
       0x3164, 0xD800, 0xDFFF, 0xFEFF, 0xFFA0, 0xFFFA, 0xFFFE, 0x1D173, 0xE0001, 0xE0041,
       0xE01EF]  # fmt: skip
GOOD = [0x09, 0x0A, 0x0D, 0x20, 0x7E, 0xA0, 0xE9, 0x200A, 0x2010, 0x202F, 0x2070, 0x3163, 0x4E2D,
        0xFE0F, 0xFFFD, 0x1F600]  # fmt: skip


@pytest.mark.parametrize("point", BAD, ids=[f"U+{point:04X}" for point in BAD])
def test_control_bidirectional_and_invisible_characters(point: int) -> None:
    """Control, bidirectional and invisible characters are forbidden, and named."""
    assert forbidden(f"a{chr(point)}b") == chr(point)
    assert unwanted(chr(point)).endswith(f"got U+{point:04X}")


@pytest.mark.parametrize("point", GOOD, ids=[f"U+{point:04X}" for point in GOOD])
def test_letters_of_every_script_are_welcome(point: int) -> None:
    """Letters, signs, tabs and line breaks are allowed."""
    assert forbidden(f"a{chr(point)}b") is None


def test_screening_keeps_every_position() -> None:
    """Each forbidden character gives way to one other, and its place is noted."""
    text, faults = screened("a\u202eb\r\nc\rdé\x07\n\u200b")

    assert text == "a\ufffdb\r\nc\rdé\ufffd\n\ufffd"
    assert [mark for mark, _ in faults] == [Mark(1, 2), Mark(3, 3), Mark(4, 1)]
    assert [problem[-6:] for _, problem in faults] == ["U+202E", "U+0007", "U+200B"]


def test_a_binary_file_has_twenty_faults() -> None:
    """At most twenty characters are listed."""
    assert len(screened("\x01" * 21)[1]) == 20
