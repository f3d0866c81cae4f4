"""Where a request comes from: the address that is believed, and what shares one budget.

Anybody can write any address into a header; only a proxy that the operator named is believed.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

IpAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
IPV6_BUDGET = 64
"""So many leading bits one subscriber has for their own: the rest costs them nothing."""
BEFORE_IPV4 = 96
"""So many bits an IPv6 address has in front of an IPv4 one."""
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::[0-9]{1,5})?")
_NAME = re.compile(r"(?!.*\.\.)[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?")


def networks(text: object) -> tuple[Network, ...]:
    """Of ``"10.0.0.0/8, ::1"``; raises `ValueError` for what is none."""
    return tuple(_plain(ipaddress.ip_network(part)) for part in _listed(text))


def host_names(text: object) -> tuple[str, ...]:
    """Of ``"chat.example.org, nas"``, in lower case; raises `ValueError` for what is none."""
    names = tuple(name.lower().removesuffix(".") for name in _listed(text))
    if not all(map(_NAME.fullmatch, names)):
        raise ValueError
    return names


def origins(text: object) -> tuple[str, ...]:
    """Of ``"https://app.example.org, http://localhost:3000"``, as browsers write them.

    Raises `ValueError` for what is none, and for a port that goes without saying.
    """
    found = tuple(origin.lower() for origin in _listed(text))
    for origin in found:
        scheme, _, host = origin.partition("://")
        usual = {"https": ":443", "http": ":80"}.get(scheme)
        if usual is None or host.endswith(usual) or not host_of(host):
            raise ValueError
    return found


def _listed(text: object) -> list[str]:
    if isinstance(text, list | tuple):
        text = ",".join(map(str, text))
    if not isinstance(text, str):
        raise ValueError
    return [part.strip() for part in text.split(",")] if text.strip() else []


def _plain(network: Network) -> Network:
    """One of IPv4 addresses that are written as IPv6 is IPv4, as in `parsed`."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < BEFORE_IPV4:
        return network
    return IPv4Network((mapped, network.prefixlen - BEFORE_IPV4))


def client_address(
    peer: str | None, forwarded: Iterable[str], trusted: Sequence[Network] = ()
) -> str:
    """The address of whoever asks; ``peer`` is the other end of the connection.

    ``forwarded`` are the values of ``X-Forwarded-For``, to whose end each proxy adds who asked
    it. Read from there, the first that is no trusted proxy counts; nothing is believed of another.
    """
    found = parsed(peer or "")
    if found is None:
        return peer or ""
    for said in reversed(",".join(forwarded).split(",")):
        if not _is_in(found, trusted) or (before := _without_port(said.strip())) is None:
            break
        found = before
    return str(found)


def budget_unit(address: str) -> str:
    """What all that one subscriber can ask from has in common: an IPv4 address, an IPv6 /64.

    What is no address (a socket's, ``this computer``) is itself.
    """
    found = parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found) >> IPV6_BUDGET << IPV6_BUDGET, IPV6_BUDGET)))
    return address if found is None else str(found)


def parsed(text: str) -> IpAddress | None:
    """The address; an IPv4 one that is written as IPv6 is IPv4; None for what is none."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def host_of(header: str) -> IpAddress | str | None:
    """What ``Host`` names, an address or a name in lower case; None for what it must not be."""
    named = _HOST.fullmatch(header.lower())
    if named is None:
        return None
    if named["six"]:
        return parsed(named["six"])
    return parsed(named["name"]) or named["name"].removesuffix(".")


def is_this_computer(host: IpAddress | str | None) -> bool:
    """Whether a host, as `host_of` gives it, can only be this computer."""
    if isinstance(host, str):
        return host == "localhost" or host.endswith(".localhost")
    return host is not None and host.is_loopback


def _is_in(address: IpAddress, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


def _without_port(said: str) -> IpAddress | None:
    """Some proxies add the port: ``192.0.2.7:1234``, ``[2001:db8::1]:1234``."""
    if (plain := parsed(said)) is not None:
        return plain
    host = host_of(said)
    return None if isinstance(host, str) else host
