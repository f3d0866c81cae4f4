"""What a tool's call needs a person's consent for: addresses, accounts, tools that change things.

How an address is written decides nothing that parsers see in different ways: one that is not
plain is allowed only as a whole.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

SHOWN_CHARS, SHOWN = 100, 5
_PLAIN_HOST = re.compile(r"[a-z0-9.-]{1,253}(:[0-9]{1,5})?")
_ODD = re.compile(r"[\\\s\x00-\x1f]")
_BEGINS = re.compile(r"(?i)^//|://|:\\|https?:|ftp:|wss?:")
_UNSEEN = re.compile(r"[\x00-\x1f]")
_AROUND = "<>()[]{}\"'`,;"
_NAMED = re.compile(
    r"(?:^|[^A-Za-z]|(?<=[a-z])(?=[A-Z]))"
    r"(?i:url|uri|href|link|address|host|hostname|domain|site|website|endpoint)(?:e?s)?(?![a-z])"
)


@dataclass(frozen=True, slots=True)
class Need:
    """``question`` asks for it, ``permit`` is what is allowed where a whole chat allows it.

    Whoever wrote one of the ``spellings`` has asked for it in their own words.
    """

    permit: str
    question: str
    spellings: tuple[str, ...] = ()


def of_address(address: str) -> Need:
    """To fetch a page; in a whole chat, anything of its host."""
    try:
        host = urlsplit(address).netloc.lower()
    except ValueError:
        host = ""
    if _ODD.search(address) or not _PLAIN_HOST.fullmatch(host):
        return Need(address, f"Fetch {_short(address)}?", (address,))
    return Need(host, f"Fetch {host}?", (address,))


def of_tool(name: str, tool: str, server: str) -> Need:
    """To use a tool that may change something."""
    return Need(name, f"Use {_short(tool)} of {server}?")


def addresses(arguments: Mapping[str, object]) -> list[str]:
    """What in arguments can be an address, each once: by how it begins, or by its name."""
    return list(dict.fromkeys(_addresses(arguments)))


def questions(needs: Iterable[Need]) -> str:
    """All of them as one line for people."""
    each = list(dict.fromkeys(need.question for need in needs))
    more = f" … and {len(each) - SHOWN} more." if len(each) > SHOWN else ""
    return " ".join(each[:SHOWN]) + more


def _addresses(arguments: Mapping[str, object]) -> Iterator[str]:
    left: list[tuple[bool, object]] = [(False, arguments)]
    while left:
        is_named, value = left.pop()
        if isinstance(value, Mapping):
            left += [(is_named or _is_named(key), inner) for key, inner in value.items()]
            left += [(False, str(key)) for key in value]
        elif isinstance(value, list):
            left += [(is_named, inner) for inner in value]
        elif isinstance(value, str):
            yield from _in_text(value, whole=is_named)
        elif is_named and isinstance(value, int | float) and not isinstance(value, bool):
            yield str(value)  # an address of IPv4 can be a number


def _is_named(key: object) -> bool:
    return _NAMED.search(str(key)) is not None


def _in_text(text: str, *, whole: bool) -> Iterator[str]:
    """Servers leave out what cannot be seen; what begins with an address is one to its end."""
    for seen in dict.fromkeys((text.strip(), _UNSEEN.sub("", text).strip())):
        words = seen.split()
        if words and (whole or _BEGINS.search(words[0])):
            yield seen
        else:
            yield from (word.strip(_AROUND) for word in words if _BEGINS.search(word))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS else f"{line[: SHOWN_CHARS - 1]}…"
