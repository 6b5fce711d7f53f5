"""What a Nagios plugin says: a line for people, more lines, and what it measured."""

from __future__ import annotations

from director.plugin import dataclass


@dataclass(frozen=True, slots=True)
class Output:
    """What a plugin said.

    Attributes:
        message: The first line without what was measured; empty if there is none.
        more: The other lines.
        perfdata: What was measured, as it was written.
    """

    message: str
    more: str
    perfdata: str


def read_output(text: str) -> Output:
    r"""Return the parts of *text*: ``message|perfdata``, then lines, then ``|`` and perfdata.

    >>> read_output("PING ok | rta=0.8ms\nmore | loss=0%")
    Output(message='PING ok', more='more', perfdata='rta=0.8ms\nloss=0%')
    """
    first, _, rest = text.partition("\n")
    message, _, measured = first.partition("|")
    more, _, measured_more = rest.partition("|")
    parts = filter(None, (measured.strip(), measured_more.strip()))
    return Output(message.strip(), more.strip(), "\n".join(parts))
