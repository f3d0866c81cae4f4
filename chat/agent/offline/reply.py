"""What the built-in offline model answers: a pure function of the messages.

``text.md`` has its prepared words, each under its name; others' words are quoted.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from chat.agent.offline.given import headings, split

CONTINUE = "Continue your previous answer exactly where it stopped"
LONG_LIMIT = 20_000
SHORT = 300
ECHO_CHARS = 1200
HONEST = (
    "I am only Parley's built-in offline model, so I cannot really answer this. Ask me how to "
    "**connect a model**. This is what I received:"
)
GIVEN = (
    "I was given these files. I am Parley's built-in offline model: I cannot read them as a "
    "language model would, and I see no pictures."
)
NOT_MINE = (
    "\n\n*(What stands above was not written by Parley's built-in offline model, so it "
    "cannot go on from there. Connect a model, or retry the answer.)*"
)

_PARTS = re.split(
    r"(?m)^# (\w+)\n\n", Path(__file__).with_name("text.md").read_text(encoding="utf-8")
)
EXAMPLES = dict(zip(_PARTS[1::2], map(str.strip, _PARTS[2::2]), strict=True))
"""One of each kind of Markdown that Parley draws."""
GREETING, IDENTITY, HELP, LONG = map(EXAMPLES.pop, ("greeting", "identity", "help", "long"))
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#$|~&!:])")
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
    last = max((at for at, (role, _) in enumerate(messages) if role == "user"), default=None)
    if last is None:
        return GREETING
    text = messages[last][1].strip()
    if text.startswith(CONTINUE) and last and messages[last - 1][0] == "assistant":
        whole, partial = reply(messages[: last - 1]), messages[last - 1][1]
        return whole[len(partial) :] if whole.startswith(partial) else NOT_MINE
    text, files = split(text)
    if files:
        listed = "\n".join(f"- {escaped(line[:ECHO_CHARS])}" for line in headings(files))
        return "\n\n".join(filter(None, (GIVEN, listed, text and _answer(text))))
    return _answer(text)


def _answer(text: str) -> str:
    if not text or _GREETING.match(text):
        return GREETING
    is_short = len(text) <= SHORT and text.count("\n") <= 2
    return (is_short and (_long(text) or _known(text))) or echo(text)


def _known(text: str) -> str:
    if _IDENTITY.search(text) or (_ASKS_HOW.search(text) and _CONNECT.search(text)):
        return IDENTITY
    if _ASKS_HOW.search(text) and _PARLEY.search(text):
        return HELP
    if _ASKS_FOR.search(text):
        everything = _EVERYTHING.search(text)
        kinds = [kind for kind in EXAMPLES if everything or _EXAMPLE_WORDS[kind].search(text)]
        if kinds:
            return "\n\n".join(EXAMPLES[kind] for kind in kinds)
    return HELP if _HELP.search(text) else ""


def _long(text: str) -> str:
    """A long answer of as many words as asked for, so that people can try **Stop**."""
    found = _WORDS.search(text)
    if not found and not _LONG.search(text):
        return ""
    count = min(int(re.sub(r"\D", "", found[1] or found[2])), LONG_LIMIT) if found else 600
    whole = "\n\n".join(f"Paragraph {at}. {LONG}" for at in range(1, count // 50 + 2))
    ends = [word.end() for word in re.finditer(r"\S+", whole)]
    return whole[: ends[count - 1]] if count else ""


def echo(text: str) -> str:
    """Say that no model is connected, and give the text back line by line."""
    lines = [f"> {escaped(line.strip())}".rstrip() for line in text[:ECHO_CHARS].splitlines()]
    more = len(text) - ECHO_CHARS
    rest = [f"… and {more:,} more characters."] if more > 0 else []
    return "\n\n".join([HONEST, "  \n".join(lines), *rest])


def escaped(text: str) -> str:
    """Markdown's signs made plain; not by a backslash, with a bracket that begins a formula."""
    return _SPECIAL.sub(lambda sign: f"&#{ord(sign[0])};", text)
