"""What the offline model was given besides words: the files of a message, by their headings."""

from collections.abc import Iterator, Mapping

from chat.agent.types import ATTACHED, FILE_BEGINS, FILE_ENDS

_BEGINS, _, _TAIL = FILE_BEGINS.partition("{}")


def text_of(message: Mapping[str, object]) -> str:
    """The words of a message as chat completions have it, without pictures."""
    content = message.get("content") or ""
    if not isinstance(content, list):
        return str(content)
    parts = (part for part in content if isinstance(part, Mapping))
    return "".join(str(part.get("text") or "") for part in parts)


def split(text: str) -> tuple[str, str]:
    """What somebody wrote, and what stands behind it of files."""
    said, _, files = text.partition(ATTACHED)
    return said.strip(), files.strip()


def headings(files: str) -> Iterator[str]:
    """The line about each file; none of those inside of one."""
    end = ""
    for line in files.splitlines():
        if end:
            end = "" if line == end else end
        elif line.startswith(_BEGINS) and line.endswith(_TAIL):
            end = FILE_ENDS.format(line.removeprefix(_BEGINS).removesuffix(_TAIL))
        elif line.startswith("["):
            yield line.strip("[]")
