"""director.probing.url: one strict reading, or none."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from director.probing.url import TargetUrl, UrlError, clean, follow, parse, resolve, scrub

BASE = "https://pay.example.com"

READ = [
    ("http://a.example", TargetUrl("http", "a.example", 80)),
    ("HTTP://A.Example/", TargetUrl("http", "a.example", 80)),
    ("https://a.example:8443/x?y=1", TargetUrl("https", "a.example", 8443, "/x", "y=1")),
    ("https://a.example?y", TargetUrl("https", "a.example", 443, "/", "y")),
    ("http://a.example:80/", TargetUrl("http", "a.example", 80)),
    ("http://a.example:65535/", TargetUrl("http", "a.example", 65535)),
    ("http://a.example./", TargetUrl("http", "a.example.", 80)),
    ("http://under_score.svc.internal/", TargetUrl("http", "under_score.svc.internal", 80)),
    ("http://127.0.0.1:8000/", TargetUrl("http", "127.0.0.1", 8000)),
    ("http://[::1]:8000/", TargetUrl("http", "::1", 8000)),
    ("http://[0:0:0:0:0:ffff:7f00:1]/", TargetUrl("http", "::ffff:7f00:1", 80)),
    ("http://[::FFFF:127.0.0.1]/", TargetUrl("http", "::ffff:7f00:1", 80)),
    ("http://bücher.example/", TargetUrl("http", "xn--bcher-kva.example", 80)),
    ("http://a.example/caf\u00e9", TargetUrl("http", "a.example", 80, "/caf%C3%A9")),
    ("http://a.example/a@b", TargetUrl("http", "a.example", 80, "/a@b")),
    ("http://4chan.example/", TargetUrl("http", "4chan.example", 80)),
    ("http://1e100.net/", TargetUrl("http", "1e100.net", 80)),
]

REFUSED = [
    "",
    "a.example",
    "//a.example/",
    "http:a.example",
    "http:/a.example",
    "http:///path",
    "http://",
    "http://:80/",
    "http://./",
    "http://a..example/",
    "http://-a.example/",
    "http://a-.example/",
    "http://a.example:/",
    "http://a.example:0/",
    "http://a.example:65536/",
    "http://a.example:99999/",
    "http://a.example:123456/",
    "http://a.example:8o/",
    "http://a.example:+80/",
    "http://user@a.example/",
    "http://user:secret@a.example/",
    "http://a@b@a.example/",
    "http://a.example#@evil.example/",
    "http://a.example/#fragment",
    "http://a.example\\@evil.example/",
    "http://a.example/\\x",
    "http://a.example /",
    "http://a.example/a b",
    "http://a.example/\r\nHost: evil",
    "http://a.example/\x00",
    "http://a.exam\u202eple/",
    "http://a\u00ad.example/",
    "http://a.example/\ud800",
    "http://a%2eexample/",
    "http://127.0.0.1%00.example/",
    "http://[::1%25lo]/",
    "http://[fe80::1%eth0]/",
    "http://[::1/",
    "http://::1/",
    "http://[127.0.0.1]/",
    "http://[v1.x]/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://2130706433/",
    "http://2852039166/",
    "http://0x7f000001/",
    "http://0xa9fea9fe/",
    "http://0x7f.1/",
    "http://0x/",
    "http://127.0.0.0x1/",
    "http://0177.0.0.1/",
    "http://0251.0376.0251.0376/",
    "http://127.0.0.01/",
    "http://127.0.0.1./",
    "http://256.0.0.1/",
    "http://1.2.3.4.5/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "http://127\u30020\u30020\u30021/",
    "http://\uff41.example/",
    "http://fa\u00df.example/",
    "http://B\u00dcCHER.example/",
    "ftp://a.example/",
    "file:///etc/passwd",
    "gopher://a.example/",
    "ws://a.example/",
    "unix:///run/docker.sock",
    "http+unix://a.example/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 127 + "example/",
    "http://a.example/" + "a" * 2048,
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_what_is_read(text: str, expected: TargetUrl) -> None:
    """A plain http(s) URL has one reading."""
    assert parse(text) == expected


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text: str) -> None:
    """What two programs could read differently is not asked at all."""
    with pytest.raises(UrlError):
        parse(text)


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_does_not_repeat_what_was_written(text: str) -> None:
    """A broken URL may hold a secret, so that the complaint does not show it."""
    with pytest.raises(UrlError) as caught:
        parse(text)

    assert "secret" not in str(caught.value)
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize(("text", "expected"), READ)
def test_reading_is_stable(text: str, expected: TargetUrl) -> None:
    """What is sent reads as what was read, by us and by the libraries that send it."""
    sent = parse(text).text

    assert parse(sent) == expected
    assert (URL(sent).raw_host, URL(sent).port) == (expected.host, expected.port)
    assert (urlsplit(sent).hostname, urlsplit(sent).port or URL(sent).port) == (
        expected.host,
        expected.port,
    )


@given(st.text(alphabet="htps:/.@#?[]%\\ 0127xa.fé\u3002\uff11", max_size=24))
def test_our_reading_is_the_reading_of_who_sends(tail: str) -> None:
    """Whatever is accepted is dialled where we think it is."""
    try:
        url = parse("http://" + tail)
    except UrlError:
        return

    assert (URL(url.text).raw_host, URL(url.text).port) == (url.host, url.port)


@pytest.mark.parametrize(
    ("base", "path", "expected"),
    [
        (BASE, "/", f"{BASE}/"),
        (BASE, "", f"{BASE}/"),
        (BASE, "/healthz", f"{BASE}/healthz"),
        (BASE, "healthz", f"{BASE}/healthz"),
        (f"{BASE}/", "/healthz", f"{BASE}/healthz"),
        (f"{BASE}/api", "/healthz", f"{BASE}/api/healthz"),
        (BASE, "?deep=1", f"{BASE}/?deep=1"),
        (BASE, "/x?next=http://b.example/", f"{BASE}/x?next=http://b.example/"),
        (BASE, "//evil.example/", f"{BASE}//evil.example/"),
        (BASE, "http://b.example/x", "http://b.example/x"),
        (None, "http://b.example/x", "http://b.example/x"),
    ],
)
def test_paths_join_the_base(base: str | None, path: str, expected: str) -> None:
    """A path is appended to the base URL and never leaves its host."""
    assert resolve(base, path).text == expected


@pytest.mark.parametrize(
    ("base", "path"),
    [
        (None, "/healthz"),
        ("not a url", "/healthz"),
        (f"{BASE}?x=1", "/healthz"),
        (BASE, "/a#b"),
        (BASE, "/a\\b"),
        (BASE, "/a b"),
        (BASE, "file:///etc/passwd"),
    ],
)
def test_what_does_not_join(base: str | None, path: str) -> None:
    """Without a usable base URL or path there is nothing to ask."""
    with pytest.raises(UrlError):
        resolve(base, path)


def test_user_info_cannot_be_smuggled_by_a_path() -> None:
    """A path that looks like the rest of an authority stays a path."""
    assert resolve(BASE, "@evil.example/").host == "pay.example.com"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/b", "http://a.example/b"),
        ("b", "http://a.example/x/b"),
        ("?c", "http://a.example/x/y?c"),
        ("//b.example/", "http://b.example/"),
        ("https://b.example/z#top", "https://b.example/z"),
    ],
)
def test_redirects_are_relative_to_the_page(location: str, expected: str) -> None:
    """A Location is read as browsers read it, without its fragment."""
    assert follow(parse("http://a.example/x/y"), location).text == expected


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "http://u:p@a.example/", "/a b", "\\\\b"]
)
def test_redirects_to_nowhere(location: str) -> None:
    """A Location that is no URL we ask is refused."""
    with pytest.raises(UrlError):
        follow(parse("http://a.example/x/y"), location)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example/x?token=abc&deep", "https://a.example/x?token=REDACTED&REDACTED"),
        ("https://a.example/x?a=1&a=2", "https://a.example/x?a=REDACTED&a=REDACTED"),
        ("https://a.example/@scope/x", "https://a.example/@scope/x"),
        ("https://user:secret@a.example/x", "https://a.example/x"),
        ("https://user:sec#ret@a.example/x", "https://a.example/x"),
        ("https://user:sec?ret@a.example/x", "https://a.example/x"),
        ("https://user:sec/ret@a.example/x", "https://a.example/x"),
        ("http:\\\\user:secret@a.example", "http:\\\\a.example"),
        ("user:secret@a.example", "a.example"),
        ("/healthz?token=abc#part", "/healthz?token=REDACTED"),
        ("/a\x1b[31mb", "/a\ufffd[31mb"),
        ("", ""),
    ],
)
def test_nothing_secret_is_shown(text: str, expected: str) -> None:
    """What is shown has no user info and no query values."""
    assert scrub(text) == expected


@given(st.text(st.characters(exclude_characters="/?")), st.text())
def test_user_info_is_never_shown(before: str, after: str) -> None:
    """Nothing in the place of a password is shown, however broken the URL."""
    assert "hunter2" not in scrub(f"http://{before}:hunter2@{after}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\tvalue", "plain\tvalue"),
        ("caf\u00e9", "caf\u00e9"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("a\udcffb", "a\ufffdb"),
        ("a\u202eb\u2028c\x85d", "a\ufffdb\ufffdc\ufffdd"),
    ],
)
def test_clean_text(text: str, expected: str) -> None:
    """What steers terminals, or is no character at all, is replaced."""
    assert clean(text) == expected
