from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.agent.offline.reply import (
    CONTINUE,
    ECHO_CHARS,
    EXAMPLES,
    GREETING,
    HONEST,
    IDENTITY,
    LONG,
    echo,
    reply,
)


def said(text: str) -> str:
    return reply([("system", "Be brief."), ("user", text)])


@pytest.mark.parametrize("text", ["hi", "Hello!", "hey there", "good morning", "test", "", "  "])
def test_it_greets_and_says_what_it_is(text: str) -> None:
    assert said(text) == GREETING
    assert "I am Parley's built-in offline model" in GREETING


@pytest.mark.parametrize(
    "text", ["Who are you?", "what model is this", "Are you ChatGPT?", "are you a human"]
)
def test_asked_what_it_is_it_says_so(text: str) -> None:
    assert said(text) == IDENTITY


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("How do I connect a model?", "OPENAI_BASE_URL"),
        ("how can I use ollama", "11434"),
        ("Where is my data stored?", "data/parley.db"),
        ("How do I stop an answer?", "**Stop**"),
        ("how can I continue", "**Continue**"),
        ("How do I retry?", "**Retry**"),
        ("How do versions work?", "**Previous version**"),
        ("Can I edit a message?", "**Edit**"),
        ("how do I branch a chat", "**Branch**"),
        ("how to search", "**Search chats**"),
        ("How do I rename a session?", "**Rename**"),
        ("How do I delete a session and undo that?", "**Undo**"),
        ("what does archive do?", "**Archive**"),
        ("keyboard shortcuts", "**Keyboard**"),
        ("help", "connect a model"),
        ("What can you do?", "connect a model"),
    ],
)
def test_it_helps_with_parley(text: str, part: str) -> None:
    assert part in said(text)
    assert "I am Parley's built-in offline model" in said(text)
    assert HONEST not in said(text)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Show me a list", ["list"]),
        ("write some Python code", ["code"]),
        ("a table please", ["table"]),
        ("Give me a LaTeX formula", ["latex"]),
        ("draw a mermaid diagram", ["mermaid"]),
        ("make a table and a list", ["list", "table"]),
        ("show me all your markdown", list(EXAMPLES)),
    ],
)
def test_examples_on_request(text: str, kinds: list[str]) -> None:
    assert said(text) == "\n\n".join(EXAMPLES[kind] for kind in kinds)


@pytest.mark.parametrize(
    ("text", "count"), [("write 500 words", 500), ("long 1,000", 1000), ("a long answer", 600)]
)
def test_long_answers_are_as_long_as_asked(text: str, count: int) -> None:
    assert len(said(text).split()) == pytest.approx(count, abs=1)
    assert LONG in said(text)


def test_long_answers_have_a_limit() -> None:
    assert len(said("write 999999999 words").split()) <= 20_000


@given(cuts=st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_continued_any_number_of_times_the_parts_make_the_whole(cuts: list[float]) -> None:
    messages = [("user", "write 120 words")]
    whole = reply(messages)
    written = ""
    for cut in cuts:
        rest = reply(messages)
        part = rest[: int(len(rest) * cut)]
        written += part
        messages += [("assistant", part), ("user", f"{CONTINUE}. Do not repeat anything.")]
    assert written + reply(messages) == whole


def test_another_model_s_text_is_not_continued_silently() -> None:
    rest = reply([("user", "hi"), ("assistant", "Bonjour"), ("user", CONTINUE)])
    assert "not written by Parley's built-in offline model" in rest


def test_anything_else_is_echoed_honestly() -> None:
    assert said("Why is the sky blue today in Rome?").startswith(HONEST)


def test_the_echo_quotes_line_by_line() -> None:
    text = "Some text\n\n- one\n| a | b |\n```py\n  print('`')\n```"
    assert echo(text).removeprefix(f"{HONEST}\n\n").split("  \n") == [
        "> Some text",
        ">",
        "> - one",
        "> &#124; a &#124; b &#124;",
        "> &#96;&#96;&#96;py",
        "> print('&#96;')",
        "> &#96;&#96;&#96;",
    ]


@pytest.mark.parametrize(
    "text", ["<script>x</script>", "![x](http://evil/x.png)", "- <img src=x>", "|<b>|$x$|", "$a$"]
)
def test_nothing_in_the_echo_acts(text: str) -> None:
    quoted = echo(text).removeprefix(HONEST)
    for sign in "<[$!":
        assert quoted.count(sign) == quoted.count("\\" + sign)


@given(st.text(max_size=3000))
def test_any_text_gets_the_same_bounded_answer_twice(text: str) -> None:
    assert said(text) == said(text) != ""
    assert len(echo(text)) <= 4 * ECHO_CHARS + len(HONEST) + 2000


def test_an_endless_text_is_cut_and_says_so() -> None:
    assert echo("x" * 5000).endswith("… and 3,800 more characters.")
