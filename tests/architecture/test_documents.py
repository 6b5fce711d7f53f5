"""What the documents say of the code is so."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from director.cli.commands import director as main
from director.formats import sarif
from director.loading.settings import Settings
from director.model.refusal import RefusalCode

_CODE = re.compile(r"^ *```\w*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r" *(?:\$ )?director (?=[a-z-])(.*)")
_BLOCK = re.compile(r"^( *)```python\n(.*?)^\1```", re.DOTALL | re.MULTILINE)


def blocks(text: str) -> list[str]:
    """Return every block of Python in a document, without what it is indented by."""
    return [
        "".join(line.removeprefix(indent) for line in block.splitlines(keepends=True))
        for indent, block in _BLOCK.findall(text)
    ]


def test_blocks_are_found() -> None:
    """A block is taken with its own indentation and without that of the list it stands in."""
    assert blocks("1. a\n\n   ```python\n   def f():\n       x\n   ```\n") == ["def f():\n    x\n"]


def test_the_example_of_a_check_is_one(root: Path) -> None:
    """The check that CONTRIBUTING.md shows stands in a plugin of ours, to the letter."""
    text = (root / "CONTRIBUTING.md").read_text("utf-8")
    shelf = "\n".join(
        path.read_text("utf-8")
        for path in sorted((root / "plugins").rglob("*.py"))
        if "build" not in path.relative_to(root).parts
    )

    examples = blocks(text)

    assert len(examples) == 1
    assert all(example in shelf for example in examples)
    assert "YesOrNo" in examples[0]


def test_files_that_are_named_exist(root: Path) -> None:
    """A path that CONTRIBUTING.md sends somebody to is there."""
    text = (root / "CONTRIBUTING.md").read_text("utf-8")

    named = re.findall(r"`((?:plugins|director|tests)/[\w/]+\.py)`", text)

    assert "plugins/declared/director_declared/__init__.py" in named
    assert [path for path in named if not (root / path).is_file()] == []


def test_what_an_upload_to_code_scanning_needs_is_said(root: Path) -> None:
    """Who uploads SARIF reads which permission that takes, and which warning means nothing."""
    text = (root / "docs" / "pipelines.md").read_text("utf-8")

    assert "`security-events: write`" in text
    assert "found existing inconsistent fingerprint value" in text
    assert "primaryLocationLineHash" in Path(sarif.__file__).read_text("utf-8")


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of every command of ours that a document shows.

    At a prompt or without one, in a sentence or alone on a line; what is a placeholder, such as
    ``[B]``, counts as a word. What a console answers begins with no command.
    """
    joined = text.replace("\\\n", " ")
    lines = [line for block in _CODE.findall(joined) for line in block.split("\n")]
    for line in [*lines, *_INLINE.findall(_CODE.sub("", joined))]:
        found = _COMMAND.match(line)
        if found:
            words = shlex.split(found[1].replace("[", " ").replace("]", " "), comments=True)
            ends = [words.index(sign) for sign in ("|", ">", "&&") if sign in words]
            yield words[: min(ends, default=len(words))]


def parse(words: list[str]) -> None:
    """Read *words* as the command does, and do nothing.

    Raises:
        click.UsageError: There is no such command, or it has no such option.
    """
    command: click.Command = main
    context = click.Context(main, info_name="director")
    rest = words
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(context, rest[0])
        if found is None:
            raise click.UsageError(f"no such command: {rest[0]}")
        command, rest = found, rest[1:]
        context = click.Context(command, info_name=command.name, parent=context)
    command.make_parser(context).parse_args(list(rest))


def test_a_command_that_is_none_is_noticed() -> None:
    """A renamed option or command would be seen; what is right is not."""
    parse(["override", "request", "pay", "--reason", "x", "--ticket", "T"])
    for wrong in (["override", "requests"], ["audit", "verify", "--keys", "x"], ["audits"]):
        with pytest.raises(click.UsageError):
            parse(wrong)


def test_commands_are_found_wherever_they_stand() -> None:
    """A command is seen at a prompt, in a block without one, and in a sentence."""
    text = """Ask `director plan`, or `director diff A [B]`.

```console
$ director audit key > director.pub    # once
director.pub: said by nobody
```

```
director history pay | jq .
```
"""

    found = list(commands(text))

    assert found == [["audit", "key"], ["history", "pay"], ["plan"], ["diff", "A", "B"]]


def test_variables_that_are_named_exist(root: Path) -> None:
    """A setting that the documents name as a variable is one, ours or of a plugin."""
    named = {
        name
        for path in [root / "README.md", *(root / "docs").glob("*.md")]
        for name in re.findall(r"`DIRECTOR_([A-Z_]+)`", path.read_text("utf-8"))
    }

    assert named >= {"SIGNERS", "AUDIT_KEY", "AUDIT_ANCHOR", "STORE"}
    levels = {"GO", "CONDITIONAL_GO"}
    secret = {"TOKEN"}  # It has no flag: arguments are read by everybody on a machine.
    settings = {field.name.upper() for field in fields(Settings)}
    plugins = {
        name
        for path in (root / "plugins").glob("*/director_*/*.py")
        for name in re.findall(r'"DIRECTOR_([A-Z_]+)"', path.read_text("utf-8"))
    }
    assert named - levels - secret - settings - plugins == set()


def test_commands_that_are_shown_exist(root: Path) -> None:
    """Each command in the documents exists, with its options."""
    shown = [
        (path.name, words)
        for path in [
            root / "README.md",
            root / "CONTRIBUTING.md",
            *sorted((root / "docs").glob("*.md")),
        ]
        for words in commands(path.read_text("utf-8"))
    ]

    assert {name for name, _ in shown} >= {
        "README.md",
        "attestation.md",
        "audit.md",
        "decision.md",
        "history.md",
        "overrides.md",
        "waivers.md",
    }
    for name, words in shown:
        try:
            parse(words)
        except click.UsageError as error:
            pytest.fail(f"{name}: director {' '.join(words)}: {error.format_message()}")


def test_every_refusal_is_explained(root: Path) -> None:
    """Whoever gets a code finds it in the documents."""
    docs = [(root / "docs" / f"{name}.md").read_text("utf-8") for name in ("overrides", "waivers")]
    source = "".join(path.read_text("utf-8") for path in (root / "director").rglob("*.py"))
    proofs = set(re.findall(r'NotProven\(\s*"(\w+)"', source))

    assert {"bad_signature", "revoked_key"} <= proofs
    codes = proofs | {code.value for code in RefusalCode} | {"no_signers"}
    assert sorted(code for code in codes if f"`{code}`" not in "".join(docs)) == []
