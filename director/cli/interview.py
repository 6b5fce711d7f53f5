"""Questions on a terminal, asked again until a manifest takes the answer."""

from __future__ import annotations

import re
import sys
import textwrap
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from director.errors import Fault, InputError, SettingsError
from director.loading.answers import one_line, read_answer, read_environment, read_metadata
from director.loading.manifest_text import flow
from director.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from director.cli.keyboard import Keyboard
    from director.loading.manifest_text import Plain, Question

T = TypeVar("T")

_WIDTH = 90
_BARE_EXEMPTION = re.compile(r"n/?a:?|not applicable:?", re.IGNORECASE)


def can_ask() -> bool:
    """Whether somebody is there who sees a question and can answer it."""
    try:
        return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    except ValueError:
        return False  # One of them is closed.


class Interview:
    """Asks one person.

    Args:
        keyboard: What the person types on; questions go to stdout.
    """

    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard

    def metadata(self, name: str, label: str, default: str = "", *, needed: bool = False) -> Plain:
        """Ask for what stands under *name* in ``metadata``; None if it may be and is left out."""

        def read(text: str) -> Plain:
            return read_metadata(name, text, label) if text or needed else None

        return self._asked(label, read, default)

    def profile(self, default: str, known: Iterable[str], take: Callable[[str], T]) -> T:
        """Ask which profile shall judge, and return what *take* makes of it."""
        click.echo(f"Profiles: {', '.join(known)}; director profiles tells what they are.")
        return self._asked("profile", lambda text: take(one_line(text, "profile")), default)

    def declarations(self, questions: tuple[Question, ...]) -> dict[str, Plain]:
        """Ask every question of a profile; what is not known stays out."""
        answers: dict[str, Plain] = {}
        if questions:
            click.echo(
                "\nAnswer yes, no, or n/a if it does not apply; nothing at all if you do not know."
                "\nWith evidence: {value: true, evidence: https://..., at: 2026-10-01}"
            )
        for number, question in enumerate(questions, 1):
            head = f"{number}/{len(questions)}  "
            margin = " " * len(head)
            click.echo(f"\n{head}{question.title}  ({question.asked_by})")
            click.echo(textwrap.indent(textwrap.fill(f"Why: {question.why}", _WIDTH), margin))
            answer = self._asked(_label(question), partial(self._declared, question))
            if answer is not None:
                answers[question.name] = answer
        return answers

    def environments(self) -> dict[str, str | None]:
        """Ask where the service runs, until there is nothing more."""
        click.echo("\nWhere does it run? For example production; nothing ends the list.")
        environments: dict[str, str | None] = {}

        def read(text: str) -> tuple[str, str | None]:
            return read_environment(text, "environment") if text else ("", None)

        while (found := self._asked("environment", read))[0]:
            name, url = found
            if url is None:
                url = self._asked(f"base_url of {name} (nothing if it has none)", _url)
            environments[name] = url
        return environments

    def _declared(self, question: Question, text: str) -> Plain:
        """Return what *text* declares; an exemption without its reason is asked for it."""
        if _BARE_EXEMPTION.fullmatch(text):
            # Only where it can count is it worth a reason.
            may = question.may_not_apply
            text = f"n/a: {self._asked('why does it not apply', _said) if may else 'refused'}"
        value = read_answer(question.name, text, question.name)
        if isinstance(value, dict) and "not_applicable" in value and not question.may_not_apply:
            raise _refusal("the profile takes no 'not applicable' here")
        return value

    def _asked(self, label: str, read: Callable[[str], T], default: str = "") -> T:
        """Ask for *label* until *read* takes the answer, and return what it makes of it."""
        shown = f"{label} [{default}]: " if default else f"{label}: "
        while True:
            click.echo(shown, nl=False)
            try:
                return read(self._keyboard.line().strip() or default)
            except InputError as error:
                problems = "; ".join(fault.problem for fault in error.faults)
                click.echo(f"Error: {printable(problems)}")


def _label(question: Question) -> str:
    exempt = "/n/a" if question.may_not_apply else ""
    if question.example is True:
        return f"{question.name} (yes/no{exempt})"
    return f"{question.name} (no{exempt}, or such as {flow(question.example)})"


def _url(text: str) -> str | None:
    return read_environment(f"any={text}", "base_url")[1] if text else None


def _said(text: str) -> str:
    if not text:
        raise _refusal("must be a reason, got nothing")
    return text


def _refusal(problem: str) -> SettingsError:
    return SettingsError(Fault("the answer", 0, 0, problem))
