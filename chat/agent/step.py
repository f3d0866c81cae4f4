"""What one question to the model brought."""

from __future__ import annotations

from dataclasses import dataclass, field

from chat.agent.types import Finished, Piece, ToolCall
from chat.events import Token, Usage


@dataclass
class Step:
    """What one question to the model brought."""

    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    ends: list[Usage | Finished] = field(default_factory=list)

    def takes(self, piece: Piece) -> bool:
        """Keep what is not for viewers yet; True: it is for them now."""
        if isinstance(piece, ToolCall):
            self.calls.append(piece)
        elif isinstance(piece, Usage | Finished):
            self.ends.append(piece)
        else:
            self.text += piece.content if isinstance(piece, Token) else ""
            return True
        return False
