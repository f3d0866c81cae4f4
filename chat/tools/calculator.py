"""Arithmetic on fractions, evaluated by simpleeval: nothing is ever run as code.

Nothing here can take long: an expression has at most `MAX_CHARS` characters, a number at most
`MAX_BITS` bits. What is no fraction, such as a root, is rounded to `DIGITS` digits.
"""

import ast
import decimal
import math
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import partial, reduce
from itertools import pairwise
from typing import Annotated

import simpleeval  # type: ignore[import-untyped]
from pydantic import Field

from chat.agent.toolkit import ToolContext, tool
from chat.errors import ToolError

MAX_CHARS, MAX_BITS, MAX_COUNTED = 1000, 10_000, 1000
DIGITS, SHOWN_DIGITS = 30, 20

_TRAPS = [decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.Underflow]
_CONTEXT = decimal.Context(prec=DIGITS, Emax=3100, Emin=-3100, traps=_TRAPS)
_TOKEN = re.compile(
    r"((?!0[0-9])(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]{1,3}(?![0-9]))?"
    r"|[a-z][a-z0-9]*|\*\*|//|[-+*/%(),])|\s+|(.+)",
    re.DOTALL,
)
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**"})
_AFTER_PERCENTAGE = {"", "of", ")", ",", "*", "/", "//", "**"}


@tool("Calculating…")
async def calculate(
    context: ToolContext,  # noqa: ARG001
    expression: Annotated[
        str, Field(description="for example (12.5 + 3) * 2**10 or 15% of 80", max_length=MAX_CHARS)
    ],
) -> dict[str, str | bool]:
    """Arithmetic, exact for whole numbers and decimals. Use it for every calculation.

    There are + - * / // (rounded down) % (remainder) ** and brackets; percentages as 15% of 80;
    sqrt, abs, round(x, places), floor, ceil, min, max, sum, factorial, comb(n, k), exp, ln,
    log10, log(x) (natural) and log(x, base), sin, cos and tan of radians; pi and e. A point
    before decimals, no separators of thousands, no variables. ``exact`` is false for a rounded
    result.
    """
    text, exact = calculated(expression)
    return {"expression": expression, "result": text, "exact": exact}


def calculated(expression: str) -> tuple[str, bool]:
    """The result, and whether it is exact; raises `ToolError`."""
    tokens = _tokens(expression)
    with decimal.localcontext(_CONTEXT) as context:
        context.flags[decimal.Inexact] = not {"pi", "e", "sin", "cos", "tan"}.isdisjoint(tokens)
        try:
            return _shown(_Calculator().eval(" ".join(tokens)), context)
        except ZeroDivisionError:
            raise ToolError("This divides by 0.", "Check the numbers.") from None
        except (decimal.InvalidOperation, OverflowError):
            why = "A root, power, logarithm or angle has no value there."
            raise ToolError(why, "Check the numbers and signs.") from None
        except decimal.DecimalException:
            why = "A number in it has more than 3000 digits, before or after its point."
            raise ToolError(why, "Use other numbers.") from None
        except (RecursionError, MemoryError):
            raise ToolError("It has too many steps.", "Calculate in two steps.") from None
        except (SyntaxError, TypeError, ValueError, simpleeval.InvalidExpression):
            raise ToolError("That makes no sense as arithmetic.", _HINT) from None


def _tokens(expression: str) -> list[str]:
    """Numbers, names and signs as Python writes them; a percentage is an attribute to it."""
    if len(expression) > MAX_CHARS:
        raise ToolError("The calculation is too long.", f"Use at most {MAX_CHARS} characters.")
    text = re.sub(r"\d", lambda digit: str(int(digit[0])), expression.translate(_SIGNS).lower())
    tokens = []
    for token, rest in _TOKEN.findall(text):
        if rest:
            raise ToolError(f"{rest[:20]!r} is no arithmetic.", _HINT)
        if token[:1].isalpha() and token not in {*FUNCTIONS, *CONSTANTS, "of"}:
            raise ToolError(f"{token[:20]!r} is not known here.", _HINT)
        tokens += [token] if token else []
    for place, (sign, after) in enumerate(pairwise([*tokens, ""])):
        if sign == "%" and after in {"+", "-"}:
            raise ToolError(
                f"% before {after} could be a percentage or a remainder.",
                f"Write (15%) {after} 3 or 15 % ({after}3).",
            )
        if sign == "%" and after in _AFTER_PERCENTAGE:
            tokens[place] = ".percent"
    return ["*" if token == "of" else token for token in tokens]


class _Calculator(simpleeval.SimpleEval):  # type: ignore[misc]
    """Knows numbers, names, signs and calls, and nothing else that Python has."""

    def __init__(self) -> None:
        super().__init__({**simpleeval.DEFAULT_OPERATORS, ast.Pow: _power}, FUNCTIONS, CONSTANTS)
        kinds = (ast.Expr, ast.UnaryOp, ast.BinOp, ast.Call, ast.Name)
        self.nodes: dict[type[ast.AST], Callable[..., object]] = {
            **{kind: self.nodes[kind] for kind in kinds},
            ast.Constant: lambda node: self.expr[node.col_offset : node.end_col_offset],
            ast.Attribute: lambda node: self._eval(node.value) / 100,
        }

    def _eval(self, node: ast.AST) -> Fraction:
        return _bounded(Fraction(super()._eval(node)))


def _bounded(value: Fraction) -> Fraction:
    """Rounded if it is too long; raises `decimal.Overflow` if it still is."""
    size = max(value.numerator.bit_length(), value.denominator.bit_length())
    return value if size <= MAX_BITS else _real(operator.pos, value)


def _real(function: Callable[..., Decimal], *values: Fraction) -> Fraction:
    """Calculated with ten digits more than are kept."""
    with decimal.localcontext(prec=DIGITS + 10) as precise:
        result = function(*(Decimal(one.numerator) / one.denominator for one in values))
    decimal.getcontext().flags[decimal.Inexact] |= precise.flags[decimal.Inexact]
    return Fraction(+result)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    size = max(base.numerator.bit_length(), base.denominator.bit_length()) - 1
    if exponent.denominator == 1 and size * abs(exponent) <= MAX_BITS:
        return Fraction(base ** int(exponent))
    return _real(operator.pow, base, exponent)


def _round(value: Fraction, places: Fraction = Fraction(0)) -> Fraction:
    """Halves away from zero, as people do."""
    if places.denominator != 1 or abs(places) > 300:
        raise ToolError("round takes a whole number of places up to 300.", "Use round(x, 2).")
    scale = Fraction(10) ** int(places)
    return math.floor(abs(value) * scale + Fraction(1, 2)) / scale * (1 if value > 0 else -1)


def _logarithm(value: Fraction, base: Fraction | None = None) -> Fraction:
    if value <= 0 or (base is not None and (base <= 0 or base == 1)):
        raise decimal.InvalidOperation
    if base is None:
        return _real(Decimal.ln, value)
    return _real(lambda a, b: a.ln() / b.ln(), value, base)


def _counted(function: Callable[..., int], *values: Fraction) -> Fraction:
    if any(one.denominator != 1 or not 0 <= one <= MAX_COUNTED for one in values):
        why = f"factorial and comb take whole numbers from 0 to {MAX_COUNTED}."
        raise ToolError(why, "Use such ones.")
    return Fraction(function(*map(int, values)))


def _wave(function: Callable[[float], float], angle: Fraction) -> Fraction:
    """To the 15 digits that a float has; what is only its noise is 0."""
    found = function(float(angle)) if abs(angle) <= 10**9 else math.inf
    if abs(found) > 1e15:
        raise decimal.InvalidOperation
    return Fraction(0 if abs(found) < 1e-15 and abs(angle) > 1 else f"{found:.15g}")


def _shown(value: Fraction, context: decimal.Context) -> tuple[str, bool]:
    """As text, and whether that is exact: all digits of a whole number, else enough of them."""
    if value.denominator == 1 and not context.flags[decimal.Inexact]:
        return str(value.numerator), True
    number = Decimal(value.numerator) / value.denominator
    exact = not context.flags[decimal.Inexact]
    context.prec = DIGITS if exact else SHOWN_DIGITS
    number = number.normalize()
    return f"{number:{'f' if -15 < number.adjusted() < SHOWN_DIGITS else 'e'}}", exact


CONSTANTS = {
    "pi": Fraction("3.14159265358979323846264338328"),
    "e": Fraction("2.71828182845904523536028747135"),
}
FUNCTIONS: dict[str, Callable[..., Fraction | int]] = {
    "sqrt": partial(_real, Decimal.sqrt),
    "abs": abs,
    "round": _round,
    "floor": math.floor,
    "ceil": math.ceil,
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "sum": lambda *values: reduce(lambda a, b: _bounded(a + b), values),
    "factorial": partial(_counted, math.factorial),
    "comb": partial(_counted, math.comb),
    "exp": partial(_real, Decimal.exp),
    "ln": lambda value: _logarithm(value),
    "log10": lambda value: _logarithm(value, Fraction(10)),
    "log": _logarithm,
    "sin": partial(_wave, math.sin),
    "cos": partial(_wave, math.cos),
    "tan": partial(_wave, math.tan),
}
_HINT = (
    "Use + - * / // % **, brackets, a point before decimals, no separators of thousands, and "
    + ", ".join([*FUNCTIONS, *CONSTANTS])
    + "."
)
