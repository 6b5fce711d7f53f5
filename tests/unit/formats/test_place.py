"""formats.place: how files are named to those who show a repository."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes, urlsplit

import pytest

from director.formats.place import Repository

REPOSITORY = Repository(top="/src/shop", here="/src/shop/ci")


@pytest.mark.parametrize(
    ("source", "uri", "path"),
    [
        ("readiness.yaml", "ci/readiness.yaml", "ci/readiness.yaml"),
        ("./readiness.yaml", "ci/readiness.yaml", "ci/readiness.yaml"),
        ("../services/a.yaml", "services/a.yaml", "services/a.yaml"),
        ("/src/shop/services/a.yaml", "services/a.yaml", "services/a.yaml"),
        ("//src/shop/a.yaml", "a.yaml", "a.yaml"),
        ("a/../../b.yaml", "b.yaml", "b.yaml"),
        ("", "ci/readiness.yaml", "ci/readiness.yaml"),
    ],
)
def test_what_is_inside_is_relative_to_the_top(source: str, uri: str, path: str) -> None:
    """However a file in the repository is named, it comes out as seen from its top."""
    assert REPOSITORY.uri(source) == (uri, True)
    assert REPOSITORY.path(source) == path


@pytest.mark.parametrize(
    ("source", "uri", "path"),
    [
        ("/etc/passwd", "file:///etc/passwd", "etc/passwd"),
        ("../../../etc/passwd", "file:///etc/passwd", "etc/passwd"),
        ("../../../../../../etc/x", "file:///etc/x", "etc/x"),
        ("/src/shopping/a.yaml", "file:///src/shopping/a.yaml", "src/shopping/a.yaml"),
        ("/", "file:///", "readiness.yaml"),
    ],
)
def test_what_is_outside_is_no_way_out(source: str, uri: str, path: str) -> None:
    """A file outside is a file URI, or a path that leads nowhere; never relative with ``..``."""
    assert REPOSITORY.uri(source) == (uri, False)
    assert REPOSITORY.path(source) == path


@pytest.mark.parametrize(
    "source",
    [
        "file:///etc/passwd",
        "https://evil.example/a?b=c#d",
        "javascript:alert(1)",
        "a b\nc\td.yaml",
        "100%25.yaml",
        "x?y#z&\"<>'\\.yaml",
        "naïve 名.yaml",
    ],
)
def test_a_name_is_never_more_than_a_name(source: str) -> None:
    """No name becomes a scheme, a host, a query or a fragment; decoded it is the name again."""
    uri, relative = Repository(top="/src", here="/src").uri(source)
    parts = urlsplit(uri)

    assert relative
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert uri.isascii()
    assert uri.isprintable()
    assert unquote_to_bytes(uri).decode() == source.replace("//", "/").replace("//", "/")


def test_a_name_that_is_not_utf8_keeps_its_bytes() -> None:
    """A URI is made of the bytes of a name; half a surrogate pair that is no byte is a ``?``."""
    assert Repository().uri("caf\udce9.yaml") == ("caf%E9.yaml", True)
    assert Repository().uri("caf\ud800.yaml") == ("caf%3F.yaml", True)


@pytest.mark.parametrize("source", ["a\x1b[2J.yaml", "a\nb.yaml", "a\u202eb", "caf\udce9"])
def test_a_path_is_printable(source: str) -> None:
    """A path is one line that does nothing to a terminal."""
    assert Repository().path(source).isprintable()


def test_without_a_folder_names_stay_as_they_are() -> None:
    """Where the working folder is gone, relative names stay relative."""
    assert Repository().uri("a/./b.yaml") == ("a/b.yaml", True)
    assert Repository().uri("/a.yaml") == ("file:///a.yaml", False)
    assert Repository().path("../a.yaml") == "a.yaml"
    assert Repository(top="/", here="/srv").uri("a.yaml") == ("srv/a.yaml", True)
