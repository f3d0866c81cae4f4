"""What the built-in offline model answers: a pure function of the messages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chat.agent.offline.echo import echo
from chat.agent.offline.text import EXAMPLES, GREETING, HELP, IDENTITY, LONG

CONTINUE = "Continue your previous answer exactly where it stopped"
LONG_LIMIT = 20_000
SHORT = 300

_GREETING = re.compile(
    r"(?i)^\W*(?:hi|hello|hey|hallo|hola|bonjour|ciao|moin|servus|greetings|test|ping"
    r"|good (?:morning|afternoon|evening|day))\b[\w\s,]{0,30}\W*$"
)
_IDENTITY = re.compile(
    r"(?i)\b(?:who|what) are you\b|\b(?:which|what) (?:ai |language )?model\b"
    r"|\bare you (?:a |an |the )?(?:real|ai|bot|chat ?gpt|gpt|llm|human|person|offline|model)"
    r"|\b(?:introduce|describe) yourself\b|\byour name\b"
)
_WORDS = re.compile(r"(?i)\b(\d[\d,. ]{0,9})[- ]?words?\b|^\W*long\s+(\d[\d,.]{0,9})\b")
_LONG = re.compile(
    r"(?i)\b(?:long|very long|endless) (?:answer|text|story|essay|article|reply)\b|^\W*long\W*$"
)
_ASKS_HOW = re.compile(
    r"(?i)\b(?:how|where|help|explain|can i|could i|may i|do i|is there|what (?:is|are|does|do"
    r"|happens?|can)|which|why|parley)\b|^\W*\w+(?: \w+)?\W*$"
)
_HELP = re.compile(
    r"(?i)^\W*help\b|\bwhat can (?:you|i|this|parley)\b|\bhow does (?:this|parley)\b"
    r"|\bwhat is (?:this|parley)\b|\bhow do i (?:use|start)\b"
)
_CONNECT = re.compile(
    r"(?i)\bconnect|\bapi[- _]?key|\bopenai|\bollama|lm studio|llama\.?cpp|\bvllm|\bendpoint"
    r"|\b(?:real|other|another|own|local|different|better) (?:ai|llm|model)|\bbase[_ ]url"
)
_PARLEY = re.compile(
    r"(?i)\b(?:data(?:base)?\b|backup|stored\b|saved\b|stop\b|cancel|interrupt|abort|continu|resum"
    r"|retry|regenerat|again\b|versions?\b|edit|branch|fork|search|rename|titles?\b|delet|undo|trash"
    r"|restor|remov|archiv|pin\b|pinned|duplicat|keyboard|shortcut|hot ?key"
    r"|(?:find|correct|change) (?:a|my|the|old)\b)"
)
_ASKS_FOR = re.compile(
    r"(?i)\b(?:show|give|write|make|draw|create|print|render|send|produce|need|want|example"
    r"|examples|demo|test|try|some|please)\b|^\W*\w+(?: \w+){0,2}\W*$"
)
_EVERYTHING = re.compile(r"(?i)\b(?:markdown|everything|all formats|formatting)\b")
_EXAMPLE_WORDS = {
    "list": re.compile(r"(?i)\b(?:lists?|bullets?|bullet points?|checklist|steps)\b"),
    "code": re.compile(r"(?i)\b(?:code|python|function|script|program|snippet|javascript|sql)\b"),
    "table": re.compile(r"(?i)\btables?\b"),
    "latex": re.compile(r"(?i)\b(?:latex|formulas?|formulae|equations?|math|maths)\b"),
    "mermaid": re.compile(r"(?i)\b(?:mermaid|diagrams?|flow ?charts?)\b"),
}


def reply(messages: Sequence[tuple[str, str]]) -> str:
    """The whole answer to messages given as (role, content), oldest first.

    Asked to continue, the rest of its own earlier answer, however often that was cut.
    """
    asked = [place for place, (role, _) in enumerate(messages) if role == "user"]
    if not asked:
        return GREETING
    last = asked[-1]
    text = messages[last][1]
    if text.lstrip().startswith(CONTINUE) and last and messages[last - 1][0] == "assistant":
        return _rest(messages[: last - 1], messages[last - 1][1])
    return _answer_to(text.strip())


def _rest(before: Sequence[tuple[str, str]], partial: str) -> str:
    whole = reply(before)
    if whole.startswith(partial):
        return whole[len(partial) :]
    return (
        "\n\n*(What stands above was not written by Parley's built-in offline model, so it "
        "cannot go on from there. Connect a model, or retry the answer.)*"
    )


def _answer_to(text: str) -> str:
    if not text or _GREETING.match(text):
        return GREETING
    if len(text) <= SHORT and text.count("\n") <= 2:
        known = _words(text) or _known(text)
        if known:
            return known
    return echo(text)


def _known(text: str) -> str:
    if _IDENTITY.search(text) or (_ASKS_HOW.search(text) and _CONNECT.search(text)):
        return IDENTITY
    if _ASKS_HOW.search(text) and _PARLEY.search(text):
        return HELP
    if _ASKS_FOR.search(text):
        kinds = [kind for kind, words in _EXAMPLE_WORDS.items() if words.search(text)]
        if _EVERYTHING.search(text):
            kinds = list(EXAMPLES)
        if kinds:
            return "\n\n".join(EXAMPLES[kind] for kind in kinds)
    return HELP if _HELP.search(text) else ""


def _words(text: str) -> str:
    """A long answer of as many words as asked for, so that people can try **Stop**."""
    found = _WORDS.search(text)
    if found:
        digits = re.sub(r"\D", "", found[1] or found[2])
        count = min(int(digits), LONG_LIMIT)
    elif _LONG.search(text):
        count = 600
    else:
        return ""
    words: list[str] = []
    paragraph = 0
    while len(words) < count:
        paragraph += 1
        for number, sentence in enumerate(LONG):
            text_of = f"Paragraph {paragraph}. {sentence}" if not number else sentence
            words.extend(text_of.split(" "))
        words[-1] += "\n\n"
    del words[count:]
    return " ".join(words).replace("\n\n ", "\n\n").rstrip()
