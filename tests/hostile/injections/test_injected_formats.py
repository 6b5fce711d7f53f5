"""A report on whatever others write has the shape of one on a harmless text, in every format."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import pytest

from director.formats.format import FORMATS
from director.formats.gitlab import GitlabFormat
from director.formats.place import Repository

if TYPE_CHECKING:
    from tests.hostile.injections.conftest import About, Payloads
    from tests.hostile.injections.readers import Readers
    from tests.hostile.injections.reported import Desk

Checks: TypeAlias = tuple[tuple[str, str], ...]

Shapes: TypeAlias = Callable[[str, str, Checks], list[Hashable]]

SINGULAR = {"text", "markdown", "nagios"}
"""Formats that say more of one target than of many, whatever its sort."""


@pytest.fixture(scope="module")
def shapes(desk: Desk, readers: Readers) -> Shapes:
    """Return the shape of each report on a text, in one format and on those checks."""

    def read(name: str, text: str, checks: Checks) -> list[Hashable]:
        reports = desk.reports(text, checks, singly=name in SINGULAR)
        return [readers.read(name, desk.written(name, each)) for each in reports]

    return read


@pytest.fixture(scope="module")
def harmless(desk: Desk, shapes: Shapes) -> Callable[[str, Checks], list[Hashable]]:
    """Return the shapes of the reports on a harmless text."""
    return cache(lambda name, checks: shapes(name, desk.harmless, checks))


def test_there_are_payloads_for_every_reader(payloads: Payloads, readers: Readers) -> None:
    """There are at least 40 payloads, all different, and a reader for every format."""
    texts = [text for each in payloads.values() for text in each.values()]

    assert len(set(texts)) == len(texts) >= 40
    assert max(map(len, texts)) == 100_000
    assert set(readers.names) == set(FORMATS)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "html"])
def test_no_payload_leaves_its_place(
    payloads: Payloads,
    about: About,
    desk: Desk,
    shapes: Shapes,
    harmless: Callable[[str, Checks], list[Hashable]],
    name: str,
    kind: str,
) -> None:
    """A report with a payload in every text has the shape of one with a harmless text."""
    # Where texts are long, one check is enough.
    checks = desk.gap if kind == "long" else desk.every

    for payload, text in payloads[kind].items():
        with about(payload):
            found = shapes(name, text, checks)
            for shape, expected in zip(found, harmless(name, checks), strict=True):
                assert shape in (expected, "cut")
            assert kind == "long" or "cut" not in found


def test_no_path_leads_out_of_a_folder_that_is_gone(
    payloads: Payloads, about: About, desk: Desk, readers: Readers
) -> None:
    """A path stays below the repository even where nobody knows where that is."""
    for payload, text in payloads["path"].items():
        with about(payload):
            form = GitlabFormat(Repository())
            items = map(form.item, desk.items(text, desk.gap))
            readers.read("gitlab", form.begin() + "".join(items) + form.end())
