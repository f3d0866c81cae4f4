"""The running text between fences: what Streamlit would load or replace in it, disarmed."""

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

# What `Scope.release` puts back; safe() lets no NUL of the text itself through to here.
_DOLLAR = "\0$"
_HELD = re.compile(r"\0(?:\$|(\d+)\0)")

_NAMES = "help|small|shimmer|color|(?:red|orange|yellow|green|blue|violet|gr[ae]y|rainbow|primary)"
_TOKEN = re.compile(
    r"""
      (?P<math>\\[(\[])
    | (?P<escape>\\[!-/;-@\[-`{-~])
    | (?P<code>`+)
    | (?P<dollar>\$+)
    | (?P<image>!\[)
    | (?P<autolink><(?:https?://|mailto:)[^\s<>`\\]*>)
    | (?P<html><(?=[A-Za-z/!?]))
    | (?P<target>\]\((?:[^\s()<`$!\\]|!(?!\[))*)
    | (?P<url>(?:https?://|www\.)(?:[^\s<>`!()\[\]*$\\]|!(?!\[))*)
    | (?P<material>\\?:material/)
    | (?P<emoji>\\?:(?!(?!100:|1234:)\d+:|-+:)[A-Za-z0-9_+-]{1,60}:)
    | (?P<directive>\\?:(?=(?:NAMES)(?:-background|-badge)?(?!\w)|\w[\w-]{0,200}[\[{]))
    | (?P<container>^[ \t>]*:(?=::?[^\W\d_]))
    | (?P<sign>(?<![^\s*_~)\]>"'|])(?:<->|->|<-|--|>=|<=|~=)(?![^\s*_~(\[<"'|]))
    """.replace("NAMES", _NAMES),
    re.VERBOSE | re.MULTILINE,
)
_RULER = re.compile(r"[ \t>]*+[|: \t-]*+")  # under a heading, or under a table's head
_WHITE = re.compile(r"\s")


@dataclass(slots=True)
class Scope:
    """What holds for the whole text, and what was found out so far.

    `images`: the text has an image target somewhere. `sure`: no fence so far left in doubt where
    code ends. `formulas`: there is one, so any other dollar sign has to be escaped.
    """

    images: bool
    sure: bool = True
    formulas: bool = False
    held: list[str] = field(default_factory=list)

    def hold(self, formula: str) -> str:
        """A stand-in for `formula` that nothing else will match."""
        self.formulas = True
        self.held.append(formula)
        return f"\0{len(self.held) - 1}\0"

    def release(self, text: str, *, dollar: str) -> str:
        """`text` with the formulas back, and `dollar` for each dollar sign that is only one."""
        return _HELD.sub(lambda m: self.held[int(m[1])] if m[1] else dollar, text)


def draw(block: str, scope: Scope) -> str:
    """One block of lines without an empty one, as it has to be handed to Streamlit."""
    return _Drawing(block, scope).run() if _TOKEN.search(block) else block


class _Drawing:
    def __init__(self, text: str, scope: Scope) -> None:
        self.text = text
        self.scope = scope
        self.sure = scope.sure
        self.runs: dict[int, list[int]] = defaultdict(list)
        self.ends: dict[str, int] = {}
        for run in re.finditer("`+", text) if "`" in text else ():
            self.runs[run.end() - run.start()].append(run.start())

    def run(self) -> str:
        """Everything but code and formulas goes through `_disarm`, token by token."""
        out: list[str] = []
        at = 0
        while (token := _TOKEN.search(self.text, at)) is not None:
            out.append(self.text[at : token.start()])
            drawn, at = self._token(token)
            out.append(drawn)
        out.append(self.text[at:])
        return "".join(out)

    def _token(self, token: re.Match[str]) -> tuple[str, int]:
        kind = token.lastgroup
        if kind == "code":
            return self._code(token)
        if kind == "dollar":
            return self._formula(token, token[0])
        if kind == "math":
            return self._formula(token, "\\)" if token[0] == "\\(" else "\\]")
        if kind == "target":
            self.sure = False
        return self._disarm(token), token.end()

    def _code(self, token: re.Match[str]) -> tuple[str, int]:
        """A code span stays, but for images where it might be seen as none."""
        starts = self.runs[len(token[0])]
        place = bisect_right(starts, token.start())
        if place == len(starts):
            self.sure = False
            return token[0], token.end()
        end = starts[place] + len(token[0])
        code = self.text[token.start() : end]
        if "![" in code and self.scope.images:
            before = self.text[max(0, token.start() - 300) : token.start()]
            word = _WHITE.split(before)[-1]
            glued = "://" in word or "www." in word
            if not self.sure or glued or "|" in code or "\n" in code:
                code = code.replace("![", "!\\[")
        self.sure = self.sure and "\n" not in code
        return code, end

    def _formula(self, token: re.Match[str], closer: str) -> tuple[str, int]:
        begun = token.start()
        if closer == "$" and begun and self.text[begun - 1].isalnum():
            return _DOLLAR, token.end()
        content = self._content(token, closer)
        end = token.end() + len(content) + len(closer)
        display = closer in ("$$", "\\]")
        if closer == "$" and (content.strip() != content or self.text[end : end + 1].isalnum()):
            content = ""
        content = content.strip()
        if not content or not _is_formula(content, token[0]):
            return (_DOLLAR * len(token[0]) if token[0][0] == "$" else token[0]), token.end()
        self.sure = False
        mark = "$$" if display else "$"
        return self.scope.hold(f"{mark}{content.replace(chr(10), ' ')}{mark}"), end

    def _content(self, token: re.Match[str], closer: str) -> str:
        """What stands up to `closer`; where the next one is, is remembered: it is sought once."""
        if len(closer) > 2:
            return ""
        start = token.end()
        if self.ends.get(closer, -1) < start:
            found = self.text.find(closer, start)
            self.ends[closer] = len(self.text) if found < 0 else found
        end = self.ends[closer]
        return "" if end == len(self.text) or end - start > 2000 else self.text[start:end]

    def _disarm(self, token: re.Match[str]) -> str:
        found = token[0]
        match token.lastgroup:
            case "image":
                return "\\!\\[" if self.text[token.end() : token.end() + 1] == "]" else "\\!["
            case "html":
                return "\\<"
            case "directive":
                return "\\:"
            case "container":
                return found[:-1] + "\\:"
            case "material":
                return "\\:material\\/"
            case "emoji":
                return f"\\{found.lstrip(chr(92))[:-1]}:color[:]"
            case "sign":
                return self._sign(token)
            case _:
                return found

    def _sign(self, token: re.Match[str]) -> str:
        """`->` in two texts; as one it would become an arrow, with a backslash too."""
        near = max(0, token.start() - 200)
        before = self.text[near : token.start()].rpartition("\n")[2]
        after = self.text[token.start() : token.start() + 200].partition("\n")[0]
        if _RULER.fullmatch(before + after):
            return token[0]
        return f"{token[0][0]}:color[{token[0][1]}]{token[0][2:]}"


def _is_formula(content: str, opener: str) -> bool:
    """Not code, not two prices in one sentence, nothing that could be an image."""
    if opener in content or any(sign in content for sign in ("$", "`", "![")):
        return False
    words = content[0].isdigit() and " " in content
    return not (opener == "$" and words and not any(sign in content for sign in "\\^_={}+*/<>"))
