"""Requests behind a reverse proxy: the client, host and scheme that a trusted proxy forwards."""

from collections.abc import MutableMapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from popcon.errors import BadInput

Networks = tuple[IPv4Network | IPv6Network, ...]


def networks(texts: Sequence[str]) -> Networks:
    """Parse addresses and networks such as 10.0.0.7 or 10.0.0.0/8.

    Raises:
        BadInput: one of them is neither.
    """
    try:
        return tuple(ip_network(each.strip(), strict=False) for each in texts if each.strip())
    except ValueError as error:
        raise BadInput(f"POPCON_WEB_PROXIES: {error}; give addresses or networks, such as 10.0.0.0/8.") from error


def forwarded(scope: MutableMapping[str, Any], proxies: Networks) -> MutableMapping[str, Any]:
    """Return a request's ASGI scope as its client sent it to the proxy.

    `X-Forwarded-For`, `-Host` and `-Proto` count only if the request comes from one of `proxies`; of the addresses in
    `X-Forwarded-For` the last counts that is not a proxy itself. Other requests are returned as they are.
    """
    if not proxies or not _is_in(str((scope.get("client") or ("",))[0]), proxies):
        return scope
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    changed = dict(scope)
    hops = [each.strip() for each in headers.get(b"x-forwarded-for", "").split(",") if each.strip()]
    client = next((each for each in reversed(hops) if not _is_in(each, proxies)), None)
    if client is not None:
        changed["client"] = (client, 0)
    if headers.get(b"x-forwarded-proto", "").strip() in ("http", "https"):
        changed["scheme"] = headers[b"x-forwarded-proto"].strip()
    if host := headers.get(b"x-forwarded-host", "").strip():
        others = [(name, value) for name, value in scope["headers"] if name.lower() != b"host"]
        changed["headers"] = [*others, (b"host", host.encode("latin-1"))]
    return changed


def _is_in(address: str, proxies: Networks) -> bool:
    try:
        return any(ip_address(address) in each for each in proxies)
    except ValueError:
        return False
