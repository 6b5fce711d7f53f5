"""Small faults for mutation testing: every module as it would read with one thing wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

Members = Mapping[str, tuple[str, ...]]
"""The members of each enum, by its name."""


@dataclass(frozen=True)
class Mutant:
    """A module with one fault.

    Attributes:
        module: Which module, dotted.
        where: The function or class the fault is in, dotted; empty at the top of the module.
        function: The function in whose body alone the fault is, dotted; empty if in none.
        was: The lines that changed, in the plain form that ``ast.unparse`` gives.
        becomes: What they changed to.
        source: The whole module with the fault.
    """

    module: str
    where: str
    function: str
    was: str
    becomes: str
    source: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from every other, as long as nobody changes the lines it is about."""
        return f"{self.module}.{self.where}".rstrip("."), *_cut(self.was, self.becomes)


def members(source: str) -> dict[str, tuple[str, ...]]:
    """Return the members of each enum that *source* declares."""
    return {
        node.name: tuple(
            line.targets[0].id
            for line in node.body
            if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
        )
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(b) for b in node.bases)
    }


def mutants(module: str, source: str, enums: Members) -> Iterator[Mutant]:
    """Yield every mutant of *source*; each differs from it in one place."""
    tree = ast.parse(source)
    statements = [ast.unparse(statement) for statement in tree.body]
    seen = set()
    for place in list(_places(tree)):
        plain = statements[place.statement]
        for fault in _faults(place.node, enums):
            place.put(fault)
            text = ast.unparse(tree.body[place.statement])
            place.put(place.node)
            if text != plain and (place.statement, text) not in seen:
                seen.add((place.statement, text))
                was, becomes = _changed(plain.splitlines(), text.splitlines())
                others = statements[: place.statement], statements[place.statement + 1 :]
                yield Mutant(
                    module=module,
                    where=place.where,
                    function=place.function,
                    was=was,
                    becomes=becomes,
                    source="\n".join([*others[0], text, *others[1]]),
                )


@dataclass(frozen=True)
class Place:
    """Where something may be wrong.

    Attributes:
        node: What stands there.
        where: The function or class it is in, dotted.
        function: The outermost function in whose body it is, dotted; empty if in none.
        statement: Which statement of the module it is in.
        parent: What it is a part of.
        name: Which part.
        number: Which of them, where there are several.
    """

    node: ast.AST
    where: str
    function: str
    statement: int
    parent: ast.AST
    name: str
    number: int | None

    def put(self, node: ast.AST) -> None:
        """Let *node* stand there instead."""
        if self.number is None:
            setattr(self.parent, self.name, node)
        else:
            getattr(self.parent, self.name)[self.number] = ast.copy_location(node, self.node)


def _places(tree: ast.Module) -> Iterator[Place]:
    """Yield every place in *tree* that may be wrong, in the order of the text.

    Annotations, decorators, docstrings, the wording of exceptions and what is for type checkers
    only say nothing about what the code decides.
    """
    for number, statement in enumerate(tree.body):
        yield from _below(Place(tree, "", "", number, tree, "body", number), only=statement)


def _below(place: Place, only: ast.AST | None = None) -> Iterator[Place]:
    for name, value in ast.iter_fields(place.node):
        if name in _SILENT_PARTS.get(type(place.node), ()):
            continue
        several = isinstance(value, list)
        for number, node in enumerate(value if several else [value]):
            if not isinstance(node, ast.AST) or _is_silent(node) or only not in (None, node):
                continue
            where = place.where
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                where = f"{where}.{node.name}".lstrip(".")
            function = place.function
            if isinstance(place.node, ast.FunctionDef) and name == "body":
                function = function or place.where
            at = number if several else None
            inner = Place(node, where, function, place.statement, place.node, name, at)
            yield inner
            yield from _below(inner)


_SILENT_PARTS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.AnnAssign: ("annotation",),
    ast.arg: ("annotation",),
    ast.FunctionDef: ("decorator_list", "returns"),
    ast.ClassDef: ("decorator_list", "bases", "keywords"),
    ast.Raise: ("exc", "cause"),
}


def _is_silent(node: ast.AST) -> bool:
    """Return whether nothing in *node* can be wrong in a way that matters to a decision."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.AnnAssign(value=ast.Call(func=ast.Name(id="field"))):
            return True
        case ast.Assign(value=ast.Subscript(value=ast.Name(id="tuple" | "dict"))):
            return True  # It names a type.
        case ast.AnnAssign(value=None) | ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case _:
            return False


def _faults(node: ast.AST, enums: Members) -> Iterator[ast.AST]:
    """Yield everything that *node* could be instead."""
    yield from _of_operator(node)
    yield from _of_value(node, enums)
    yield from _of_statement(node)


_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}

_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}


def _of_operator(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for number, operator in enumerate(node.ops):
                ops = list(node.ops)
                ops[number] = _COMPARISONS[type(operator)]()
                yield ast.Compare(node.left, ops, node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
            yield from _without_one(node)
        case ast.BinOp(op=ast.BitOr()):
            yield node.left
            yield node.right
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
        case ast.AugAssign() if type(node.op) in _ARITHMETIC:
            yield ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value)
            yield ast.Assign([node.target], node.value)
        case ast.UnaryOp():
            yield node.operand
        case ast.MatchOr():
            yield from node.patterns
        case _:
            pass


def _without_one(node: ast.BoolOp) -> Iterator[ast.expr]:
    for number in range(len(node.values)):
        others = node.values[:number] + node.values[number + 1 :]
        yield others[0] if len(others) == 1 else ast.BoolOp(node.op, others)


_TWINS = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}


def _of_value(node: ast.AST, enums: Members) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float() as number):
            yield ast.Constant(number + 1)
        case ast.Constant(value=str() as text):
            yield ast.Constant("" if text else "something")
        case ast.Attribute(value=ast.Name(id=enum)) if node.attr in enums.get(enum, ()):
            others = enums[enum]
            following = others[(others.index(node.attr) + 1) % len(others)]
            yield ast.Attribute(node.value, following, ast.Load())
        case ast.Call(func=ast.Name(id=name)) if name in _TWINS:
            keywords = node.keywords if name != "sorted" else []
            yield ast.Call(ast.Name(_TWINS[name], ast.Load()), node.args, keywords)
        case _:
            pass
    match node:
        case ast.Call():
            yield from _with_nothing(node)
        case ast.comprehension():
            for number in range(len(node.ifs)):
                ifs = node.ifs[:number] + node.ifs[number + 1 :]
                yield ast.comprehension(node.target, node.iter, ifs, node.is_async)
        case ast.IfExp():
            yield ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case _:
            pass


def _with_nothing(node: ast.Call) -> Iterator[ast.Call]:
    """Yield the call with each argument None."""
    nothing = ast.Constant(None)
    for number, argument in enumerate(node.args):
        if not _is_nothing(argument) and not isinstance(argument, ast.Starred):
            args = [*node.args[:number], nothing, *node.args[number + 1 :]]
            yield ast.Call(node.func, args, node.keywords)
    for number, keyword in enumerate(node.keywords):
        if keyword.arg and not _is_nothing(keyword.value):
            without = ast.keyword(keyword.arg, nothing)
            keywords = [*node.keywords[:number], without, *node.keywords[number + 1 :]]
            yield ast.Call(node.func, node.args, keywords)


def _is_nothing(node: ast.AST | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _is_false(node: ast.AST | None) -> bool:
    """Return whether None would do as well."""
    return node is None or (isinstance(node, ast.Constant) and not node.value)


def _of_statement(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.If() | ast.While():
            opposite = ast.UnaryOp(ast.Not(), node.test)
            yield type(node)(opposite, node.body, node.orelse)
        case ast.Return() if not _is_false(node.value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.Raise() | ast.AugAssign():
            yield ast.Pass()
        case ast.Assign() if not _is_nothing(node.value):
            yield ast.Assign(node.targets, ast.Constant(None))
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case ast.Match() if len(node.cases) > 1:
            for number in range(len(node.cases)):
                yield ast.Match(node.subject, node.cases[:number] + node.cases[number + 1 :])
        case _:
            pass


def _changed(before: list[str], after: list[str]) -> tuple[str, str]:
    """Return the lines that differ, each side in one line."""
    while before and after and before[0] == after[0]:
        before, after = before[1:], after[1:]
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return _joined(before), _joined(after)


def _joined(lines: list[str]) -> str:
    return "; ".join(line.strip() for line in lines if line.strip()) or "nothing"


_CONTEXT = 60


def _cut(was: str, becomes: str) -> tuple[str, str]:
    """Return both lines without what they share far from the fault."""
    start = _shared(was, becomes)
    end = _shared(was[start:][::-1], becomes[start:][::-1])
    first = max(start - _CONTEXT, 0)
    last = max(end - _CONTEXT, 0)
    return _shown(was, first, last), _shown(becomes, first, last)


def _shared(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _shown(line: str, first: int, last: int) -> str:
    return ("…" if first else "") + line[first : len(line) - last] + ("…" if last else "")
