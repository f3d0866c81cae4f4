"""Texts that make a careless reader look at the same characters again and again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

_SIGNS = (
    " \t\n\r\x0b\0-_=+*#@&<>|`~$%^/\\:;,.!?'\"()[]{}01aAéß中😀\u00a0\u0301\u200b\u2028\u202e\ufeff"
)
_PAIRS = """
>· -· *· 1.· 1)· a· aB· 1· 1, 1. 1-1· 1: 12 -- ---· a- -a · - :- :·-· ·-·- :a: :red[ `· ``· ```
```a ~~~ ` $$ $· $a a$ $a$· $1· \\( \\[ \\] \\\\ \\u \\ud800 \\` \\$ [] ]( ](· [a]( ![ ![a](b [a]:
][ [^ [[ () (( )( {} {"a": {"a":{ [{ @a @a. @a.b@ a@ a@a @{ @{a @{a:· #a #· ##· a. .a .. .· a.b.
a-b. &a &amp; &# &#1; &#64; a&#64; <a <a· <a·b= <a> </a> <! <!-- <? <p> <br> <a·href=" </ <b><i>
http:// http://a https://a. www. www.! :// // '' "" "a "a"· “ “a” in·A· in·A what·is· a·b· use·
use·the·tool· long· words· 2020- 1.1.2020 GMT+ RT·@ href=" href="http:// url( @import url· Bearer·
key= sk- sk-a error· model· model·` token· max· context· not·found· a·and· **a ** *a· _a -> <- <->
--> --· >=· ~= :material/ :help :a[ ::a :::a window.YTD. 0x e1 1e +1 -1 1+ (1 1) %· ^1 'a' =· ||
|· |- |a| |--- |:- --| :-| |-|- ·|
"""
_LINED = """
a -·a 1.·a >·a ····a |·a·| ||·a·|| |---| ```· ~~~ $$ \\[ \\] #·a [a]:·b ·· >·-· ··-·a ` :::a --- a,b
; "a
"""
"""In both a dot in the middle is a space."""

_NESTING = ["( )", "[ ]", "{ }", "< >", "** **", "[ ](a)", "![ ](b)", "<b> </b>", '{"a": }']
_NESTING += ["\\( \\)", "\\[ \\]", ">  \n"]
UNITS = [
    *_SIGNS,
    *(unit.replace("·", " ") for unit in _PAIRS.split()),
    *(line.replace("·", " ") + "\n" for line in _LINED.split()),
    "\ta\n",
    "\r\n",
    "\n\n",
    " \n",
    "> \n",
    "| a | b |\n",
    "|---|---|\n",
    "a  \n",
    "> > ",
    "- - ",
    "> - 1. ",
]


def repeated(unit: str, head: str, end: str, length: int) -> str:
    """`unit` again and again."""
    return head + unit * (length // len(unit)) + end


def closed(opener: str, closer: str, length: int) -> str:
    """As many closers after as many openers."""
    count = length // (len(opener) + len(closer))
    return opener * count + "a" + closer * count


def longer(sign: str, between: str, length: int) -> str:
    """Runs of it, each longer than the one before."""
    count = int((2 * length) ** 0.5)
    return between.join(sign * at for at in range(1, count))


def shorter(sign: str, between: str, length: int) -> str:
    """The same backwards."""
    count = int((2 * length) ** 0.5)
    return between.join(sign * at for at in range(count, 0, -1))


def deeper(line: str, length: int) -> str:
    """Lines that are indented more and more."""
    count = int(length**0.5)
    return "\n".join("  " * at + line for at in range(count))


def one_then(opener: str, unit: str, length: int) -> str:
    """Something that is never closed, and much after it."""
    return opener + unit * (length // len(unit))


REPEATED: dict[str, Callable[[int], str]] = {
    **{f"{unit!r} × n": partial(repeated, unit, "", "") for unit in UNITS},
    **{f"{unit!r} × n, then \\x01": partial(repeated, unit, "", "\x01") for unit in UNITS},
}
LINES = {name: make for name, make in REPEATED.items() if "x01" not in name and "\\n" in name}
"""Those of `REPEATED` that are of lines."""
NESTED: dict[str, Callable[[int], str]] = {
    **{
        f"{a!r} × n, {b!r} × n": partial(closed, a, b)
        for a, b in (pair.split(" ", 1) for pair in _NESTING)
    },
    **{
        f"{kind.__name__} runs of {s!r} with {b!r}": partial(kind, s, b)
        for kind in (longer, shorter)
        for s in "`$*~-|# >[\\"
        for b in ("a", "\n", " ", "\n\n")
        if s != b
    },
    **{f"deeper {line!r}": partial(deeper, line) for line in ("- a", "1. a", "```", "> a", "a")},
    **{
        f"{o!r}, then {u!r} × n": partial(one_then, o, u)
        for o in ("```\n", "> ```\n", "- ```\n", "$$\n", "\\[\n", "| a |\n|---|\n", "- a\n", "`")
        for u in (
            "a",
            " ",
            "a\n",
            "\n",
            "    a\n",
            "> a\n",
            "- a\n",
            "| a |\n",
            "$$\n",
            "> \n",
            "``` \n",
        )
    },
}
