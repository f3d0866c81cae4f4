"""Text of people and models, made fit for `st.markdown(..., unsafe_allow_html=False)`.

Streamlit loads remote images, replaces `->`, `:tada:` and `:red[x]`, and takes "$5 and $x$" for a
formula. Messages are stored byte for byte, so all of that is undone here, when drawing. What would
be drawn as written is returned unchanged.
"""

import re
from html import unescape
from itertools import groupby

from chat.ui.markdown.fences import Part, parts
from chat.ui.markdown.inline import Scope, draw

# Of a message, live or finished: about 20,000 tokens, which a browser draws within a second.
DRAWN_CHARS = 100_000

# What makes Streamlit look for formulas at all: a pair of dollar signs that could be one.
_PAIR = re.compile(r"\$\$|\$(?=[^\s$])[^$\n]*?(?<=[^\s$])\$(?!\d)")
# An image needs a target: in the same place, or in a definition anywhere in the text.
_TARGET = re.compile(r"\]\(|\][ \t]*\[|^[ \t>*+-]*\[[^\n]*\]:", re.MULTILINE)
_ATTRIBUTES = re.compile(r"@\{(?:(?!img)[\w\s:,.\"'()-])*\}", re.IGNORECASE)
_STYLES = re.compile(r"url\s*\(|@import|\\", re.IGNORECASE)
_MATH_END = re.compile(r"(?:\$\$|\\\])[ \t]*$", re.MULTILINE)
_INDENTED = re.compile(r"(?: {4}|\t)[ \t]*[^ \t]")
_MARKER = re.compile(r"[ \t>]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)")


def safe(text: str) -> str:
    """`text` with everything disarmed that would load, run or look like something else.

    Code stays as it is, formulas stay (or become, from `\\(…\\)` and `\\[…\\]`) formulas, Mermaid
    diagrams that could fetch something, or are not at their end yet, are shown as code. Linear in
    the length of `text`.
    """
    whole = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    scope = Scope(images=_TARGET.search(whole) is not None)
    drawn = "\n".join(
        _fence(part, scope) if part.opening else _plain(part, scope) for part in _parts(whole)
    )
    plain = scope.release(drawn, dollar="$")
    if scope.formulas or _PAIR.search(plain):
        return scope.release(drawn, dollar="\\$")
    return plain


def _parts(text: str) -> list[Part]:
    """The parts; `st.markdown` strips and dedents, so indented code at the start gets a fence."""
    found = list(parts(text))
    if not found or found[0].opening or not _INDENTED.match(text.lstrip("\n")):
        return found
    lines = found[0].lines
    end = next((at for at, line in enumerate(lines) if line.strip() and line[:1] not in " \t"), -1)
    code, rest = (lines, []) if end < 0 else (lines[:end], lines[end:])
    mark = "`" * (1 + max((len(run) for run in re.findall("`+", "\n".join(code))), default=2))
    inner = [line.removeprefix("\t") if line[:1] == "\t" else line[4:] for line in code]
    fence = Part([mark.rjust(3, "`"), *inner, mark.rjust(3, "`")])
    fence.opening = next(parts(fence.lines[0])).opening
    return [fence, *([Part(rest)] if rest else []), *found[1:]]


def _fence(part: Part, scope: Scope) -> str:
    assert part.opening is not None
    first, *inner = part.lines
    info = unescape(part.opening.info).replace("\\", "").lower()
    closed = bool(inner) and part.opening.closed_by(inner[-1])
    if "mermaid" in info and (not closed or _fetches("\n".join(inner))):
        first = part.opening.prefix + part.opening.mark + "text"
    body = "\n".join([first, *inner])
    if scope.images and not part.sure:
        scope.sure = False
        return body.replace("![", "!\\[")
    return body


def _fetches(diagram: str) -> bool:
    """Whether Mermaid would load something for it: image shapes do (seen), styles might."""
    return diagram.count("@{") != len(_ATTRIBUTES.findall(diagram)) or bool(_STYLES.search(diagram))


def _plain(part: Part, scope: Scope) -> str:
    scope.sure = scope.sure and part.sure
    drawn: list[str] = []
    listed = False
    for blank, lines in groupby(_formulas(part.lines, scope), lambda line: not line.strip(" \t")):
        block = list(lines)
        if blank:
            drawn.extend(block)
            continue
        listed = _MARKER.match(block[0]) is not None or (listed and block[0][:1] in " \t")
        if not listed and all(_INDENTED.match(line) for line in block):
            drawn.extend(line.replace("![", "!\\[") if scope.images else line for line in block)
            continue
        listed = listed or any(map(_MARKER.match, block))
        drawn.append(draw("\n".join(block), scope))
    return "\n".join(drawn)


def _formulas(lines: list[str], scope: Scope) -> list[str]:
    """`lines` with formulas that have lines of their own each folded into one item."""
    ends = [at for at, line in enumerate(lines) if _MATH_END.search(line)]
    found: list[str] = []
    at = 0
    nearest = 0
    while at < len(lines):
        line = lines[at]
        bare = line.lstrip(" \t")
        opener = bare[:2]
        if opener not in ("$$", "\\["):
            found.append(line)
            at += 1
            continue
        while nearest < len(ends) and ends[nearest] < at + (bare.strip() == opener):
            nearest += 1
        end = ends[nearest] if nearest < len(ends) else -1
        formula = _formula(lines[at : end + 1], opener) if end >= 0 and end - at < 60 else ""
        if formula:
            found.append(scope.hold(formula))
            at = end + 1
        else:
            found.append(line)
            at += 1
    return found


def _formula(lines: list[str], opener: str) -> str:
    """The lines as a block formula, or nothing when they are none."""
    text = "\n".join(lines)
    indent = text[: text.index(opener)]
    closer = "$$" if opener == "$$" else "\\]"
    inner = text[len(indent) + 2 :].rstrip(" \t")
    if not inner.endswith(closer):
        return ""
    inner = inner[:-2].strip()
    if not inner or "$" in inner or "`" in inner or "![" in inner or closer in inner:
        return ""
    body = "\n".join(indent + line.strip() for line in inner.split("\n"))
    return f"{indent}$$\n{body}\n{indent}$$"
