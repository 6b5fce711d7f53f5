"""Looking at a whole log, entry by entry, and at a bundle, line by line."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from director.audit.bundle import BundleHead, head_line, line_of, read_head, read_rows, table_line
from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.audit.note import Note, Signer, VerifierKey
from director.audit.rows import Blob, Leaf
from director.audit.tampered import TamperedError
from director.audit.verify import Auditor, Verified
from director.model.audit import Head, TableRow, Trunk

LOG = "log.example/1"
KEY = PrivateKey(b"k" * 32)
VERIFIER = VerifierKey(LOG, KEY.public)
FACTS = b'[{"status":200}]'
DIGEST = f"sha256:{sha256(FACTS).hexdigest()}"
STATEMENT = '{"type":"production-readiness-director/override/v1"}'


def at(hour: int) -> str:
    """Return a moment."""
    return f"2026-11-22T{hour:02}:00:00.000000Z"


def decision(id_: str, hour: int = 1, **more: object) -> dict[str, Any]:
    """Return what a decision says, as far as it is looked at."""
    return {"evaluation": id_, "decided_at": at(hour), **more}


def entry(id_: str, kind: str = "waiver.requested", **more: object) -> dict[str, Any]:
    """Return what another entry says."""
    return {"id": id_, "kind": kind, "at": at(2), **more}


def leaves(*said: dict[str, Any] | bytes) -> list[Leaf]:
    """Return sealed entries that say this."""
    bodies = [s if isinstance(s, bytes) else json.dumps(s).encode() for s in said]
    _, seals = KeyNotary(LOG, KEY).seal(Trunk(), bodies)
    found = []
    for seal, body, each in zip(seals, bodies, said, strict=True):
        document = {} if isinstance(each, bytes) else each
        kind = document.get("kind", "decision")
        id_ = document.get("evaluation", document.get("id", ""))
        found.append(Leaf(seal.index, kind, id_, body, seal.checkpoint))
    return found


def audited(rows: Sequence[Leaf | Blob], size: int | None = None, *anchors: Head) -> Verified:
    """Return what rows show."""
    auditor = Auditor(VERIFIER, anchors)
    for row in rows:
        auditor.take(row)
    return auditor.end(sum(isinstance(row, Leaf) for row in rows) if size is None else size)


def wrong(rows: Sequence[Leaf | Blob], size: int | None = None, *anchors: Head) -> TamperedError:
    """Return what is found wrong."""
    with pytest.raises(TamperedError) as found:
        audited(rows, size, *anchors)
    return found.value


def test_a_whole_log_is_told_in_short() -> None:
    """What kinds there are, what evidence is kept, what is signed, and when it ends."""
    signature = {"key": "SHA256:x", "armor": "armor"}
    rows = leaves(
        decision("D1", evidence=DIGEST),
        entry("E1", statement=STATEMENT, signatures=[signature]),
        decision("D2", 5),
    )

    found = audited([*rows, Blob(DIGEST, FACTS)])

    assert (found.origin, found.head.size) == (LOG, 3)
    assert found.kinds == (("decision", 2), ("waiver.requested", 1))
    assert (found.evidence, found.erased, found.last_at) == (1, 0, at(5))
    (signed,) = found.signed
    assert (signed.index, signed.namespace, signed.key) == (1, "director-override@v1", "SHA256:x")


def test_an_empty_log_is_whole() -> None:
    """A log without entries has the root of an empty tree."""
    assert audited([]).head.root == sha256().digest()


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"\xff", "it is no JSON object"),
        (b"[]", "it is no JSON object"),
        (b"{", "it is no JSON object"),
        (decision("D2", evidence="sha256:x"), "the evidence that it names is none"),
        (decision("D2", evidence=7), "the evidence that it names is none"),
        (entry("E2", "decision"), "it is another than decision E2"),
        (decision("D1"), "D1 is there twice"),
        (entry("E1", statement="{}", signatures=[{}]), "a signature in it is over no statement"),
        (entry("E1", statement=7, signatures=[{}]), "a signature in it is over no statement"),
        (entry("E1", statement=STATEMENT, signatures={}), None),
        (
            entry("E1", statement=STATEMENT, signatures="x"),
            "a signature in it is over no statement",
        ),
        (
            entry("E1", statement=STATEMENT, signatures=[{"key": 7, "armor": ""}]),
            "a signature in it is over no statement",
        ),
        (
            entry("E1", statement='"\ud800"', signatures=[{"key": "", "armor": ""}]),
            "a signature in it is over no statement",
        ),
    ],
    ids=range(13),
)
def test_sealed_nonsense_is_found(said: dict[str, Any] | bytes, problem: str | None) -> None:
    """Also what was sealed so is no entry: the second one is named, and why."""
    rows = leaves(decision("D1"), said)
    if problem is None:
        assert audited(rows).signed == ()
    else:
        error = wrong(rows)
        assert (error.index, error.problem) == (1, problem)


@pytest.mark.parametrize("kind", ["waiver.requested", "decision"])
def test_what_is_not_json_is_found(kind: str) -> None:
    """Bytes that are no JSON are no entry, whatever they are said to be."""
    (leaf,) = leaves(b"{")

    assert wrong([replace(leaf, kind=kind)]).problem == "it is no JSON object"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"id":"E1","id":"E1","kind":"waiver.denied"}', "a key stands in it twice"),
        (b'{"id":"E1","kind":"waiver.denied","at":NaN}', "it is no JSON object"),
        (b"[" * 200_000, "it is no JSON object"),
        (b"7", "it is no JSON object"),
    ],
    ids=["twice", "nan", "deep", "number"],
)
def test_casework_is_read_strictly(body: bytes, problem: str) -> None:
    """An entry that could be read in two ways is none."""
    (leaf,) = leaves(body)

    assert wrong([replace(leaf, kind="waiver.denied", id="E1")]).problem == problem


def test_places_are_counted() -> None:
    """An entry out of its place, one after the evidence, one too few or too many are found."""
    one, two = leaves(decision("D1", evidence=DIGEST), decision("D2"))
    blob = Blob(DIGEST, FACTS)

    assert str(wrong([two])) == "entry 0: must come here, entry 1 does"
    assert str(wrong([one, blob, two])) == "entry 1: must come here, entry 1 does"
    assert str(wrong([one, blob], 2)) == "entry 1: is missing, as there are said to be 2"
    assert str(wrong([one, two, blob], 1)).startswith("entry 1: is one too many")


def test_anchors_are_held() -> None:
    """A tree that was kept elsewhere must be in the log, and must not be larger than it."""
    rows = leaves(decision("D1"), decision("D2"))
    first, whole = audited(rows[:1]).head, audited(rows).head

    assert audited(rows, 2, first, whole).head == whole
    assert wrong(rows, 2, Head(1, b"x" * 32)).index == 0
    assert str(wrong(rows[:1], 1, whole)) == "entry 1: is missing, as an anchor has 2 entries"


def test_a_checkpoint_has_one_form() -> None:
    """A checkpoint by another key, with more in it, of another entry or none is found."""
    one, two = leaves(decision("D1"), decision("D2"))
    note = Note.parse(one.checkpoint)
    other = Signer("witness.example", PrivateKey(b"w" * 32)).sign(note.text)
    stranger = Signer(LOG, PrivateKey(b"w" * 32)).sign(note.text)
    problems = {
        str(Note(note.text, (*note.signatures, other))): "its checkpoint has more in it",
        str(Note(note.text, (stranger,))): "its checkpoint is not accepted: a signature by a",
        two.checkpoint: "it, or one before it, is not what was sealed",
        one.checkpoint[:-1]: "its checkpoint is not accepted",
        "": "it was never sealed, or its seal was taken away",
    }
    for checkpoint, problem in problems.items():
        assert wrong([replace(one, checkpoint=checkpoint)]).problem.startswith(problem)


def test_evidence_is_followed_through_the_log() -> None:
    """What was used since the last erasure must be there; what was erased need not."""
    gone = entry("E1", "evidence.erased", subject=at(3))
    blob = Blob(DIGEST, FACTS)
    used, again = decision("D1", 2, evidence=DIGEST), decision("D2", 4, evidence=DIGEST)

    assert audited(leaves(used, gone)).erased == 1
    assert audited([*leaves(used, gone), blob]).evidence == 1
    assert audited([*leaves(used, gone, again), blob]).erased == 0
    assert wrong(leaves(used, gone, again)).index == 0
    assert wrong(leaves(used)).problem.endswith("is gone, and no entry says why")
    assert wrong(leaves(decision("D1", 3, evidence=DIGEST), gone)).index == 0
    for subject in ("", "zzz", None, 7):
        broken = entry("E1", "evidence.erased", subject=subject)
        assert wrong(leaves(used, broken)).index == 0


def test_evidence_is_what_it_is_named() -> None:
    """Other bytes, a name that is none, one that nobody uses, or one twice are found."""
    rows = leaves(decision("D1", evidence=DIGEST))
    blob = Blob(DIGEST, FACTS)
    other = Blob(f"sha256:{sha256(b'x').hexdigest()}", b"x")

    assert wrong([*rows, replace(blob, body=b"x")]).index == 0
    assert "is not what its name says" in str(wrong([*rows, replace(blob, digest="SHA256:x")]))
    assert "is named by no entry" in str(wrong([*rows, blob, other]))
    assert "there twice, or not sorted" in str(wrong([*rows, blob, blob]))


def bundle(rows: Sequence[Leaf | Blob]) -> bytes:
    """Return a bundle."""
    size = sum(isinstance(row, Leaf) for row in rows)
    return head_line(BundleHead(LOG, VERIFIER, size)) + b"".join(map(line_of, rows))


def test_a_bundle_comes_back() -> None:
    """What is written as a bundle is read as it was, also what is beyond ASCII."""
    rows: list[Leaf | Blob] = [
        *leaves(decision("D1", evidence=DIGEST, text="über\n\u2028\x7f")),
        Blob(DIGEST, FACTS),
    ]
    file = io.BytesIO(bundle(rows))

    assert read_head(file) == BundleHead(LOG, VERIFIER, 1)
    assert list(read_rows(file, 1)) == rows


@pytest.mark.parametrize(
    ("line", "index", "words"),
    [
        (b"{}\n", 0, "its line must have index, kind, id, body, checkpoint"),
        (b'{"index":"0","kind":"","id":"","body":"","checkpoint":""}\n', 0, "its line must have"),
        (b'{"index":0,"kind":"","id":"","body":"\\ud800","checkpoint":""}\n', 0, "its line"),
        (b'{"evidence":"x"}\n', 0, "its line must have evidence, body"),
        (b'{"evidence":"x","body":7}\n', 0, "its line must have evidence, body"),
        (b'{"index":true,"kind":"","id":"","body":"","checkpoint":""}\n', 0, "its line must have"),
        (b'{"a":"\\u00fc"}\n', 0, "its line is not as it was written"),
        (b"\xff\n", 0, "its line is no JSON"),
        (b'{"a":1e400}\n', 0, "its line"),
        (b'{"a":NaN}\n', 0, "its line"),
    ],
    ids=range(10),
)
def test_lines_that_are_none(line: bytes, index: int | None, words: str) -> None:
    """A line that no bundle has is found, and the entry that should be there is named."""
    with pytest.raises(TamperedError, match=words) as found:
        list(read_rows(io.BytesIO(line), 1))
    assert found.value.index == index


def test_a_wrong_line_after_the_entries_is_none_of_them() -> None:
    """What comes after all entries has no number."""
    (leaf,) = leaves(decision("D1"))

    with pytest.raises(TamperedError) as found:
        list(read_rows(io.BytesIO(line_of(leaf) + b"{}\n"), 1))
    assert found.value.index is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "must begin with a line of type"),
        (b'{"bundle":"other/v1"}\n', "must begin with a line of type"),
        (
            b'{"bundle":"production-readiness-director/audit/v1","origin":"l","key":"k","size":1}\n',
            "the key in the bundle is none",
        ),
    ],
    ids=["empty", "other", "key"],
)
def test_heads_that_are_none(line: bytes, words: str) -> None:
    """What does not begin as a bundle is none."""
    with pytest.raises(TamperedError, match=words):
        read_head(io.BytesIO(line))


def test_rows_of_tables_become_lines() -> None:
    """Entries and evidence are exported; what is only looked up is not; damage is said."""
    (leaf,) = leaves(decision("D1"))
    columns = {
        "seq": 0, "kind": leaf.kind, "id": leaf.id, "body": leaf.body, "checkpoint": leaf.checkpoint
    }  # fmt: skip

    assert table_line(TableRow("entries", columns)) == line_of(leaf)
    assert table_line(TableRow("evidence", {"digest": DIGEST, "facts": FACTS})) == line_of(
        Blob(DIGEST, FACTS)
    )
    assert table_line(TableRow("conditions", {})) == b""
    for column, value in {"body": b"\xff", "kind": b"", "id": "\ud800", "checkpoint": b""}.items():
        with pytest.raises(TamperedError) as found:
            table_line(TableRow("entries", {**columns, column: value}))
        assert found.value.index == 0
    with pytest.raises(TamperedError) as found:
        table_line(TableRow("evidence", {"digest": DIGEST, "facts": None}))
    assert found.value.index is None
