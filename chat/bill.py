"""What the models that were asked for an answer have cost: counted, or estimated."""

from dataclasses import dataclass, field

CHARS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Aside:
    """A call of a model that writes no answer: for a title, or in an analysis.

    ``counted``: the server said how many tokens; else they are zero. ``cost`` is None where
    nobody knows.
    """

    model: str
    counted: bool
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: float | None = None


@dataclass
class Bill:
    """All calls for one answer so far, also one that broke off; ``cost`` is in US dollars.

    ``asides`` are those of them that write no answer, also what cost nothing.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    asides: list[Aside] = field(default_factory=list)

    @property
    def tokens(self) -> int:
        """All together."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def micros(self) -> int:
        """The cost in millionths of a dollar."""
        return round(self.cost * 1e6)

    def add(self, prompt_tokens: int, completion_tokens: int, cost: float | None) -> None:
        """One more call."""
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens
        self.cost += cost or 0.0


def estimated(chars: int) -> int:
    """About how many tokens a text of that length has."""
    return -(-chars // CHARS_PER_TOKEN)
