"""Who pays for what somebody uses up: they themselves, where they are, and all like them."""

from dataclasses import dataclass
from typing import Literal, NewType, get_args

from chat.peers import budget_unit

PeerAddress = NewType("PeerAddress", str)
"""Where a request comes from, as `chat.peers.client_address` found out."""
NOWHERE = PeerAddress("")
"""Of requests that say nothing of it; they share one budget."""
PayerKind = Literal["guest", "guest_address", "guest_all", "user", "admin", "user_all"]
KINDS: tuple[PayerKind, ...] = get_args(PayerKind)
"""As the settings for each begin."""


@dataclass(frozen=True, slots=True)
class Payer:
    """One of them; ``name`` says which guest, address or user."""

    kind: PayerKind
    name: str = ""

    @property
    def key(self) -> str:
        """As it is kept."""
        return f"{self.kind}:{self.name}"


GUESTS, PEOPLE = Payer("guest_all"), Payer("user_all")


def own_payer(user_id: str, role: str) -> Payer:
    """Whoever asks, alone."""
    kinds: dict[str, PayerKind] = {"guest": "guest", "admin": "admin"}
    return Payer(kinds.get(role, "user"), user_id)


def payers_of(user_id: str, role: str, address: str) -> tuple[Payer, ...]:
    """All who pay for them; ``address`` as `unit_of` made it."""
    own = own_payer(user_id, role)
    return (own, Payer("guest_address", address), GUESTS) if role == "guest" else (own, PEOPLE)


def unit_of(address: PeerAddress) -> str:
    """What shares one budget with this address: an IPv4 address, an IPv6 /64."""
    return budget_unit(address)[:64]
