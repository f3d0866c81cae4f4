"""Which requests come from this computer."""

import ipaddress
import re
from collections.abc import Mapping

_FORWARDED = {
    *("forwarded", "via", "x-real-ip", "x-client-ip", "x-original-forwarded-for"),
    *("x-original-host", "cf-connecting-ip", "true-client-ip", "fly-client-ip", "cdn-loop"),
}
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::[0-9]{1,5})?")


def is_local(host: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this computer, straight, and for it.

    ``headers`` by lower-case name. A foreign ``Host`` is a page that points its own name here;
    without an address (``host``) it came through a Unix socket, where only proxies ask.
    """
    if any(name in _FORWARDED or name.startswith("x-forwarded") for name in headers):
        return False
    if not _is_loopback(host or ""):
        return False
    named = _HOST.fullmatch(headers.get("host", "localhost").lower())
    if named is None:
        return False
    name = (named["name"] or "").removesuffix(".")
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(named["six"] or name)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
