from __future__ import annotations

import math
import operator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chat.errors import ToolError
from chat.tools import builtin
from chat.tools.calculator import CONSTANTS, FUNCTIONS, MAX_BITS, calculated
from tests.chat.tools.conftest import Use
from tests.work import counted

MOST_BITS, MOST_CALLS = 4 * MAX_BITS, 50_000
NUMBERS = st.integers(-(10**12), 10**12)
DECIMALS = st.decimals(-(10**9), 10**9, places=6)


def test_the_tool_answers_with_the_result(use: Use) -> None:
    assert use("calculate", expression="2 + 3 * 4") == {
        "expression": "2 + 3 * 4",
        "result": "14",
        "exact": True,
    }
    assert builtin()["calculate"].status({"expression": "1"}) == "Calculating…"
    with pytest.raises(ValidationError):
        use("calculate", expression="1+" * 6000 + "1")


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("0.1 + 0.2", "0.3"),
        ("1.1 * 1.1", "1.21"),
        ("2**100", "1267650600228229401496703205376"),
        ("2 ^ 10", "1024"),
        ("-2**2", "-4"),
        ("(-2)**2", "4"),
        ("2**-1", "0.5"),
        ("2**3**2", "512"),
        ("--3", "3"),
        ("7 // 2", "3"),
        ("-7 // 2", "-4"),
        ("-7 % 3", "2"),
        ("10 % (-3)", "-2"),
        ("15% of 80", "12"),
        ("(10 + 5)% of 80", "12"),
        ("100 / (5)%", "2000"),
        ("10 % 3", "1"),
        ("(15%) + 1", "1.15"),
        ("15%", "0.15"),
        ("200 * 5%", "10"),
        ("1/3*3", "1"),
        ("6 × 7 − 2 ÷ 4", "41.5"),
        ("sqrt(16) + sqrt(0.25)", "4.5"),
        ("abs(-3)", "3"),
        ("round(2.5)", "3"),
        ("round(-2.675, 2)", "-2.68"),
        ("round(1234, -2)", "1200"),
        ("floor(-1.5) + ceil(1.2)", "0"),
        ("min(3, 1, 2) + max(1, 5) + sum(1, 2, 3)", "12"),
        ("factorial(20)", "2432902008176640000"),
        ("comb(49, 6)", "13983816"),
        ("log(1) + exp(0)", "1"),
        ("+".join(["1234"] * 200), "246800"),
        ("1e3", "1000"),
        (".5 + 5.", "5.5"),
        ("SQRT(9)", "3"),
        ("١٢ + 1", "13"),
        ("12345678901234567890.5", "12345678901234567890.5"),
        ("0.1**20", "1e-20"),
    ],
)
def test_exact_results(expression: str, result: str) -> None:
    assert calculated(expression) == (result, True)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1/3", "0.33333333333333333333"),
        ("2**0.5", "1.4142135623730950488"),
        ("sqrt(2)**2", "2"),
        ("8**(1/3)", "2"),
        ("pi", "3.1415926535897932385"),
        ("sin(pi)", "0"),
        ("sin(pi / 6)", "0.5"),
        ("cos(0)", "1"),
        ("tan(pi / 4)", "1"),
        ("ln(e)", "1"),
        ("log(e)", "1"),
        ("log10(1000)", "3"),
        ("2**10%", "1.0717734625362931642"),
        ("floor(log(8, 2))", "3"),
        ("exp(1)", "2.7182818284590452354"),
        ("exp(100)", "2.6881171418161354484e+43"),
        ("1.1**1e4", "8.4499002512003479573e+413"),
    ],
)
def test_rounded_results_say_so(expression: str, result: str) -> None:
    assert calculated(expression) == (result, False)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "no sense"),
        ("   ", "no sense"),
        ("1 +", "no sense"),
        ("(1", "no sense"),
        ("1)", "no sense"),
        ("2 3", "no sense"),
        ("2 pi", "no sense"),
        ("1 / 0", "divides by 0"),
        ("1 % 0", "divides by 0"),
        ("5 // (1 - 1)", "divides by 0"),
        ("0 ** -1", "divides by 0"),
        ("(-8) ** 0.5", "root, power, logarithm or angle has no value"),
        ("sqrt(-1)", "has no value"),
        ("ln(0)", "has no value"),
        ("log(5, 1)", "has no value"),
        ("tan(pi / 2)", "no value"),
        ("factorial(2.5)", "whole numbers"),
        ("factorial(-1)", "whole numbers"),
        ("round(1, 0.5)", "whole number of places"),
        ("sqrt(1, 2)", "no sense"),
        ("sqrt()", "no sense"),
        ("max()", "no sense"),
        ("max(sqrt, 2)", "no sense"),
        ("pi(2)", "no sense"),
        ("2(3)", "no sense"),
        ("(5%)(3)", "no sense"),
        ("sqrt 4", "no sense"),
        ("sqrt", "no sense"),
        ("1,000 + 2", "no arithmetic"),
        ("max(1,000)", "no arithmetic"),
        ("1,234 + 2", "no sense"),
        ("15% - 3", "percentage or a remainder"),
        ("x + 1", "'x' is not known"),
        ("__import__('os')", "no arithmetic"),
        ("().__class__", "no arithmetic"),
        ("(1).real", "no arithmetic"),
        ("pi.numerator", "no arithmetic"),
        ("'a' * 9", "no arithmetic"),
        ('"a" * 9', "no arithmetic"),
        ("[1] * 9", "no arithmetic"),
        ("1_000", "no arithmetic"),
        ("open(1)", "not known"),
        ("max(x for x in 9)", "not known"),
        ("lambda: 1", "not known"),
        ("max(*3)", "no sense"),
        ("max(**3)", "no sense"),
        ("true", "not known"),
        ("1 if 1 else 2", "'if' is not known"),
        ("2²", "no arithmetic"),
        ("²", "no arithmetic"),
        ("1; 2", "no arithmetic"),
        ("1\0", "no arithmetic"),
    ],
)
def test_what_cannot_be_calculated_says_why(expression: str, said: str) -> None:
    with pytest.raises(ToolError, match=said) as caught:
        calculated(expression)
    assert caught.value.fix


@pytest.mark.parametrize(
    "expression",
    [
        "9**9**9",
        "9**9**9**9",
        "10**10**10",
        "factorial(10**6)",
        "factorial(10**9)",
        "factorial(factorial(999))",
        "comb(10**9, 10**8)",
        "comb(1000, 500)**100",
        "1e400000000",
        "1e9999",
        "2**-20000",
        "(1/2)**10**3000",
        "1.5**10**3000",
        "exp(10**3000)",
        "1e-999 * 1e-999 * 1e-999 * 1e-999",
        "*".join(["9**3000"] * 120),
        "sin(10**2000)",
        "round(1, 10**9)",
        "(" * 400 + "1" + ")" * 400,
        "-" * 999 + "1",
        "2" + "**2" * 300,
        "(" * 999,
        "9" * 1001,
        "1+" * 5000 + "1",
    ],
)
def test_what_would_take_long_is_refused(expression: str) -> None:
    with counted() as work, pytest.raises(ToolError):
        calculated(expression)
    assert work.bits < MOST_BITS
    assert work.calls.total() < MOST_CALLS


@pytest.mark.parametrize(
    "expression",
    [
        "factorial(1000) * comb(1000, 500) / factorial(999)",
        "1**10**3000",
        "(1 + 1/10**2900)**10**2900",
        "7**3000 / 11**2500 // 3**1000 % 7**-2000",
        "123" + "+123" * 240,
        "2" + "**.5" * 240,
        "ln(9**3000)" + "+ln(9**3000)" * 80,
        "max(" * 60 + "1" + ")" * 60,
        "sum(" + ",".join(f"1/{number}**1700" for number in range(2, 60)) + ")",
        "+".join(f"1/{number}**1700" for number in range(2, 60)),
        "*".join(["9**2"] * 200),
    ],
)
def test_what_is_calculated_stays_small(expression: str) -> None:
    with counted() as work:
        calculated(expression)
    assert work.bits < MOST_BITS
    assert work.calls.total() < MOST_CALLS


@given(NUMBERS, NUMBERS, st.sampled_from("+-*"))
def test_whole_numbers_are_exact(a: int, b: int, sign: str) -> None:
    expected = {"+": operator.add, "-": operator.sub, "*": operator.mul}[sign](a, b)
    assert calculated(f"({a}) {sign} ({b})") == (str(expected), True)


@given(DECIMALS, DECIMALS)
def test_decimals_are_exact(a: object, b: object) -> None:
    text, exact = calculated(f"({a:f}) + ({b:f})")
    assert exact
    assert Fraction(text) == Fraction(str(a)) + Fraction(str(b))


@given(st.floats(0.001, 1000), st.sampled_from(["sin", "cos", "exp", "ln", "sqrt"]))
def test_functions_are_what_mathematics_says(number: float, name: str) -> None:
    if name == "exp":
        number /= 10
    expected = {"ln": math.log}.get(name) or getattr(math, name)
    text, _ = calculated(f"{name}({number:.17f})")
    assert math.isclose(float(text), expected(number), rel_tol=1e-9, abs_tol=1e-12)


PIECES = st.sampled_from(
    [*FUNCTIONS, *CONSTANTS, *"+-*/%(),.0123456789 ^", "**", "//", "of", "1e9"]
)


@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=40))
def test_any_text_gives_a_number_or_a_named_error(expression: str) -> None:
    said: list[ToolError] = []
    with counted() as work:
        try:
            text, _ = calculated(expression)
            float(text)
        except ToolError as error:
            said.append(error)
    assert all(error.message and error.fix for error in said)
    assert work.bits < MOST_BITS
    assert work.calls.total() < MOST_CALLS
