"""From what a team answered to the text of a ``readiness.yaml``, explained line by line.

What the team did not answer stands there as a comment, ready to be filled in.
"""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeAlias

from director.loading.document import API_VERSION
from director.loading.manifest_document import (
    DeclaresDocument,
    EnvironmentDocument,
    MetadataDocument,
    SpecDocument,
)
from director.model.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from director.loading.document import Document

Plain: TypeAlias = "str | int | float | bool | Mapping[str, Plain] | list[Plain] | None"

_WIDTH = 96
_BARE = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)*")
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Words that some reader of YAML takes for something else than text."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a check wants to know of the team.

    Attributes:
        name: The key under ``declares``.
        title: The requirement as a short sentence that can be true or false.
        why: What goes wrong in production without it.
        asked_by: The check, and what it means under the profile; in a few words.
        may_not_apply: Whether "not applicable" with a reason counts.
        in_profile: Whether the profile asks it.
    """

    name: str
    title: str
    why: str
    asked_by: str
    may_not_apply: bool = True
    in_profile: bool = True

    @property
    def example(self) -> Any:  # noqa: ANN401  # any plain value
        """An answer of the right kind: ``True`` for what is a plain yes or no."""
        return _example(DeclaresDocument, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a manifest shall say; None and what is absent were not answered.

    Attributes:
        name: The service.
        profile: The profile, by its name.
        owner: The team that answers for it.
        tier: How critical it is.
        version: What is launched.
        declares: Answers by the name of their question.
        environments: The URL of each environment, if it has one, by its name.
        checks: Options of checks, by the id of the check.
        notes: What else is said where the options of checks stand, as comments.
    """

    name: str
    profile: str
    owner: str | None = None
    tier: int | None = None
    version: str | None = None
    declares: Mapping[str, Plain]
    environments: Mapping[str, str | None]
    checks: Mapping[str, Mapping[str, Plain]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def declarable() -> frozenset[str]:
    """Return every key that a manifest may have under ``declares``."""
    return frozenset(DeclaresDocument.model_fields)


def manifest_text(draft: Draft, questions: tuple[Question, ...], schema: str | None) -> str:
    """Return the text of a manifest.

    Args:
        draft: What it says.
        questions: What could be declared, in this order.
        schema: Where editors find the JSON Schema: a URL, or a path relative to the manifest;
            None if nowhere.
    """
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    lines += _comment(
        "What this service declares about its readiness for production. `director validate` checks"
        " this file, `director plan` shows what will be asked, `director evaluate` decides."
        " Keys behind a # wait to be filled in."
    )
    lines += [f"apiVersion: {API_VERSION}", "kind: Service", "metadata:"]
    for name in MetadataDocument.model_fields:
        lines += _entry(MetadataDocument, name, getattr(draft, name, None))
    lines.append("spec:")
    lines += _entry(SpecDocument, "profile", draft.profile)
    lines += _declares(draft, questions)
    lines += _environments(draft)
    for name in SpecDocument.model_fields:
        if name == "checks":
            lines += _checks(draft)
        elif name not in {"profile", "declares", "environments"}:
            lines += _entry(SpecDocument, name, None)
    return "\n".join(lines) + "\n"


def flow(value: Plain) -> str:
    """Return *value* in one line of YAML, whatever characters a text in it has.

    >>> print(flow({"value": True, "evidence": "a: b # c", "at": "2026-10-01"}))
    {value: true, evidence: "a: b # c", at: "2026-10-01"}
    """
    match value:
        case str() if _BARE.fullmatch(value) and value not in _NOT_TEXT:
            return value
        case str() | bool() | int() | float() | None:
            # Every JSON text is YAML, and nothing in its quotes means anything.
            return json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(flow(each) for each in value)}]"
        case _:
            return f"{{{', '.join(f'{flow(key)}: {flow(each)}' for key, each in value.items())}}}"


def _declares(draft: Draft, questions: tuple[Question, ...]) -> Iterator[str]:
    """Yield what the team claims; a key without anything under it would be a fault."""
    yield ""
    yield from _comment(_description(SpecDocument, "declares"), 2)
    yield from _comment("Instead of true: {value: true, evidence: URL, at: 2026-10-01}.", 2)
    yield from _comment("Where a question does not apply: {not_applicable: why}.", 2)
    yield "  declares:" if draft.declares else "  # declares:"
    for question in questions:
        told = f"{question.title} ({question.asked_by})."
        if question.in_profile or question.name in draft.declares:
            yield from _comment(told, 4)
            answer = draft.declares.get(question.name)
            if answer is None:
                yield f"    # {question.name}: {flow(question.example)}"
            else:
                yield f"    {question.name}: {flow(answer)}"


def _environments(draft: Draft) -> Iterator[str]:
    if not draft.environments:
        yield from _entry(SpecDocument, "environments", None)
        return
    yield ""
    yield from _comment(_description(SpecDocument, "environments"), 2)
    yield "  environments:"
    for name, url in draft.environments.items():
        if url is None:
            yield f"    {flow(name)}: {{}}"
        else:
            yield f"    {flow(name)}:"
            yield from _entry(EnvironmentDocument, "base_url", url, 6)
            yield from _entry(EnvironmentDocument, "schedule", None, 6)


def _checks(draft: Draft) -> Iterator[str]:
    """Yield the options of checks; what could not be found out stands there as a comment."""
    if draft.checks:
        yield ""
        yield from _comment(_description(SpecDocument, "checks"), 2)
        yield "  checks:"
        for check, options in draft.checks.items():
            yield f"    {flow(check)}: {flow(dict(options))}"
    else:
        yield from _entry(SpecDocument, "checks", None)
    for note in draft.notes:
        yield from _comment(note, 4 if draft.checks else 2)


def _entry(model: type[Document], name: str, value: Plain, indent: int = 2) -> list[str]:
    """Return the lines of one key: what it is for, and its value or an example of one."""
    mark = "# " if value is None else ""
    written = flow(_example(model, name) if value is None else value)
    gap = [""] if model is SpecDocument and name != "profile" else []
    told = _comment(_description(model, name), indent)
    return [*gap, *told, f"{' ' * indent}{mark}{name}: {written}"]


def _comment(text: str, indent: int = 0) -> list[str]:
    start = f"{' ' * indent}# "
    return textwrap.wrap(
        text, _WIDTH, initial_indent=start, subsequent_indent=start, break_on_hyphens=False
    )


def _description(model: type[Document], name: str) -> str:
    return model.model_fields[name].description or ""


def _example(model: type[Document], name: str) -> Any:  # noqa: ANN401  # any plain value
    return (model.model_fields[name].examples or [""])[0]
