"""Ranges as Nagios plugins write them: when is a number a reason to alert?

The format: https://www.monitoring-plugins.org/doc/guidelines.html, "Threshold and Ranges".
"""

from __future__ import annotations

import math
import re

from director.plugin import dataclass

NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"

LONGEST_NUMBER = 64
"""Characters of a number; more digits say nothing."""


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers from *start* to *end*, both among them.

    Attributes:
        start: The first; minus infinity for none.
        end: The last; infinity for none.
        inside: Whether to alert on numbers inside; if not, on those outside.
        text: As it was written.
    """

    start: float
    end: float
    inside: bool
    text: str

    def alerts(self, value: float) -> bool:
        """Return whether *value* is a reason to alert; what is no number is one.

        >>> [read_range("10:20").alerts(value) for value in (9.9, 10, 20, 20.1)]
        [True, False, False, True]
        """
        if math.isnan(value):
            return True
        return (self.start <= value <= self.end) is self.inside

    @property
    def shown(self) -> str:
        """The range as a text with both ends, for example ``0:0.5``."""
        start = "~" if math.isinf(self.start) else f"{self.start:g}"
        end = "" if math.isinf(self.end) else f"{self.end:g}"
        return f"{'@' if self.inside else ''}{start}:{end}"

    def scaled(self, times: float, over: float) -> Range:
        """Return the range with its ends multiplied by *times* and divided by *over*."""
        return Range(self.start * times / over, self.end * times / over, self.inside, self.text)


def read_number(text: str) -> float:
    """Return the finite number that *text* is.

    Raises:
        ValueError: It is none, or has more than 64 characters.
    """
    if len(text) > LONGEST_NUMBER or not re.fullmatch(NUMBER, text):
        raise ValueError(f"must be a number, got {text[:LONGEST_NUMBER]!r}")
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"must be a finite number, got {text!r}")
    return number


def read_range(text: str) -> Range:
    """Return the range that *text* is.

    ``10`` is 0 to 10, ``10:`` 10 and more, ``~:10`` 10 and less; ``@`` before it turns it over.

    Raises:
        ValueError: It is none, or its start is over its end.

    >>> read_range("@10:20").alerts(15), read_range("~:10").alerts(-5)
    (True, False)
    """
    inside = text.startswith("@")
    first, colon, last = text.removeprefix("@").partition(":")
    if not colon:
        first, last = "0", first
        if not last:
            raise ValueError(
                f"must be a range such as '10', '10:', '~:10' or '@10:20', got {text!r}"
            )
    start = -math.inf if first == "~" else read_number(first)
    end = read_number(last) if last else math.inf
    if start > end:
        raise ValueError(f"must be a range whose start is not over its end, got {text!r}")
    return Range(start, end, inside, text)
