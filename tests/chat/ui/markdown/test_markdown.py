"""Untrusted text before it is drawn. How Chromium sees it: tests/browser/test_drawing.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.ui.markdown.safe import safe
from tests.work import counted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain text, with a colon: and 12:30:45, a-b, x>=1, p->q, 50% & more!",
        "# Head\n\n**bold** *it* ~~gone~~ [link](https://a.b/c_d?e=f) https://a.b/c",
        "- a\n  - b\n\n1. one\n2. two\n\n> quote\n\n---",
        "| a | b |\n|--|:-:|\n| x | 1 |",
        "Title\n--\ntext",
        "It costs $5.",
        "It costs $5 and then $10 more.",
        "`![a](http://x)` and `-> :tada: $x$ <b>`",
        "```\n![a](http://x) -> :tada: $x$ <b>\n```\nand `code`",
        "~~~~html\n```\n<b> :red[x]\n~~~\n~~~~",
        "```python\nunclosed ![a](http://x) :tada:\n",
        "1. Add\n   ```rust\n   #![allow(x)] // -> :a:\n   ```\n2. Next",
        "> ```\n> a -> b\n> ```",
        "para\n\n    a -> b :tada:\n\npara",
        "$x^2$ and $$y$$",
        "$$\nx^2\n$$",
        "```mermaid\ngraph TD\n  A[x] -->|Yes| B{y}\n```",
        "שלום עולם 🎉 مرحبا",
        "5 < 6 > 4",
        "<https://a.b/c>",
        "a \\* b \\`c\\`",
    ],
)
def test_harmless_text_is_returned_as_it_is(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("![a](http://x)", "\\![a](http://x)"),
        ("![](http://x)", "\\!\\[](http://x)"),
        ("\\![a](http://x)", "\\![a](http://x)"),
        ("\\\\![a](http://x)", "\\\\\\![a](http://x)"),
        ("![a][r]\n\n[r]: http://x", "\\![a][r]\n\n[r]: http://x"),
        ("[![a](x)](y)", "[\\![a](x)](y)"),
        ("- ```\n![a](x)\n```", "- ```\n\\![a](x)\n```"),
        ("[x](\\![i](x)", "[x](\\![i](x)"),
        ("[x](`b) ![i](x) `", "[x](`b) !\\[i](x) `"),
        ("https://a/`x ![i](x) `", "https://a/`x !\\[i](x) `"),
        (":red[x] :small", "\\:red[x] \\:small"),
        ("\\:tada: :tada:", "\\:tada:color[:] \\:tada:color[:]"),
        (":material/home:", "\\:material\\/home:"),
        (":::box\nx\n:::", "\\:::box\nx\n:::"),
        ("A -> B", "A -:color[>] B"),
        ("A <-> B", "A <:color[-]> B"),
        ("<b>x</b>", "\\<b>x\\</b>"),
        ("$5 and $10 and $x^2$", "\\$5 and \\$10 and $x^2$"),
        ("$HOME/$USER", "\\$HOME/\\$USER"),
        ("\\( x^2 \\)", "$x^2$"),
        ("\\[ x \\]", "$$\nx\n$$"),
        ("\\[\nx\n\\]", "$$\nx\n$$"),
        ("So \\[ x \\] it is", "So $$x$$ it is"),
        ("$$ a\n+ b $$", "$$\na\n+ b\n$$"),
        ("    code\n    more\n\ntext", "```\ncode\nmore\n\n```\ntext"),
        ("a\r\nb\rc\0", "a\nb\nc\ufffd"),
    ],
)
def test_what_is_disarmed(text: str, drawn: str) -> None:
    assert safe(text) == drawn


@pytest.mark.parametrize(
    "diagram",
    [
        'A@{ img: "http://x" }',
        'A@{ "\\u0069mg": "http://x" }',
        'A@{ shape: rect, IMG: "//x" }',
        "A-->B\nstyle A fill:url(http://x)",
        '%%{init: {"themeCSS": "@import \'x\'"}}%%\nA-->B',
    ],
)
@pytest.mark.parametrize("language", ["mermaid", "Mermaid x", "&#109;ermaid", "mermaid-x"])
def test_diagrams_that_fetch_are_code(diagram: str, language: str) -> None:
    text = f"```{language}\ngraph TD\n{diagram}\n```"
    assert safe(text) == f"```text\ngraph TD\n{diagram}\n```"


def test_unfinished_diagram_is_code() -> None:
    assert safe("```mermaid\ngraph TD\nA--") == "```text\ngraph TD\nA--"


@given(st.text("`~!$[](){}:<>\\-+*# \n\tab1|=.", max_size=200))
def test_any_text_can_be_drawn(text: str) -> None:
    assert "\0" not in safe(text)


UNITS = ["`", "[", "$", "![", ":", "<", "\\", "\\(", ":a", ":red[", "->", "`a", "(]("]
UNITS += ["$$", "~~~", "|:-", "@{", ">", "www.", "http://", "$a", "*"]


@pytest.mark.slow
@pytest.mark.parametrize("unit", [*UNITS, "\n", "`\n", "- ```\n", "\\[\n", "$a$ ", "a`b``c```"])
def test_work_is_linear(unit: str) -> None:
    safe(unit * (200_000 // len(unit)))  # a pattern that takes its square would not come back
    with counted() as half:
        safe(unit * (10_000 // len(unit)))
    with counted() as whole:
        safe(unit * (20_000 // len(unit)))
    assert whole.calls.total() < 2 * half.calls.total() + 100


def test_a_fence_behind_many_quotes() -> None:
    """Each of them once took twice as long as the one before."""
    text = "> " * 60 + "- ```\nx"
    assert safe(text) == text
