"""Downloads what a service names, over https and from public addresses only.

An address that a service answers with is input from outside: it may lead to this machine, to a cloud's metadata service
or to a neighbour's web page (server-side request forgery, OWASP SSRF Prevention Cheat Sheet). So the host is resolved
once, every address is checked, and the connection goes to one of those that were checked: a name that resolves
differently the second time (DNS rebinding) gains nothing. A redirect is checked like the first address.
"""

import base64
import http.client
import ipaddress
import os
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from popcon.errors import BadInput, ServiceFault
from popcon.settings import settings

MOST_BYTES = 256 * 2**20
DEADLINE_S = 300.0
"""For the whole download, however slowly the bytes come."""
SILENCE_S = 60.0
"""For one read; a host that stays silent longer is given up."""
MOST_REDIRECTS = 5

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HINT = "POPCON_PRIVATE_ADDRESSES=1 allows others"


class AddressRefused(ServiceFault):
    """An address is not https, or does not lie in the public internet."""


def download(
    url: str, most_bytes: int = MOST_BYTES, deadline_s: float = DEADLINE_S, private: bool | None = None
) -> bytes:
    """Download the body at `url`.

    Arguments:
        url: https; credentials in it are refused.
        most_bytes: a larger body is an error.
        deadline_s: seconds for everything: resolving, redirects and the last byte.
        private: whether http and private addresses are accepted; None: as the setting `private_addresses` says.

    Raises:
        AddressRefused: `url`, or what it redirects to, is not public https.
        ServiceFault: it cannot be had: no connection, another status than 200, too large, too slow.
    """
    allowed = settings().private_addresses if private is None else private
    ends = time.monotonic() + deadline_s
    for _ in range(MOST_REDIRECTS + 1):
        try:
            with _connected(url, ends, allowed) as connection:
                body = _read(connection, url, most_bytes)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            late = time.monotonic() >= ends
            why = f"it took longer than {deadline_s:g} s" if late else type(error).__name__
            raise ServiceFault(f"The result at {_host(url)} could not be downloaded: {why}.") from None
        if time.monotonic() >= ends:  # a body without a length ends where the watchdog cut it
            raise ServiceFault(f"The result at {_host(url)} could not be downloaded in {deadline_s:g} s.")
        if isinstance(body, bytes):
            return body
        url = body
    raise ServiceFault(f"The result could not be downloaded: more than {MOST_REDIRECTS} redirects.")


def check_address(url: str, private: bool | None = None) -> None:
    """Refuse an address that a person gave, such as a webhook's, unless it is https and public.

    Arguments:
        url: the address.
        private: as for `download`.

    Raises:
        BadInput: it is not.
    """
    allowed = settings().private_addresses if private is None else private
    try:
        parts = _split(url, allowed)
        _resolve(parts, allowed)
    except AddressRefused as error:
        raise BadInput(str(error)) from None
    except OSError:
        raise BadInput(f"The host {_host(url)!r} is not known; give an address that can be reached.") from None


def is_public(address: str) -> bool:
    """Return whether an IP address lies in the public internet; an IPv4 address inside an IPv6 one is looked at."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if parsed in _NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return parsed.is_global and not parsed.is_multicast


def _split(url: str, private: bool) -> SplitResult:
    """Return the parts of an address whose form is accepted."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused(f"{url[:80]!r} is no address; give https://host/path.") from None
    schemes = ("https", "http") if private else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise AddressRefused(f"{_host(url)} is not an https address; only https is accepted ({_HINT}).")
    if parts.username or parts.password or port == 0 or any(ord(char) < 33 for char in url):
        raise AddressRefused(
            f"The address at {_host(url)} holds a user name or odd characters; give https://host/path."
        )
    return parts


def _resolve(parts: SplitResult, private: bool) -> list[tuple[Any, ...]]:
    """Return what the host resolves to, as `socket.getaddrinfo` answers; one private address among them refuses all."""
    assert parts.hostname is not None
    found = socket.getaddrinfo(parts.hostname, parts.port or _port(parts), type=socket.SOCK_STREAM)
    if not private:
        for *_, address in found:
            if not is_public(str(address[0])):
                raise AddressRefused(f"{parts.hostname} lies at {address[0]}, not in the public internet ({_HINT}).")
    return found


@contextmanager
def _connected(url: str, ends: float, private: bool) -> Iterator[http.client.HTTPConnection]:
    """A connection to an address that was checked, cut at `ends` whatever it is waiting for."""
    parts = _split(url, private)
    proxy = _proxy(parts)
    if proxy is not None:
        connection = _through(proxy, parts, private)
    else:
        connection = _Connection(parts, _resolve(parts, private), ends)
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.timeout = min(SILENCE_S, left)
    try:
        connection.connect()
        with _cut_at(connection, ends):
            yield connection
    finally:
        connection.close()


@contextmanager
def _cut_at(connection: http.client.HTTPConnection, ends: float) -> Iterator[None]:
    """Shut the socket down at `ends`: a time limit of each read alone lets a server drip for ever."""

    def cut(socket_: socket.socket) -> None:
        with suppress(OSError):  # it is closed already
            socket.socket.shutdown(socket_, socket.SHUT_RDWR)

    watchdog = threading.Timer(max(0.0, ends - time.monotonic()), cut, (connection.sock,))
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()


class _Connection(http.client.HTTPConnection):
    """Connects to addresses that were resolved and checked before, and not to what the name resolves to now."""

    def __init__(self, parts: SplitResult, resolved: list[tuple[Any, ...]], ends: float) -> None:
        assert parts.hostname is not None
        self.default_port = _port(parts)
        super().__init__(parts.hostname, parts.port)
        self._secure, self._resolved, self._ends = parts.scheme == "https", resolved, ends

    def connect(self) -> None:
        trouble: OSError = OSError("the name has no address")
        for family, kind, protocol, _, address in self._resolved:
            connected = socket.socket(family, kind, protocol)
            try:
                connected.settimeout(max(0.01, min(SILENCE_S, self._ends - time.monotonic())))
                connected.connect(address)
                self.sock = connected
                if self._secure:
                    self.sock = _tls().wrap_socket(connected, server_hostname=self.host)
                return
            except OSError as error:
                connected.close()
                trouble = error
        raise trouble


def _proxy(parts: SplitResult) -> SplitResult | None:
    """Return the proxy that the environment names for an address."""
    assert parts.hostname is not None
    if urllib.request.proxy_bypass(parts.hostname):
        return None
    named = urllib.request.getproxies().get(parts.scheme)
    return urlsplit(named if "://" in named else f"http://{named}") if named else None


def _through(proxy: SplitResult, parts: SplitResult, private: bool) -> http.client.HTTPConnection:
    """Return a tunnel through a proxy, which resolves the name: what this machine can tell of it is checked."""
    assert parts.hostname is not None
    with suppress(socket.gaierror):  # behind a proxy, outside names often cannot be resolved
        _resolve(parts, private)
    where, port = proxy.hostname or "", proxy.port or 3128
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(where, port, context=_tls())
    else:
        connection = http.client.HTTPConnection(where, port)
    headers = {}
    if proxy.username:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    connection.set_tunnel(parts.hostname, parts.port or _port(parts), headers)
    return connection


def _read(connection: http.client.HTTPConnection, url: str, most_bytes: int) -> bytes | str:
    """Return the body of the answer, or the address that it redirects to."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("GET", target, headers={"User-Agent": "popcon", "Accept-Encoding": "identity"})
    answer = connection.getresponse()
    if answer.status in (301, 302, 303, 307, 308) and (place := answer.getheader("location")):
        return urljoin(url, place)
    if answer.status != 200:
        raise ServiceFault(f"The result could not be downloaded: {_host(url)} answered {answer.status}.")
    body = bytearray()
    while part := answer.read1(1 << 18):
        body += part
        if len(body) > most_bytes:
            raise ServiceFault(f"The result at {_host(url)} is larger than {most_bytes / 2**20:.0f} MB.")
    if answer.length:  # less than the service announced
        raise http.client.IncompleteRead(b"", answer.length)
    return bytes(body)


def _tls() -> ssl.SSLContext:
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
    if named is None:
        import certifi

        named = certifi.where()
    return ssl.create_default_context(cafile=named)


def _port(parts: SplitResult) -> int:
    return 443 if parts.scheme == "https" else 80


def _host(url: str) -> str:
    """Return what may be said of an address: its host. Its path and query may hold a signature."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname or ''}"[:120]
    except ValueError:
        return "an address that cannot be read"
