"""Numbers of the calculator: exact fractions, as long as nobody asks for a root or a sine.

Nothing here can take long: numbers have at most `MAX_BITS` bits. What cannot be exact is
`Rounded` to `DIGITS` digits, and so is what comes of it. Raises `ToolError`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import (
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    Underflow,
)
from fractions import Fraction

from chat.errors import ToolError

DIGITS = 30
SHOWN_DIGITS = 20
MAX_BITS = 10_000
MAX_FACTORIAL = 1000
_TRAPS = [InvalidOperation, DivisionByZero, Overflow, Underflow]
_CONTEXT = Context(prec=DIGITS + 10, Emax=3100, Emin=-3100, traps=_TRAPS)
_ROUNDED = Context(prec=DIGITS, Emax=3100, Emin=-3100, traps=_TRAPS)
_NOISE = 1e-15


class Rounded(Fraction):
    """A number that is only nearly right."""

    __slots__ = ()


CONSTANTS = {
    "pi": Rounded("3.14159265358979323846264338328"),
    "e": Rounded("2.71828182845904523536028747135"),
}
Function = Callable[..., Fraction]


def apply(function: Function, *values: Fraction) -> Fraction:
    """What the function makes of the values, not too long; rounded if anything of it is."""
    result = _bounded(function(*values))
    rounded = any(isinstance(value, Rounded) for value in values)
    return Rounded(result) if rounded else result


def _bounded(value: Fraction) -> Fraction:
    size = max(value.numerator.bit_length(), value.denominator.bit_length())
    if size <= MAX_BITS:
        return value
    if value.denominator == 1:
        raise too_large()
    return _inexact(lambda number: number, value)


def too_large() -> ToolError:
    """The refusal to calculate with a number that has thousands of digits."""
    return ToolError(
        "A number in this calculation has more than 3000 digits, before or after its point.",
        "Use other numbers.",
    )


def divide(a: Fraction, b: Fraction) -> Fraction:
    """As it says."""
    return a / _not_zero(b)


def floor_divide(a: Fraction, b: Fraction) -> Fraction:
    """Rounded down, as ``//`` does in Python."""
    return Fraction(a // _not_zero(b))


def remainder(a: Fraction, b: Fraction) -> Fraction:
    """With the sign of ``b``, as ``%`` has it in Python."""
    return a % _not_zero(b)


def power(base: Fraction, exponent: Fraction) -> Fraction:
    """Exact for whole exponents as long as the result is not too long."""
    if base == 0 and exponent < 0:
        raise ToolError("0 has no negative powers: that would divide by 0.", "Check the numbers.")
    if exponent.denominator != 1:
        if base < 0:
            raise ToolError("A negative number has no such power.", "Check the signs.")
        return _inexact(_CONTEXT.power, base, exponent) if base else Fraction(0)
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base in {0, 1, -1} or (size - 1) * abs(exponent) <= MAX_BITS:
        return base ** (int(exponent) % 2 if abs(base) == 1 else int(exponent))
    if base.denominator == 1 and exponent > 0:
        raise too_large()
    return _inexact(_CONTEXT.power, base, exponent)


def factorial(value: Fraction) -> Fraction:
    """Of whole numbers up to `MAX_FACTORIAL`."""
    if value.denominator != 1 or not 0 <= value <= MAX_FACTORIAL:
        raise ToolError(
            f"There is a factorial of whole numbers from 0 to {MAX_FACTORIAL} only.", "Use one."
        )
    return Fraction(math.factorial(int(value)))


def round_to(value: Fraction, places: Fraction = Fraction(0)) -> Fraction:
    """To decimal places; halves away from zero, as people do."""
    if places.denominator != 1 or abs(places) > 300:
        raise ToolError("round takes a whole number of places up to 300.", "Use round(x, 2).")
    scale = Fraction(10) ** int(places)
    size = math.floor(abs(value) * scale + Fraction(1, 2)) / scale
    return size if value > 0 else -size


def square_root(value: Fraction) -> Fraction:
    """Exact where it can be."""
    if value < 0:
        raise ToolError("A negative number has no square root.", "Check the signs.")
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if (top * top, bottom * bottom) == (value.numerator, value.denominator):
        return Fraction(top, bottom)
    return _inexact(_CONTEXT.sqrt, value)


def logarithm(value: Fraction, base: Fraction | None = None) -> Fraction:
    """The natural one unless there is a base."""
    if value <= 0 or (base is not None and (base <= 0 or base == 1)):
        raise ToolError("This number has no logarithm.", "Use numbers above 0, and no base of 1.")
    if base is None:
        return _inexact(_CONTEXT.ln, value)
    if base == 10:
        return _inexact(_CONTEXT.log10, value)
    return _inexact(lambda a, b: _CONTEXT.divide(_CONTEXT.ln(a), _CONTEXT.ln(b)), value, base)


def exponential(value: Fraction) -> Fraction:
    """e to the power of it."""
    return _inexact(_CONTEXT.exp, value)


def _wave(function: Callable[[float], float]) -> Callable[[Fraction], Fraction]:
    """sin, cos and tan of radians, to the 15 digits that they have."""

    def of(value: Fraction) -> Fraction:
        if abs(value) > 10**9:
            raise ToolError("The angle is too large.", "Use radians up to 1e9.")
        found = function(float(value))
        if abs(found) > 1 / _NOISE:
            raise ToolError("tan has no value there.", "Use another angle.")
        if abs(found) < _NOISE and abs(value) > 1:
            found = 0.0
        return Rounded(f"{found:.15g}")

    return of


FUNCTIONS: Mapping[str, tuple[Function, int, int]] = {
    "sqrt": (square_root, 1, 1),
    "abs": (abs, 1, 1),
    "round": (round_to, 1, 2),
    "floor": (lambda value: Fraction(math.floor(value)), 1, 1),
    "ceil": (lambda value: Fraction(math.ceil(value)), 1, 1),
    "min": (lambda *values: min(values), 1, 1000),
    "max": (lambda *values: max(values), 1, 1000),
    "sum": (lambda *values: sum(values, Fraction(0)), 1, 1000),
    "log": (logarithm, 1, 2),
    "ln": (logarithm, 1, 1),
    "log10": (lambda value: logarithm(value, Fraction(10)), 1, 1),
    "exp": (exponential, 1, 1),
    "sin": (_wave(math.sin), 1, 1),
    "cos": (_wave(math.cos), 1, 1),
    "tan": (_wave(math.tan), 1, 1),
    "factorial": (factorial, 1, 1),
}
"""By name: what it does, and how many numbers it takes at least and at most."""


def shown(value: Fraction) -> tuple[str, bool]:
    """As text, and whether that is exact: all digits of a whole number, else enough of them."""
    exact = not isinstance(value, Rounded)
    if exact and value.denominator == 1:
        return str(value.numerator), True
    number = _decimal(value).normalize(Context(prec=DIGITS))
    if exact and Fraction(number) == value:
        return _written(number), True
    return _written(number.normalize(Context(prec=SHOWN_DIGITS))), False


def _written(number: Decimal) -> str:
    return f"{number:f}" if -15 < number.adjusted() < SHOWN_DIGITS else f"{number:e}"


def _not_zero(value: Fraction) -> Fraction:
    if value == 0:
        raise ToolError("This divides by 0.", "Check the numbers.")
    return value


def _decimal(value: Fraction) -> Decimal:
    return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _inexact(function: Callable[..., Decimal], *values: Fraction) -> Fraction:
    try:
        return Rounded(_ROUNDED.plus(function(*(_decimal(value) for value in values))))
    except DecimalException:
        raise too_large() from None
