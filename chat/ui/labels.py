"""Text from outside inside labels, which are Markdown: shown as it is, never interpreted."""

import re
from functools import lru_cache

_INSIDE = re.compile(r"(?<=\w)&#64;(?=\w)")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The text for a label, a tooltip or a caption, on one line, with nothing in it special.

    Character references rather than backslashes: those also keep Streamlit's own directives
    (``:red[…]``, ``:tada:``, ``$…$``) from being seen.
    """
    one_line = " ".join(text.split())
    return _PUNCTUATION.sub(lambda sign: f"&#{ord(sign[0])};", one_line)


def handles(text: str) -> str:
    """The same for texts with handles: ``@name@instance`` does not become a link to a mailbox.

    Streamlit looks for those after character references were read; two colours are two texts.
    """
    return _INSIDE.sub(":gray[&#64;]", plain(text))
