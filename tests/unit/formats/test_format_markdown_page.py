"""formats.markdown_page: a page that never grows too long."""

from __future__ import annotations

from director.formats.markdown_page import LIMIT_BYTES, Block, page


def test_blocks_are_apart() -> None:
    """Between two blocks stands an empty line; rows follow their head at once."""
    blocks = [Block(head=("a", ""), rows=("- 1", "- 2")), Block(head=("b",))]

    assert page("first", blocks) == "first\n\na\n\n- 1\n- 2\n\nb\n"


def test_a_fold_holds_its_blocks() -> None:
    """Blocks of one fold share it; it ends before the next block, or with the page."""
    one, two = Block(head=("a",), fold="x"), Block(head=("b",), fold="x")

    assert page("first", [one, two, Block(head=("c",)), one]) == (
        "first\n"
        "\n<details>\n<summary>x</summary>\n\na\n\nb\n\n</details>\n\nc\n"
        "\n<details>\n<summary>x</summary>\n\na\n\n</details>\n"
    )


def test_more_than_anybody_reads_is_counted() -> None:
    """Rows over the most a reader reads are cut, and the last line says how many."""
    rows = ("- x", "- y", "- z")

    assert page("first", [Block(head=("a",), rows=rows, what="things", most=3)]).endswith("z\n")
    assert page("first", [Block(head=("a",), rows=rows, what="things", most=2)]) == (
        "first\n\na\n- x\n- y\n\n**Cut, so that the page stays short:** 1 things.\n"
    )


def test_nothing_stands_under_a_wrong_head() -> None:
    """Where a head finds no room nothing after it is shown, though it would find room."""
    long = Block(head=("h" * LIMIT_BYTES,), what="targets")
    short = Block(head=("b",), rows=("- x",), what="rows")

    assert page("first", [short, long, short, short]) == (
        "first\n\nb\n- x\n\n**Cut, so that the page stays short:** 1 targets, 2 rows.\n"
    )


def test_a_row_without_room_ends_its_block_only() -> None:
    """Where a row finds no room its block ends there, and the next one is still shown."""
    blocks = [
        Block(head=("a",), rows=("- x", "r" * LIMIT_BYTES, "- y"), what="rows"),
        Block(head=("b",)),
    ]

    assert page("first", blocks) == (
        "first\n\na\n- x\n\nb\n\n**Cut, so that the page stays short:** 2 rows.\n"
    )


def test_room_is_counted_in_bytes() -> None:
    """A character that takes several bytes takes that much room."""
    rows = ("é" * 1_000,) * 60

    text = page("first", [Block(head=("a",), rows=rows, what="rows", most=60)])

    assert len(text.encode()) <= LIMIT_BYTES
    assert f" {60 - text.count('é') // 1_000} rows." in text
