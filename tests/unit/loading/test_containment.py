"""loading.containment: code of a plugin can only hurt itself."""

from __future__ import annotations

import asyncio
import io
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import partial

import pytest

from director.errors import PluginError
from director.loading.containment import LONGEST_DETAIL, contained, one_line, summary


class UnprintableError(Exception):
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text for you")


@pytest.mark.parametrize(
    "problem",
    [
        ValueError("wrong"),
        SystemExit(0),
        KeyboardInterrupt(),
        GeneratorExit(),
        StopIteration(),
        asyncio.CancelledError(),
        BaseExceptionGroup("both", [SystemExit(1)]),
        UnprintableError(),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_whatever_a_plugin_raises_becomes_a_plugin_error(problem: BaseException) -> None:
    """No exception of a plugin leaves the place where its code is run."""
    with pytest.raises(PluginError) as caught, contained("import_failed"):
        raise problem

    assert caught.value.code == "import_failed"
    assert type(problem).__name__ in caught.value.detail


def test_a_told_breach_comes_through() -> None:
    """A PluginError raised inside keeps its own code."""
    with pytest.raises(PluginError, match="told") as caught, contained("bad_check"):
        raise PluginError("no_spec", "told")

    assert caught.value.code == "no_spec"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_real_signal_comes_through(number: signal.Signals) -> None:
    """What the handler of a real signal raises is not the plugin's, even if the plugin ate it."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt("stop")

    def swallow() -> None:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(number)

    def disguise() -> None:
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt:
            raise ImportError("eaten") from None

    before = signal.signal(number, stop)
    try:
        for plugin in (partial(signal.raise_signal, number), swallow, disguise):
            with pytest.raises(KeyboardInterrupt, match="stop"), contained("import_failed"):
                plugin()
        assert signal.getsignal(number) is stop
    finally:
        signal.signal(number, before)


def test_a_plugin_cannot_keep_a_signal() -> None:
    """A handler that a plugin sets is gone when its code has run."""
    before = signal.getsignal(signal.SIGTERM)

    with contained("import_failed"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    assert signal.getsignal(signal.SIGTERM) == before


def test_what_a_plugin_prints_is_dropped() -> None:
    """Neither stdout nor stderr shows what a plugin prints, as text or as bytes."""
    out, err = io.StringIO(), io.StringIO()

    with redirect_stdout(out), redirect_stderr(err):
        with contained("import_failed"):
            print("results?")  # noqa: T201  # as a plugin would
            print("a log line?", file=sys.stderr)  # noqa: T201  # as a plugin would
            sys.stdout.buffer.write(b"\xff bytes?")
            kept = sys.stdout
        print("later", file=kept)  # a plugin may keep the stream it saw
        print("ours")  # noqa: T201  # after the plugin all is as before

    assert out.getvalue() == "ours\n"
    assert err.getvalue() == ""


def test_a_detail_is_one_short_clean_line() -> None:
    """A detail has no line breaks, no control or bidi characters, and a bounded length."""
    detail = summary(ValueError("first\r\n\tsecond \x1b[31m\u202e" + "x" * 10_000_000))

    assert detail.startswith("ValueError: first second \ufffd[31m\ufffdxxx")
    assert detail.isprintable()
    assert len(detail) == LONGEST_DETAIL


@pytest.mark.parametrize(
    ("text", "expected"), [("abc", "abc"), ("abcd", "abcd"), ("abcde", "abc…")]
)
def test_one_line_cuts_after_the_longest(text: str, expected: str) -> None:
    """A text of exactly the longest length is whole; a longer one says that it was cut."""
    assert one_line(text, 4) == expected
