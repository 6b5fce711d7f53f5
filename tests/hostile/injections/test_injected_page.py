"""The page on whatever others write has the elements of one on a harmless text."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.hostile.injections.conftest import Payloads
    from tests.hostile.injections.readers import Readers
    from tests.hostile.injections.reported import Desk


@pytest.fixture(scope="module")
def page_on(desk: Desk, readers: Readers) -> Callable[[list[str]], Hashable]:
    """Return the shape of a page on items of every sort with those texts, or on one alone."""

    def read(texts: list[str]) -> Hashable:
        # Decisions differ in few words, and take the most time to write.
        all_items = (desk.items(text, desk.gap) for text in texts)
        every = [(no_go, *others) for no_go, _, _, *others in all_items]
        reported = [*chain(*every)] if len(texts) > 1 else [every[0][0]]
        return readers.read("html", desk.written("html", reported))

    return read


@pytest.fixture(scope="module")
def harmless(desk: Desk, page_on: Callable[[list[str]], Hashable]) -> Callable[[int], Hashable]:
    """Return the shape of a page on so many harmless targets, each of every sort."""
    return cache(lambda targets: page_on([desk.harmless] * targets))


def test_no_payload_leaves_its_place_on_the_page(
    page_on: Callable[[list[str]], Hashable],
    harmless: Callable[[int], Hashable],
    lot: dict[str, str],
) -> None:
    """The page with a payload in every text has the elements of one with a harmless text."""
    if page_on([*lot.values()]) != harmless(len(lot)):
        # Which of them it was takes a while to find out.
        assert {name for name, text in lot.items() if page_on([text]) != harmless(1)} == set()
        raise AssertionError("they break out only together")


def test_no_payload_leaves_a_page_of_its_own(
    payloads: Payloads,
    page_on: Callable[[list[str]], Hashable],
    harmless: Callable[[int], Hashable],
) -> None:
    """So has the page on one target, whose title and heading it stands in."""
    texts = [text for kind in ("html", "template") for text in payloads[kind].values()]

    assert page_on(["".join(texts)]) == harmless(1)
    assert page_on(["".join(reversed(texts))]) == harmless(1)
