"""From YAML text to plain values with positions, in one pass with limits.

The events are read one by one on a stack of our own: the limits hold before anything is
constructed, and a hostile nest of brackets costs nothing (PyYAML's own constructor recurses).
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from director.errors import Fault
from director.loading.characters import forbidden, screened, unwanted
from director.loading.places import Mark, Places, Pointer, Spot, after
from director.loading.scalars import Plain, resolve
from director.loading.syntax import Open, explained
from director.loading.words import shorter, shown
from director.model.value import dataclass

if TYPE_CHECKING:
    from director.loading.source import Source

Value: TypeAlias = Plain | list[Any] | dict[str, Any]

DEEPEST = 32
MOST_NODES = 20_000


@dataclass(frozen=True, slots=True)
class Tree:
    """One document as plain values.

    Attributes:
        value: What was written: mappings, lists, text, numbers, booleans and None.
        places: Where each value stands.
        faults: Everything that is wrong with the document as YAML.
        broken: Values that a fault already covers; they are None in *value*.
        complete: Whether the whole document was read; if not, what is missing means nothing.
    """

    value: Value
    places: Places
    faults: tuple[Fault, ...]
    broken: frozenset[Pointer]
    complete: bool


def has_libyaml() -> bool:
    """Return whether PyYAML brings its C parser."""
    return hasattr(yaml, "CSafeLoader")


def grow(source: Source) -> Tree:
    """Return the one document in *source*, with all faults that it has as YAML.

    Refused are duplicate keys, keys that are not text, anchors, aliases, tags, merge keys,
    numbers that are not finite, whole numbers over 2**53, control and bidirectional
    characters, a second document, a depth over 32 and more than 20,000 values.
    """
    text, strangers = screened(source.text)
    scan = _Scan(source.name, text)
    for mark, problem in strangers:
        scan.wrong(mark, problem)
    complete = scan.run()
    scan.spots.setdefault((), Spot(source.name, Mark(1, 1)))
    places = Places(source.name, scan.spots)
    return Tree(scan.root, places, tuple(scan.faults), frozenset(scan.broken), complete)


class _Ended(Exception):  # noqa: N818  # no error: the scan has seen enough
    """The rest of the document is not read."""


@dataclass(slots=True)
class _Frame:
    """A mapping or a list that is still open.

    Attributes:
        value: What was read of it so far.
        mark: Where it begins.
        pointer: The way to it; None for one that has no place in the tree.
        in_key: Whether it stands where a key should.
        keys: Where each key of a mapping stands.
        key: The key that waits for its value, None if a wrong one does.
        waiting: Whether a key waits for its value.
        key_mark: Where that key stands.
    """

    value: list[Any] | dict[str, Any]
    mark: Mark
    pointer: Pointer | None
    in_key: bool
    keys: dict[str, Mark] = field(default_factory=dict)
    key: str | None = None
    waiting: bool = False
    key_mark: Mark | None = None

    @property
    def wants_key(self) -> bool:
        return isinstance(self.value, dict) and not self.waiting

    @property
    def open(self) -> Open:
        return Open(self.mark, "]" if isinstance(self.value, list) else "}")

    def take(self, key: str | None, mark: Mark | None) -> None:
        self.key, self.key_mark, self.waiting = key, mark, True


class _Scan:
    """The state of one pass over the events."""

    def __init__(self, name: str, text: str) -> None:
        self.root: Value = None
        self.spots: dict[Pointer, Spot] = {}
        self.faults: list[Fault] = []
        self.broken: set[Pointer] = set()
        self._name = name
        self._stack: list[_Frame] = []
        self._nodes = 0
        self._documents = 0
        # The parser counts a line more where the last one has no end.
        self._end = after(text)
        self._text = text

    def run(self) -> bool:
        """Read all events; return whether the document was read to its end."""
        try:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            for event in yaml.parse(self._text, Loader=loader):
                self._take(event)
        except _Ended:
            return False
        except yaml.YAMLError as error:
            mark, problem = explained(error, self._text, self._inmost)
            self.wrong(min(mark, self._end), problem)
            return False
        return True

    @property
    def _inmost(self) -> Open | None:
        """What was opened last and is open still."""
        return self._stack[-1].open if self._stack else None

    def wrong(self, mark: Mark, problem: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(self._name, mark.line, mark.column, problem))

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.MappingStartEvent():
                self._open(event, {})
            case yaml.SequenceStartEvent():
                self._open(event, [])
            case yaml.CollectionEndEvent():
                self._close()
            case yaml.AliasEvent():
                mark = self._arrive(event)
                self.wrong(mark, f"must be written out, got the alias {shown(f'*{event.anchor}')}")
                self._place(None, mark, broken=True)
            case yaml.DocumentStartEvent():
                self._begin(event)
            case _:
                pass  # Where the stream and the document end says nothing.

    def _begin(self, event: yaml.DocumentStartEvent) -> None:
        mark = self._at(event)
        self._documents += 1
        if self._documents > 1:
            self.wrong(mark, "must be one document, got a second one")
            raise _Ended
        # What says that it is YAML 1.1 expects "yes" to be true.
        if event.version not in (None, (1, 2)):
            written = ".".join(map(str, event.version))
            self.wrong(mark, f"must be YAML 1.2, got the directive '%YAML {written}'")
        if event.tags:
            self.wrong(mark, "must be without tags, got the directive '%TAG'")

    def _at(self, event: yaml.Event) -> Mark:
        at = event.start_mark
        return min(Mark(at.line + 1, at.column + 1), self._end) if at is not None else Mark(1, 1)

    def _arrive(self, event: yaml.Event) -> Mark:
        """Count one value or key, and return where it stands."""
        mark = self._at(event)
        self._nodes += 1
        if self._nodes > MOST_NODES:
            self.wrong(mark, f"must be at most {MOST_NODES:,} values and keys, got more")
            raise _Ended
        return mark

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        mark = self._arrive(event)
        broken = self._adorned(event, mark)
        value: Plain = event.value
        if (character := forbidden(event.value)) is not None:
            # Raw ones are gone from the text already; this one was written as an escape.
            self.wrong(mark, unwanted(character))
            broken = True
        elif event.implicit[0] and not broken:
            try:
                value = resolve(event.value)
            except ValueError as error:
                self.wrong(mark, str(error))
                broken = True
        if self._stack and self._stack[-1].wants_key:
            self._stack[-1].take(None if broken else self._named(event, value, mark), mark)
        else:
            self._place(None if broken else value, mark, broken=broken)

    def _adorned(self, event: yaml.NodeEvent, mark: Mark) -> bool:
        """Refuse an anchor and a tag; return whether there was one."""
        tag = getattr(event, "tag", None)
        if event.anchor is not None:
            self.wrong(mark, f"must be without an anchor, got {shown(f'&{event.anchor}')}")
        if tag is not None:
            written = tag.replace("tag:yaml.org,2002:", "!!")
            self.wrong(mark, f"must be without a tag, got {shown(written)}")
        return event.anchor is not None or tag is not None

    def _named(self, event: yaml.ScalarEvent, value: Plain, mark: Mark) -> str | None:
        """Return the key that a scalar spells, or None if it cannot be one."""
        keys = self._stack[-1].keys
        if not isinstance(value, str):
            written = event.value or "nothing"
            self.wrong(mark, f"must be a key of text, got {shorter(written)}: put it in quotes")
        elif value == "<<" and event.implicit[0]:
            self.wrong(mark, "must be a key, got the merge key '<<': write the keys out")
        elif value in keys:
            lines = f"on line {keys[value].line} and on line {mark.line}"
            self.wrong(mark, f"must be written once, got the key {shown(value)} twice: {lines}")
        else:
            keys[value] = mark
            return value
        return None

    def _open(self, event: yaml.NodeEvent, value: list[Any] | dict[str, Any]) -> None:
        mark = self._arrive(event)
        if len(self._stack) >= DEEPEST:
            self.wrong(mark, f"must be at most {DEEPEST} levels deep, got more")
            raise _Ended
        broken = self._adorned(event, mark)
        in_key = bool(self._stack) and self._stack[-1].wants_key
        if in_key:
            self.wrong(mark, f"must be a key of text, got {shown(value)}")
            pointer = None
        else:
            pointer = self._place(value, mark, broken=broken)
        self._stack.append(_Frame(value, mark, pointer, in_key))

    def _close(self) -> None:
        if self._stack.pop().in_key:
            self._stack[-1].take(None, None)

    def _place(self, value: Value, mark: Mark, *, broken: bool) -> Pointer | None:
        """Put *value* where it belongs; return the way to it, or None if there is none."""
        key_mark: Mark | None = None
        pointer: Pointer | None = ()
        if not self._stack:
            self.root = value
        else:
            frame = self._stack[-1]
            if isinstance(frame.value, list):
                pointer = _under(frame.pointer, len(frame.value))
                frame.value.append(value)
            else:
                pointer, key_mark = _under(frame.pointer, frame.key), frame.key_mark
                frame.waiting = False
                if frame.key is not None:
                    frame.value[frame.key] = value
        if pointer is not None:
            self.spots[pointer] = Spot(self._name, mark, key_mark, isinstance(value, dict | list))
            if broken:
                self.broken.add(pointer)
        return pointer


def _under(pointer: Pointer | None, step: str | int | None) -> Pointer | None:
    return None if pointer is None or step is None else (*pointer, step)
