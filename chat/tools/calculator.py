"""Arithmetic, read by a small parser of its own: nothing is ever run as code."""

from __future__ import annotations

import operator
import re
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from chat.agent.toolkit import ToolContext, tool
from chat.errors import ToolError
from chat.tools.arithmetic import (
    CONSTANTS,
    FUNCTIONS,
    Function,
    apply,
    divide,
    floor_divide,
    power,
    remainder,
    shown,
)

MAX_CHARS = 1000
MAX_DEPTH = 60

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4}(?!\d))?)"
    r"|(?P<name>[^\W\d]\w*)|(?P<sign>\*\*|//|[-+*/%(),]))"
)
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**"})
_HINT = "Use + - * / // % **, brackets, and " + ", ".join([*FUNCTIONS, *CONSTANTS]) + "."
_PRODUCTS: dict[str, Function] = {
    "*": operator.mul,
    "of": operator.mul,
    "/": divide,
    "//": floor_divide,
    "%": remainder,
}


@tool("Calculating…")
async def calculate(
    context: ToolContext,  # noqa: ARG001
    expression: Annotated[
        str,
        Field(description="for example (12.5 + 3) * 2**10 or 15% of 80", max_length=MAX_CHARS),
    ],
) -> dict[str, str | bool]:
    """Arithmetic, exact for whole numbers and decimals. Use it for every calculation.

    There are + - * / // (rounded down) % (remainder) ** and brackets; percentages as 15% of 80;
    sqrt, abs, round(x, places), floor, ceil, min, max, sum, factorial, exp, ln, log10, log(x)
    (natural) and log(x, base), sin, cos and tan of radians; pi and e. A point before decimals,
    no separators of thousands, no variables. ``exact`` is false for a rounded result.
    """
    text, exact = calculated(expression)
    return {"expression": expression, "result": text, "exact": exact}


def calculated(expression: str) -> tuple[str, bool]:
    """The result, and whether it is exact; raises `ToolError`."""
    return shown(_Reader(_tokens(expression)).whole())


def _tokens(expression: str) -> list[str]:
    if len(expression) > MAX_CHARS:
        raise ToolError("The calculation is too long.", f"Use at most {MAX_CHARS} characters.")
    text = expression.translate(_SIGNS).rstrip()
    found: list[str] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ToolError(f"{text[place:].strip()[:20]!r} is no arithmetic.", _HINT)
        if re.match(r"0\d", match["number"] or ""):
            raise ToolError(
                f"{match['number']} begins with a 0.", "Leave separators of thousands out."
            )
        found.append(match[match.lastgroup or 0].lower())
        place = match.end()
    return found


class _Reader:
    """Reads tokens from left to right and calculates at once; each method is a rule of grammar."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def whole(self) -> Fraction:
        if not self._tokens:
            raise ToolError("There is nothing to calculate.", _HINT)
        value = self._sum()
        if self._next:
            raise self._unexpected()
        return value

    @property
    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self, *signs: str) -> str:
        """The next token if it is one of these, else nothing."""
        token = self._next
        if token not in signs:
            return ""
        self._place += 1
        return token

    def _sum(self) -> Fraction:
        value = self._product()
        while sign := self._take("+", "-"):
            other = self._product()
            value = apply(operator.add if sign == "+" else operator.sub, value, other)
        return value

    def _product(self) -> Fraction:
        value = self._signed()
        while sign := self._take(*_PRODUCTS):
            value = apply(_PRODUCTS[sign], value, self._signed())
        return value

    def _signed(self) -> Fraction:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ToolError("There are too many brackets in brackets.", "Calculate in two steps.")
        if sign := self._take("+", "-"):
            value = apply(operator.pos if sign == "+" else operator.neg, self._signed())
        else:
            value = self._percent()
            if self._take("**"):
                value = apply(power, value, self._signed())
        self._depth -= 1
        return value

    def _percent(self) -> Fraction:
        value = self._atom()
        if self._next != "%":
            return value
        after = self._tokens[self._place + 1] if self._place + 1 < len(self._tokens) else ""
        if after in {"+", "-"}:
            raise ToolError(
                f"% before {after} could be a percentage or a remainder.",
                f"Write (15%) {after} 3 or 15 % ({after}3).",
            )
        if after == "(" or (after and after != "of" and (after[0] == "." or after[0].isalnum())):
            return value  # a remainder, which is for `_product`
        self._place += 1
        return apply(divide, value, Fraction(100))

    def _atom(self) -> Fraction:
        token = self._next
        if not token or token[0] in "+-*/%),":
            raise self._unexpected()
        self._place += 1
        if token == "(":
            value = self._sum()
            self._close()
            return value
        if token[0] == "." or token[0].isdigit():
            return _number(token)
        if token in CONSTANTS:
            return CONSTANTS[token]
        if token not in FUNCTIONS:
            raise ToolError(f"{token[:20]!r} is not known here.", _HINT)
        return self._call(token)

    def _call(self, name: str) -> Fraction:
        function, least, most = FUNCTIONS[name]
        if not self._take("("):
            raise ToolError(f"{name} needs brackets.", f"Write {name}(…).")
        values = [self._sum()]
        while self._take(","):
            values.append(self._sum())
        self._close()
        if not least <= len(values) <= most:
            raise ToolError(f"{name} does not take {len(values)} numbers.", f"It takes {most}.")
        return apply(function, *values)

    def _close(self) -> None:
        if not self._take(")"):
            raise self._unexpected()

    def _unexpected(self) -> ToolError:
        if not self._next:
            return ToolError("The calculation ends too early.", "Check the brackets and the end.")
        fix = "Leave separators of thousands out." if self._next == "," else _HINT
        return ToolError(f"{self._next[:20]!r} is at a place where it makes no sense.", fix)


def _number(token: str) -> Fraction:
    try:
        return apply(Fraction, Fraction(token))
    except ValueError:  # digits of another script, which Fraction takes only in part
        raise ToolError(f"{token[:20]!r} is no number.", "Use the digits 0 to 9.") from None
