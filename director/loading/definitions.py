"""From the operator's files to definitions, and from a plugin's word on one to its place."""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from typing import TYPE_CHECKING

from director.errors import Fault, SettingsError
from director.loading.definitions_document import DefinitionsDocument
from director.loading.places import Mark, Places
from director.loading.shape import refusal, shaped
from director.loading.signers import unsafe
from director.loading.source import read_source
from director.loading.tree import grow
from director.loading.words import shown
from director.model.catalog import Disposition
from director.model.check import CheckSpec
from director.model.definition import Definition, Flaw, frozen
from director.model.text import named, nearest, printable
from director.model.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from director.loading.catalog import Installed
    from director.loading.definitions_document import DefinitionDocument
    from director.model.catalog import Catalog


@dataclass(frozen=True, slots=True)
class _Written:
    """Where one definition was written.

    Attributes:
        places: Where every value of its file stands.
        lines: The lines of the file.
    """

    places: Places = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Definitions:
    """What the operator defines.

    Attributes:
        values: The definitions, sorted by id.
    """

    values: tuple[Definition, ...] = ()
    _written: Mapping[str, _Written] = field(default_factory=dict, repr=False)

    def demand_taken(self, installed: Installed) -> None:
        """Raise unless every definition became a check.

        Raises:
            SettingsError: A plugin says what is wrong with one, or nobody took it; all of them,
                each where it was written.
        """
        faults = [self._placed(flaw) for flaw in installed.flaws if flaw.check in self._written]
        flawed = {flaw.check for flaw in installed.flaws}
        faults += [
            self._written[each.id].places.fault(
                ("checks", each.id), _not_taken(each.id, installed.catalog), at_key=True
            )
            for each in self.values
            if each.id not in installed.defined | flawed
        ]
        if faults:
            raise refusal(SettingsError, faults)

    def _placed(self, flaw: Flaw) -> Fault:
        written = self._written[flaw.check]
        pointer = ("checks", flaw.check, *flaw.way)
        fault = written.places.fault(pointer, printable(flaw.problem), at_key=flaw.at_key)
        spot = written.places.spots.get(pointer)
        if flaw.offset is None or spot is None or spot.branch:
            return fault
        mark = _within(written.lines, spot.value, flaw.offset)
        return Fault(fault.source, mark.line, mark.column, fault.problem)


def read_definitions(paths: Iterable[Path]) -> Definitions:
    """Return what the definitions files *paths* define, all together.

    Raises:
        SettingsError: One of them cannot be used, others could change it, or two definitions
            have one id; all their faults, each where it was written.
    """
    found: dict[str, Definition] = {}
    written: dict[str, _Written] = {}
    faults: list[Fault] = []
    for path in paths:
        source = read_source(path, SettingsError)
        tree = grow(source)
        faults += tree.faults
        if problem := unsafe(path):
            faults.append(Fault(named(path), 0, 0, problem))
        document = shaped(DefinitionsDocument, tree.value, tree.places, tree.broken)
        if isinstance(document, list):
            faults += document
            continue
        here = _Written(tree.places, tuple(source.text.splitlines()))
        for check, each in document.checks.items():
            pointer = ("checks", check)
            if check in found:
                first = written[check].places.fault(pointer, "", at_key=True)
                where = f"{first.source}:{first.line}"
                problem = f"must be defined once, got {shown(check)} in {where} as well"
                faults.append(tree.places.fault(pointer, problem, at_key=True))
                continue
            found[check], written[check] = _definition(check, each), here
    if faults:
        raise refusal(SettingsError, faults)
    return Definitions(tuple(found[check] for check in sorted(found)), written)


def _definition(check: str, document: DefinitionDocument) -> Definition:
    spec = CheckSpec(
        id=check,
        title=document.title,
        category=document.category,
        why=document.why,
        remedy=document.remedy,
        effort=document.effort,
        role=document.role,
        deadline_s=document.deadline_s,
    )
    whole = {"id": check, **document.model_dump(mode="json")}
    text = json.dumps(whole, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return Definition(spec, frozen(document.body), digest)


def _not_taken(check: str, catalog: Catalog) -> str:
    """Return why nobody made a check of the definition *check*."""
    owner = check.partition(".")[0]
    for plugin in catalog.plugins:
        if plugin.name == owner:
            if plugin.disposition is Disposition.LOADED:
                return f"must begin with a plugin that takes definitions, {owner!r} takes none"
            return printable(
                f"must begin with a plugin that is loaded, {owner!r} is {plugin.disposition}:"
                f" {plugin.detail}"
            )
    names = [plugin.name for plugin in catalog.plugins]
    near = nearest(owner, names)
    hint = f", did you mean {near!r}?" if near else f"; installed are {', '.join(names) or 'none'}"
    return printable(f"must begin with a plugin that is installed, got {shown(owner)}{hint}")


def _within(lines: tuple[str, ...], mark: Mark, offset: int) -> Mark:
    """Return where the character *offset* of the text at *mark* was written.

    That is the beginning of the text where its form in YAML hides the place: folded, escaped,
    or over several lines in quotes.
    """
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    start = line[mark.column - 1 : mark.column]
    if start == "|":
        return _within_block(lines, mark, offset)
    quoted = start in ("'", '"')
    column = mark.column + quoted + offset
    before = line[mark.column - 1 + quoted : column - 1]
    hidden = any(sign in before for sign in ("''", "\\")) if quoted else False
    return mark if hidden or column - 1 > len(line) else Mark(mark.line, column)


def _within_block(lines: tuple[str, ...], mark: Mark, offset: int) -> Mark:
    """Return where a character of a block that keeps its lines was written."""
    for number, line in _block(lines, mark):
        if offset <= len(line.text):
            return Mark(number, line.indent + offset + 1)
        offset -= len(line.text) + 1
    return mark


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a block, without its indentation."""

    indent: int
    text: str


def _block(lines: tuple[str, ...], mark: Mark) -> Iterator[tuple[int, _Line]]:
    """Yield the number of each line from the one after *mark*, and the line."""
    rest = lines[mark.line :]
    first = next((line for line in rest if line.strip()), "")
    indent = len(first) - len(first.lstrip(" "))
    for number, line in enumerate(rest, mark.line + 1):
        yield number, _Line(indent, line[indent:])
