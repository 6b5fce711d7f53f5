"""Write the pages of this folder from the code: ``make docs``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import UnionType
from typing import NewType, get_args

from pluggy import HookimplMarker

from director import plugin as door
from director.loading.catalog import discover
from director.loading.manifest_text import flow
from director.loading.settings import BUNDLED
from director.model.catalog import Offer

_WRITTEN = "This page is written from the code by `make docs`; a test holds it to the code."


_WITHOUT_CHECKS = frozenset({"director-slack"})
"""What brings sinks alone."""


def checks() -> str:
    """Return the page of every check that comes with the Director."""
    plugins = discover(frozenset(BUNDLED)).catalog.plugins
    ours = [
        plugin
        for plugin in plugins
        if plugin.distribution in BUNDLED and plugin.distribution not in _WITHOUT_CHECKS
    ]
    lines = ["# Reference: checks", "", _WRITTEN]
    lines += [
        "What stands between the lines of the live ones: [`docs/checks.md`](../checks.md).",
        "",
    ]
    for plugin in ours:
        lines += [f"## {plugin.name}", "", f"Distribution `{plugin.distribution}`.", ""]
        if not plugin.checks:
            more = f"[`docs/{plugin.name}.md`](../{plugin.name}.md)"
            lines += [f"It makes the checks that an operator defines: {more}.", ""]
        for offer in plugin.checks:
            lines += _check(offer)
    return "\n".join(lines).rstrip() + "\n"


def _check(offer: Offer) -> Iterator[str]:
    spec = offer.spec
    yield f"### {spec.id}"
    yield ""
    yield f"{spec.title}. {spec.why}"
    yield ""
    yield f"*Remedy* ({spec.effort.value} effort): {spec.remedy}"
    yield ""
    reads = ", ".join(f"`{place}`" for place in spec.reads) or "nothing of the manifest"
    yield (
        f"Category {spec.category}, role {spec.role.value}, deadline {spec.deadline_s:g} s; reads"
        f" {reads}."
    )
    yield ""
    if offer.options:
        yield "| Option | Type | Default | Stricter |"
        yield "|---|---|---|---|"
        for option in offer.options:
            stricter = option.tighter.value if option.tighter else "–"
            default = flow(option.default).replace("|", "\\|")
            yield f"| `{option.name}` | {option.kind.value} | `{default}` | {stricter} |"
        yield ""


def hooks() -> str:
    """Return the page of every hook that a plugin may implement, and of every name it may use."""
    lines = ["# Reference: hooks", "", _WRITTEN, ""]
    specs = [each for each in vars(door).values() if hasattr(each, "director_spec")]
    for hook in sorted(specs, key=lambda each: str(each.__name__)):
        lines += [f"## {hook.__name__}", "", "```python", "@hookimpl"]
        lines += [f"def {hook.__name__}{_signature(hook)}: ...", "```", ""]
        text = inspect.cleandoc(hook.__doc__ or "").replace("``", "`")
        lines += [re.sub(r"\.\. versionadded:: (.+)", r"Since version \1.", text), ""]
    lines += ["## Names of `director.plugin`", "", "| Name | What it is |", "|---|---|"]
    for name in door.__all__:
        lines.append(f"| `{name}` | {_first_line(getattr(door, name))} |")
    return "\n".join(lines).rstrip() + "\n"


def _signature(hook: object) -> str:
    return str(inspect.signature(hook)).replace("'", "")  # type: ignore[arg-type]  # a function


def _first_line(value: object) -> str:
    if inspect.isclass(value) or inspect.isfunction(value):
        text = (inspect.getdoc(value) or "").partition("\n")[0]
        return text.replace("``", "`").replace("|", "\\|")
    if isinstance(value, UnionType):
        return _one_of(each.__name__ for each in get_args(value))
    if isinstance(value, str) and " | " in value:  # a union of which a part is imported late
        return _one_of(value.split(" | "))
    if isinstance(value, HookimplMarker):
        return "Marks a function as what a plugin does for a hook."
    if isinstance(value, NewType):
        return f"A `{value.__supertype__.__name__}` with a meaning of its own."
    return f"`{value!r}`"


def _one_of(names: Iterable[str]) -> str:
    return "One of " + ", ".join(f"`{name}`" for name in names) + "."


PAGES = {"checks.md": checks, "hooks.md": hooks}
"""Each page of this folder, and what writes it."""

if __name__ == "__main__":
    for page, write in PAGES.items():
        (Path(__file__).parent / page).write_text(write(), encoding="utf-8")
