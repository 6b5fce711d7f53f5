"""What of a text people can see, so that nothing invisible passes for a reason or a name."""

from __future__ import annotations

_SEEN = frozenset("LNPS")
"""Letters, numbers, punctuation and symbols, by the first sign of their Unicode category."""

_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by their category that are drawn as nothing: fillers and the empty Braille
pattern."""

_IGNORED = frozenset(
    chr(code)
    for codes in (
        (0x034F,),
        (0x17B4, 0x17B5),
        range(0x180B, 0x1810),
        range(0xFE00, 0xFE10),
        range(0xE0100, 0xE01F0),
    )
    for code in codes
)
"""Marks that change nothing or only how the sign before them is drawn: joiners and selectors of a
variant (Unicode's property Default_Ignorable_Code_Point)."""


def visible(text: str) -> str:
    r"""Return the characters of *text* that are something to see by themselves, without blanks.

    >>> visible(" a b\u200b\u3164.")
    'ab.'
    """
    if text.isascii():
        return "".join([c for c in text if c.isprintable() and c != " "])
    from unicodedata import category  # noqa: PLC0415  # few texts need it

    return "".join([c for c in text if category(c)[0] in _SEEN and c not in _BLANK])


def alike(one: str, other: str) -> bool:
    r"""Return whether two names are one: nobody becomes another by a capital letter or a blank.

    Letters of different scripts that look the same stay different.

    >>> alike("Jane", " ja\u200bne"), alike("jane", "janet")
    (True, False)
    """
    return name_key(one) == name_key(other)


def name_key(name: str) -> str:
    """Return what is the same for all spellings of one name: without case, width and blanks."""
    if name.isascii():
        return visible(name).casefold()
    from unicodedata import category, normalize  # noqa: PLC0415  # as above

    folded = normalize("NFKC", normalize("NFKC", name).casefold())
    return "".join(
        [
            c
            for c in folded
            if (category(c)[0] in _SEEN or category(c)[0] == "M")
            and c not in _BLANK
            and c not in _IGNORED
        ]
    )
