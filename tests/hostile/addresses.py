"""Addresses that a prober must never dial, and neighbours that it may, one row each.

Background: what Stripe's smokescreen, the guards of other probers and the documents of the clouds
deny; each row is asked for as a URL, as the answer of a name server and as the target of a
redirect, as far as it can be written there.
"""

from __future__ import annotations

from dataclasses import dataclass

INTERNAL = "internal"
PUBLIC_ONLY = "public_only"


@dataclass(frozen=True, slots=True)
class Denied:
    """One address that is denied.

    Attributes:
        host: As it stands in a URL.
        reason: What the probe says, under the policy that denies it.
        rule: What the policy calls it; empty where the URL is refused before.
        answers: What its name resolves to; empty where *host* is an address, or is none.
        policy: The laxest policy that denies it.
    """

    host: str
    rule: str = ""
    answers: tuple[str, ...] = ()
    policy: str = INTERNAL

    @property
    def reason(self) -> str:
        """What the probe says."""
        return "policy_denied" if self.rule else "invalid_url"

    @property
    def addresses(self) -> tuple[str, ...]:
        """What a name server would answer, if the row can be its answer."""
        return self.answers or ((self.host.strip("[]"),) if self.rule else ())


DENIED = (
    Denied("127.0.0.1", "loopback"),
    Denied("127.1"),
    Denied("2130706433"),
    Denied("0x7f000001"),
    Denied("0177.0.0.1"),
    Denied("0"),
    Denied("0.0.0.0", "unspecified"),  # nobody listens there
    Denied("localhost", "loopback", ("127.0.0.1",)),
    Denied("LOCALHOST.", "loopback", ("127.0.0.1",)),
    Denied("127.0.0.1.nip.test", "loopback", ("127.0.0.1",)),
    Denied("[::1]", "loopback"),
    Denied("[::]", "unspecified"),
    Denied("[::ffff:127.0.0.1]", "loopback"),
    Denied("[0:0:0:0:0:ffff:7f00:1]", "loopback"),
    Denied("[::127.0.0.1]", "loopback"),
    Denied("①②⑦.⓪.⓪.①"),
    Denied("127。0。0。1"),
    Denied("[::1%25lo]"),
    Denied("169.254.169.254", "metadata"),
    Denied("[::ffff:169.254.169.254]", "metadata"),
    Denied("[64:ff9b::a9fe:a9fe]", "metadata"),
    Denied("[2002:a9fe:a9fe::]", "metadata"),
    # Teredo: the client's address stands inverted at the end.
    Denied("[2001:0:4136:e378:8000:63bf:5601:5601]", "metadata"),
    Denied("[fd00:ec2::254]", "metadata"),
    Denied("metadata.google.internal", "metadata", ("169.254.169.254",)),
    Denied("169.254.170.2", "link_local"),
    Denied("100.100.100.200", "metadata"),
    Denied("168.63.129.16", "metadata"),
    Denied("192.0.0.192", "metadata"),
    Denied("[fe80::1]", "link_local"),
    Denied("224.0.0.1", "multicast"),
    Denied("[ff02::1]", "multicast"),
    Denied("255.255.255.255", "broadcast"),
    Denied("10.0.0.1", "private", policy=PUBLIC_ONLY),
    Denied("172.16.0.1", "private", policy=PUBLIC_ONLY),
    Denied("192.168.0.1", "private", policy=PUBLIC_ONLY),
    Denied("100.64.0.1", "shared", policy=PUBLIC_ONLY),
    Denied("[fc00::1]", "private", policy=PUBLIC_ONLY),
    # What listens beside the Director: its API, its database, its queue.
    Denied("api.director.test", "loopback", ("127.0.0.1",)),
    Denied("db.director.test", "loopback", ("::1",)),
    Denied("queue.director.test", "loopback", ("127.0.53.53",)),
)
"""What is denied by its address or by its spelling, in every role: forty-one of the sixty."""

BESIDES = (
    Denied("[fe80::1%25eth0]"),
    Denied("[64:ff9b:1::a9fe:a9fe]", "metadata"),
    Denied("[::ffff:0:169.254.169.254]", "metadata"),
    Denied("[fd20:ce::254]", "metadata"),
    Denied("[fec0::1]", "private", policy=PUBLIC_ONLY),
    Denied("0x7f.1"),
    Denied("127.0.0.1."),
    Denied("[::ffff:0.0.0.0]", "unspecified"),
    Denied("[2002:7f00:1::]", "loopback"),
    # Teredo: the server's address stands in the open.
    Denied("[2001:0:7f00:1::]", "loopback"),
)
"""Others of the same kinds."""

TRICKS = {
    "user info": "http://service.test@127.0.0.1:{port}/",
    "user info twice": "http://a@b@127.0.0.1:{port}/",
    "a fragment before the user info": "http://service.test#@127.0.0.1:{port}/",
    "a backslash before the user info": "http://service.test\\@127.0.0.1:{port}/",
    "a line break in the host": "http://127.0.0.1\r\nHost: x:{port}/",
    "a line break in the path": "http://127.0.0.1:{port}/\r\nX: y",
    "a file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:{port}/_GET",
    "ftp": "ftp://127.0.0.1:{port}/",
    "data": "data:text/plain,ok",
    "unix": "unix:///var/run/docker.sock",
    "http over unix": "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "a web socket": "ws://127.0.0.1:{port}/",
}
"""URLs that are refused as they are written, whatever the policy says.

Twelve of the sixty: the line break in host, path, or a header is one.
"""

TESTED = {
    "a name that answers otherwise later": "test_a_name_that_turns",
    "a redirect from public to private": "test_denied_as_the_target_of_a_redirect",
    "a chain of three that ends inside": "test_a_chain_of_redirects",
    "a redirect to a file": "test_tricks_with_redirects",
    "http_proxy": "test_a_proxy_of_the_environment_is_not_used",
    "an alias that leads inside": "test_an_alias_that_leads_inside",
    "ports of other protocols": "test_ports_of_other_protocols",
}
"""Seven of the sixty that are no URL, with the test of each."""

PORTS = (22, 25, 6379, 2375)
"""Where other protocols live; a request to them could be a command."""

ALLOWED = (
    "126.255.255.254",
    "128.0.0.1",
    "169.253.255.254",
    "169.255.0.1",
    "223.255.255.254",
    "100.63.255.254",
    "100.128.0.1",
    "9.255.255.254",
    "11.0.0.1",
    "172.15.255.254",
    "172.32.0.1",
    "192.167.255.254",
    "192.169.0.1",
    "198.17.255.254",
    "198.20.0.1",
    "8.8.8.8",
    "[64:ff9c::1]",
    "[2606:4700::1111]",
    "[fb00::1]",
    "[2003::1]",
)
"""Twenty neighbours of what is denied, each of which even the strict policy lets pass."""
