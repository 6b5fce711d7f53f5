"""director.probing.inquiry: what can be asked, and how it is shown."""

from __future__ import annotations

import pytest

from director.model.answers import RecordType, StartTls
from director.probing.inquiry import Inquiry, Knock, Page, Records, Shake
from director.probing.url import parse


@pytest.mark.parametrize(
    ("inquiry", "shown"),
    [
        (Page(parse("http://pay.test/?token=hunter2")), "http://pay.test/?token=REDACTED"),
        (Knock("pay.test", 25), "tcp://pay.test:25"),
        (Knock("2001:db8::1", 25), "tcp://[2001:db8::1]:25"),
        (Shake("pay.test", 443), "tls://pay.test:443"),
        (Shake("pay.test", 25, StartTls.SMTP), "smtp+tls://pay.test:25"),
        (Records("pay.test", RecordType.MX), "dns:pay.test?type=MX"),
        (Records("pay.test", RecordType.A, "192.0.2.53"), "dns://192.0.2.53/pay.test?type=A"),
    ],
)
def test_every_question_is_shown(inquiry: Inquiry, shown: str) -> None:
    """A question is shown as one line that says what was asked, and of whom."""
    assert inquiry.place.shown == shown


@pytest.mark.parametrize("odd", ["a\x1b[31mb", "a\nb", "a\u202eb", "a\x00b", "a" * 5000])
@pytest.mark.parametrize("field", ["name", "resolver"])
def test_what_a_check_wrote_can_be_printed(field: str, odd: str) -> None:
    """Names are shown before anybody has looked at them: nothing in them steers a terminal."""
    written = {"name": "pay.test", "resolver": "", field: odd}

    shown = Records(written["name"], RecordType.A, written["resolver"]).place.shown

    assert shown.isprintable()
    assert len(shown) < 2_100
