"""Who is asking: the peer of the connection, or whom a trusted proxy names.

Everything else in the project reads `REMOTE_ADDR`. Forwarding headers from anybody but a configured proxy are removed
before any code sees them, so that nobody can choose their own address or claim to have come by https.
"""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDING = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


def is_trusted(peer: str) -> bool:
    """Is `peer` one of the proxies named in CLINIC_TRUSTED_PROXIES (addresses or networks)?"""
    address = _address(peer)
    return address is not None and any(
        address in ipaddress.ip_network(network.strip(), strict=False) for network in settings.TRUSTED_PROXIES
    )


def client_address(peer: str, forwarded_for: str) -> str:
    """The nearest address that is not one of our proxies; the list is read from the right, where we wrote it."""
    for hop in reversed(forwarded_for.split(",")):
        if not is_trusted(peer):
            break
        address = _address(hop)
        if address is None:
            break
        peer = str(address)
    return peer


class ProxyMiddleware:
    """Sets REMOTE_ADDR to the person's address and drops forwarding headers nobody trusted has written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        peer = meta.get("REMOTE_ADDR", "")
        if is_trusted(peer):
            meta["REMOTE_ADDR"] = client_address(peer, meta.get("HTTP_X_FORWARDED_FOR", ""))
        else:
            for name in FORWARDING:
                meta.pop(name, None)
        return self.get_response(request)
