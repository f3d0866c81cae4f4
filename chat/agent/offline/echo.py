"""The offline model's answer to what it has no words for: the message's own structure.

Quoted text is escaped, so that nothing in it acts in the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

ECHO_CHARS = 1200

_LIST = re.compile(r"^\s*(?:[-*+•]|\d{1,4}[.)])\s+(.*)$")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*([\w+#.-]{0,20})")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#$|~&!:])")

HONEST = (
    "I am only Parley's built-in offline model, so I cannot really answer this. Ask me how to "
    "**connect a model**. This is what I received:"
)


def echo(text: str) -> str:
    """Say that no model is connected, and give the text back: list as list, code as code."""
    cut = text[:ECHO_CHARS]
    blocks = [_block(kind, lines) for kind, lines in _blocks(cut)]
    if len(text) > len(cut):
        blocks.append(f"… and {len(text) - len(cut):,} more characters.")
    return "\n\n".join([HONEST, *blocks])


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    for kind, marked in groupby(_marked(text), key=lambda pair: pair[0]):
        lines = [line for _, line in marked]
        if kind != "blank":
            yield kind.split(" ")[0], lines


def _marked(text: str) -> Iterator[tuple[str, str]]:
    """Each line with the kind of block it belongs to; code blocks are numbered apart."""
    fence, number = "", 0
    for line in text.splitlines():
        found = _FENCE.match(line)
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            else:
                yield f"code {number}", line
        elif found:
            fence, number = found[1], number + 1
            yield f"code {number}", found[2]
        elif not line.strip():
            yield "blank", line
        elif _LIST.match(line):
            yield "list", line
        elif line.lstrip().startswith("|") and line.rstrip().endswith("|"):
            yield "table", line
        else:
            yield "text", line


def _block(kind: str, lines: list[str]) -> str:
    if kind == "code":
        language, *code = lines
        longest = max((len(run) for run in re.findall(r"`+", "\n".join(code))), default=0)
        fence = "`" * max(3, longest + 1)
        return "\n".join([fence + language, *code, fence])
    if kind == "list":
        return "\n".join(_item(line) for line in lines)
    if kind == "table":
        return _table(lines)
    return "\n".join(f"> {escaped(line.strip())}  " for line in lines).rstrip()


def _item(line: str) -> str:
    found = _LIST.match(line)
    text = found[1] if found else line
    indent = " " * min(len(line) - len(line.lstrip()), 6)
    number = re.match(r"\d+", line.lstrip())
    mark = f"{number[0]}." if number else "-"
    return f"{indent}{mark} {escaped(text)}"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    ruled = len(rows) > 1 and all(re.fullmatch(r":?-+:?", cell) for cell in rows[1])
    rule = rows[1] if ruled else ["---"] * len(rows[0])
    body = rows[2:] if ruled else rows[1:]
    shown = [[escaped(cell) for cell in rows[0]], rule]
    shown += [[escaped(cell) for cell in row] for row in body]
    return "\n".join("| " + " | ".join(row) + " |" for row in shown)


def escaped(text: str) -> str:
    """Markdown's signs made plain; not by a backslash, with a bracket that begins a formula."""
    return _SPECIAL.sub(lambda sign: f"&#{ord(sign[0])};", text)
