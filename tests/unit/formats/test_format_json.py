"""formats.json: the report for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from director.errors import Fault
from director.formats.json import JsonFormat, document
from director.model.report import Heard, Interrupted, Item, Judged, Rejected, Undecided

if TYPE_CHECKING:
    from tests.unit.formats.conftest import Desk


def items(desk: Desk) -> list[Item]:
    """Return one item of every kind."""
    return [
        Judged(desk.conditional(), recorded=True),
        Rejected("a.yaml", (Fault("a.yaml", 3, 7, "must be a text, got 7"),)),
        Undecided("b.yaml", "shop@production", "the disk is full"),
        Interrupted("c.yaml", "shop", (Heard("a.b", "passed", "ok"),)),
    ]


def written(*some: Item, several: bool) -> str:
    """Return the whole report on *some* items."""
    form = JsonFormat(several=several)
    return form.begin() + "".join(map(form.item, some)) + form.end()


def strictly(text: str) -> Any:  # noqa: ANN401  # any JSON value
    """Parse *text* as others would: valid UTF-8, no NaN, no key twice."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    parsed = json.loads(text.encode(), object_pairs_hook=unique, parse_constant=refuse)
    json.dumps(parsed, ensure_ascii=False).encode()
    return parsed


@pytest.mark.parametrize("kind", range(4), ids=["judged", "rejected", "undecided", "interrupted"])
def test_one_target_is_an_object(desk: Desk, kind: int) -> None:
    """The report on one target is one object that begins with service, decision, pass_rate."""
    parsed = strictly(written(items(desk)[kind], several=False))

    assert list(parsed)[:3] == ["service", "decision", "pass_rate"]
    assert (parsed["decision"] is not None) is (kind == 0)


def test_several_targets_are_an_array(desk: Desk) -> None:
    """The report on several targets is an array with one object each, in order."""
    parsed = strictly(written(*items(desk), several=True))

    assert [each["service"] for each in parsed] == ["payment-service", None, "shop", "shop"]
    assert all(list(each)[:3] == ["service", "decision", "pass_rate"] for each in parsed)


def test_several_of_which_one_came_is_an_array(desk: Desk) -> None:
    """Several targets asked for make an array, even if it has one object."""
    parsed = strictly(written(items(desk)[0], several=True))

    assert len(parsed) == 1


def test_several_of_which_none_came_is_an_empty_array() -> None:
    """A report that was interrupted before its first item is still JSON."""
    assert written(several=True) == "[\n]\n"


def test_a_report_ends_with_a_newline(desk: Desk) -> None:
    """A report ends as a text file does."""
    assert written(items(desk)[0], several=False).endswith("}\n")


@pytest.mark.parametrize("recorded", [True, False])
def test_a_decision_is_the_record(desk: Desk, recorded: bool) -> None:
    """A decision is the record, whole, and whether it is durable."""
    record = desk.conditional()

    parsed = strictly(written(Judged(record, recorded), several=False))

    beside = {
        "recorded": recorded,
        "expired": False,
        "effective_decision": "conditional_go",
        "override": None,
        "overrides": [],
    }
    assert parsed == json.loads(json.dumps({**record.document(), **beside}))
    keys = list(parsed)
    assert keys[:5] == ["service", "decision", "pass_rate", "effective_decision", "override"]
    assert keys[keys.index("waiver_counts") + 1] == "overrides"
    assert (parsed["decision"], parsed["pass_rate"]) == ("conditional_go", "88%")


def test_rejected_input_says_where(desk: Desk) -> None:
    """What cannot be used names every fault with its place."""
    assert document(items(desk)[1]) == {
        "service": None,
        "decision": None,
        "pass_rate": None,
        "effective_decision": None,
        "override": None,
        "environment": "",
        "source": "a.yaml",
        "partial": False,
        "error": {
            "code": "invalid_input",
            "faults": [
                {"source": "a.yaml", "line": 3, "column": 7, "problem": "must be a text, got 7"}
            ],
        },
        "recorded": False,
    }


def test_no_decision_says_why(desk: Desk) -> None:
    """Where no decision could be made or recorded, the report says why."""
    parsed = document(items(desk)[2])

    assert (parsed["service"], parsed["environment"]) == ("shop", "production")
    assert parsed["error"] == {"code": "undecided", "reason": "the disk is full"}
    assert (parsed["partial"], parsed["recorded"]) == (False, False)


def test_an_interruption_is_marked_partial(desk: Desk) -> None:
    """What came in before an interruption is there, marked as partial."""
    parsed = document(items(desk)[3])

    assert parsed["partial"] is True
    assert parsed["error"] == {
        "code": "interrupted",
        "results": [{"check": "a.b", "outcome": "passed", "reason": "ok"}],
    }
    assert parsed["recorded"] is False


def test_a_file_name_that_is_not_utf8_is_still_json() -> None:
    """Half a surrogate pair, as a strange file name has, becomes U+FFFD."""
    name = "caf\udce9.yaml"

    parsed = strictly(written(Rejected(name, (Fault(name, 0, 0, "no"),)), several=False))

    assert parsed["source"] == "caf\ufffd.yaml"
    assert parsed["error"]["faults"][0]["source"] == "caf\ufffd.yaml"


def test_hostile_texts_are_escaped() -> None:
    """Nothing can leave its string, and nothing reaches a terminal that would act on it."""
    hostile = '"}]\n\x1b[2J\u2028\x00\x9b2J\u202etxt\u200b'

    text = written(Undecided("a.yaml", "shop", hostile), several=False)

    assert strictly(text)["error"]["reason"] == hostile
    assert all(line.isprintable() for line in text.split("\n"))


def test_a_command_of_a_runner_is_an_escape(desk: Desk) -> None:
    """What a pipeline's runner would obey says the same to every reader of JSON."""
    record = desk.record(categories=(desk.category(desk.check("a.b", reason="##[add-mask]GO")),))

    text = written(Judged(record, recorded=True), several=False)

    assert "##" not in text
    assert strictly(text)["categories"][0]["checks"][0]["reason"] == "##[add-mask]GO"


def test_what_cannot_be_seen_is_an_escape(desk: Desk) -> None:
    """Hidden and controlling characters, beyond the first plane too, are said as escapes."""
    hidden = "a\u202eb\U000e0041c\x9bd\ue000"
    record = desk.record(categories=(desk.category(desk.check("a.b", reason=hidden)),))

    text = written(Judged(record, recorded=True), several=False)

    assert text.replace("\n", "").isprintable()
    assert strictly(text)["categories"][0]["checks"][0]["reason"] == hidden
