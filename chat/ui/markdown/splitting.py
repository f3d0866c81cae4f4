"""Where to cut Markdown that has grown too long to be sent again and again.

Each function takes as much text as may stand in one block and returns the block to draw, what the
rest has to begin with to go on as the same thing, and where in the text the rest begins.
"""

import re

from chat.ui.markdown.fences import Opening

Split = tuple[str, str, int]

_ITEM = re.compile(r"^([ \t]*)([-+*]|(\d{1,9})([.)]))(?=[ \t])", re.MULTILINE)
_SENTENCE = re.compile(r"[.!?…。！？:][\"'”’)]*\s+|\n")
_SPACE = re.compile(r"\s+")
_MARK = re.compile(r"[-+*>#|=~$\\:]|\d{1,9}[.)]|```")
_LONGEST_HEAD = 600


def split_text(text: str) -> Split:
    """After a sentence, or a word, that leaves no bold, code or formula open."""
    for pattern in (_SENTENCE, _SPACE):
        for end in reversed([found.end() for found in pattern.finditer(text, len(text) // 2)]):
            if end < len(text) and not _MARK.match(text, end) and _even(text[:end]):
                return text[:end], "", end
    spaces = [found.end() for found in _SPACE.finditer(text, len(text) // 2)]
    end = spaces[-1] if spaces else len(text)
    return text[:end], "", end


def split_fence(text: str, opening: Opening) -> Split:
    """After a line of code, with the fence closed and opened again."""
    quotes = opening.prefix if opening.prefix.replace(" ", "").strip(">") == "" else ""
    indent = quotes or " " * opening.column
    info = opening.info if len(opening.info) < _LONGEST_HEAD else ""
    first = f"{opening.prefix}{opening.mark}{opening.info}"
    head_end = text.rfind(first) + len(first) + 1
    end = text.rfind("\n", head_end) + 1
    if end <= max(head_end, len(text) // 4):
        end = len(text)
    block = text[:end]
    newline = "" if block.endswith("\n") else "\n"
    if "mermaid" in info.lower():
        info = "text"  # half a diagram is none
        block = block[: head_end - 1 - len(opening.info)] + info + block[head_end - 1 :]
    head = f"{quotes}{opening.mark}{info}\n" + ("" if block.endswith("\n") else quotes)
    return f"{block}{newline}{indent}{opening.mark}\n", head, end


def split_list(text: str) -> Split:
    """Before an item of the outermost level; a numbered one keeps its number."""
    items = list(_ITEM.finditer(text))
    outer = min((len(item[1].expandtabs(4)) for item in items), default=0)
    tops = [item for item in items if len(item[1].expandtabs(4)) == outer]
    tops = [item for item in tops if bool(item[3]) == bool(tops[0][3])]
    last = tops[-1] if tops else None
    if last is None or last.start() < len(text) // 4:
        return split_text(text)
    if not last[3]:
        return text[: last.start()], "", last.start()
    number = int(tops[0][3]) + len(tops) - 1
    return text[: last.start()], f"{last[1]}{number}{last[4]}", last.end()


def split_table(text: str) -> Split:
    """After a row, with the head repeated."""
    end = text.rfind("\n") + 1
    lines = text.split("\n", 2)
    head = "\n".join(lines[:2]) + "\n"
    at = next((i for i, line in enumerate(text.split("\n")) if set(line) <= set("|:- \t")), 1)
    if at > 1:
        head = "\n".join(text.split("\n")[at - 1 : at + 1]) + "\n"
    if len(head) > _LONGEST_HEAD or end <= len(text) // 4:
        return split_text(text)
    return text[:end], head, end


def _even(text: str) -> bool:
    last = text.rpartition("\n\n")[2]
    closed = last.count("[") == last.count("]")
    return closed and all(last.count(mark) % 2 == 0 for mark in ("`", "**", "$"))
