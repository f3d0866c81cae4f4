"""How a handle is written."""

import re

from chat.errors import ToolError
from chat.profiles.clean import host

LENGTH_MAX = 200
_HANDLE = re.compile(r"[\w][\w.-]*(@[\w][\w.-]*(:\d{1,5})?)?")
_ADDRESS = re.compile(r"[!#-&(-;=?-\[\]_a-z~]+")  # without what ends a link in any text


def normalized(handle: str) -> str:
    """``@A `` as ``a``, an address as it is; raises `ToolError` for what cannot be a handle."""
    found = handle.strip()
    if is_address(found):
        if len(found) <= LENGTH_MAX and _ADDRESS.fullmatch(found) and host(found):
            return found
    else:
        found = found.lstrip("@＠").lower()
        if len(found) <= LENGTH_MAX and _HANDLE.fullmatch(found) and ".." not in found:
            return found
    raise no_handle(handle)


def of_account(handle: str, *, place: str) -> str:
    """The handle where accounts have names; raises `ToolError`."""
    name = normalized(handle)
    if is_address(name):
        raise ToolError(f"{place} needs a handle, not an address.", "Write it like @name.")
    return name


def is_address(handle: str) -> bool:
    """Whether it is a web address."""
    return handle.lower().startswith(("http://", "https://"))


def called(name: str) -> str:
    """How a file is called that shall be analyzed: its name without what is special anywhere."""
    plain = re.sub(r"[^\w.-]+", "-", name.strip().lower().rpartition("/")[2])[:LENGTH_MAX]
    return plain.strip("-.") or "file"


def no_handle(handle: str) -> ToolError:
    """What is said of one that cannot be a handle."""
    printable = "".join(one for one in handle[:60] if one.isprintable())
    return ToolError(
        f"“{printable}” is no handle.",
        "Write it like @name, name.bsky.social, name@instance.example, or as a feed's address "
        f"(up to {LENGTH_MAX} characters).",
    )
