"""On whose terms an answer is written."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """What a model may be asked for somebody; what is None is as for everybody.

    ``models`` are those that may be asked; empty, the default one only. ``answer_tokens`` is the
    longest text that one call may bring, ``steps`` how many calls an answer may take, and
    ``context_tokens`` how much goes into each. ``mcp``: MCP servers may be used. ``offline``: the
    built-in model answers, whatever was chosen.
    """

    models: tuple[str, ...] | None = None
    answer_tokens: int | None = None
    steps: int | None = None
    context_tokens: int | None = None
    mcp: bool = True
    offline: bool = False

    def allows(self, model: str, default: str) -> bool:
        """Whether this model may be chosen; empty is the default one, which always may."""
        return model in ("", *self._allowed(default)) if self.models is not None else True

    def pick(self, model: str, default: str) -> str:
        """The model to ask: the wanted one if it may be asked, else the default one that may."""
        wanted = model or default
        if self.models is None:
            return wanted
        allowed = self._allowed(default)
        if wanted in allowed:
            return wanted
        return default if default in allowed else next(iter(allowed), default)

    def offered(self, names: Sequence[str], default: str) -> list[str]:
        """Those of these that may be chosen."""
        return [name for name in names if self.allows(name, default)]

    def at_most(self, context_tokens: int) -> int:
        """How much goes into a call where so much may."""
        return min(context_tokens, self.context_tokens or context_tokens)

    def _allowed(self, default: str) -> tuple[str, ...]:
        return self.models or ((default,) if default else ())


USUAL = Terms()
"""Those of whoever has none of their own."""
