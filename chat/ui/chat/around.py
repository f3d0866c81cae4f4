"""What is around the messages and drawn by the browser: see ``components/page``."""

import math
from collections.abc import Sequence

from chat.ui import place, state
from chat.ui.components import page
from chat.ui.internals.page import NAMES
from chat.ui.services import parts, said, whoami
from store.session_values import ChatSession
from store.values import Message


def name_tab(known: state.Tab) -> None:
    """The browser's tab carries the chat's title."""
    place.titled(known.title)


def end(window: Sequence[Message], spot: state.Spot | None) -> None:
    """The end of the transcript, with what is on its way; it stays in view."""
    shown = [message for message in window if message.status != "queued" or message.role == "user"]
    about = {
        **said(),
        "times": [message.created_at.isoformat() for message in shown],
        "first": window[0].depth if window else 0,
        "earlier": bool(window) and window[0].depth > 1,
        "later": spot is not None and spot.after is not None,
        "spot": [spot.message_id, spot.id] if spot else None,
        "names": NAMES,
    }
    page.part("transcript", about)


def composer(known: state.Tab, session: ChatSession | None, window: Sequence[Message]) -> None:
    """The composer of the chat on screen."""
    answers = [message.id for message in window if message.role == "assistant" and message.is_open]
    questions = [message.id for message in window if message.role == "user"]
    who = whoami(math.inf)  # as the page was begun
    most_bytes, _ = parts().files.arrivals.most(who.role if who else "guest")
    about = {
        **said(),
        "version": session.version if session else 0,
        "answering": answers[0] if answers else None,
        "question": questions[-1] if questions else None,
        "new": known.draft.chosen(),
        "fates": known.fates,
        "sent": known.sent,
        "files": {"most": parts().settings.message_files, "bytes": most_bytes},
        "given": known.given,
        "readOnly": parts().read_only.state.is_on,
    }
    page.part("composer", about)
