"""Which network addresses tools may connect to: public ones only, unless the settings say else."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From host and port to the addresses behind the name; raises `OSError` or `UnicodeError`."""

_UNICAST = ip_network("2000::/3")
_TRANSLATED = ip_network("64:ff9b::/96")
_KEPT = [
    ip_network("192.0.0.0/24"),  # between a provider and its customers
    ip_network("192.88.99.0/24"),  # relays of 6to4
    ip_network("168.63.129.16/32"),  # Azure's services for the machine itself
]


async def resolve(host: str, port: int) -> list[str]:
    """What this machine's resolver says, in its order."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(text: str) -> bool:
    """Whether the address is somewhere on the internet, and nowhere near this machine."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        kept = any(address in network for network in _KEPT)
        return address.is_global and not address.is_multicast and not kept
    inner = _inner(address)
    if inner is not None:
        return is_public(str(inner))
    return address in _UNICAST and address.is_global


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets for this one end at, when a gateway translates it.

    One that is only IPv4 written as IPv6 (``::ffff:1.2.3.4``) has no honest use in DNS.
    """
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour
