"""An answer that asks first, between the agent and the store: what is asked, what is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from chat.agent.loop import Resumed
from chat.agent.needs import questions
from chat.agent.types import Asking, Paused, ToolCall
from chat.errors import AgentError
from chat.events import Event, ToolProgress, Usage
from store.asking import Ask


@dataclass(frozen=True, slots=True)
class GoingOn:
    """Where an answer goes on; ``begins`` is the text it began with before that, if any."""

    resumed: Resumed
    begins: str


def asks(paused: Paused) -> list[Ask]:
    """What people are asked."""
    return [
        Ask(
            one.call.id,
            one.call.name,
            one.arguments,
            questions(one.needs),
            tuple(need.permit for need in one.needs),
        )
        for one in paused.asks
    ]


def told(asks: Iterable[Ask]) -> list[Event]:
    """What viewers are told of them: not before they are stored, for then they can be decided."""
    return [ToolProgress(ask.tool, "asks", ask.words, ask.call_id) for ask in asks]


def kept(paused: Paused, begins: str) -> dict[str, object]:
    """As JSON."""
    return {
        "messages": list(paused.messages),
        "calls": [asdict(one.call) for one in paused.asks],
        "seconds": paused.seconds,
        "usage": asdict(paused.usage) if paused.usage else None,
        "begins": begins,
    }


def going_on(stored: Mapping[str, object]) -> GoingOn:
    """From what was kept and decided; raises `AgentError` where that is damaged."""
    try:
        return _going_on(stored)
    except (AttributeError, KeyError, TypeError, ValueError):
        text = "What this answer was to go on from cannot be read."
        raise AgentError("cannot_go_on", text, "Retry.") from None


def _going_on(stored: Mapping[str, object]) -> GoingOn:
    counted, decisions = _object(stored["usage"]), _object(stored["decisions"])
    called = [
        ToolCall(**{k: str(v) for k, v in _object(one).items()}) for one in _list(stored, "calls")
    ]
    paused = Paused(
        tuple(map(_object, _list(stored, "messages"))),
        tuple(Asking(call, {}, ()) for call in called),
        float(str(stored["seconds"])),
        _usage(counted) if counted else None,
    )
    decided = {call_id: decision != "refuse" for call_id, decision in decisions.items()}
    return GoingOn(Resumed(paused, decided), str(stored["begins"]))


def _usage(counted: Mapping[str, object]) -> Usage:
    cost, cached = counted.get("cost"), counted.get("cached_tokens")
    into, out = (int(str(counted[name])) for name in ("prompt_tokens", "completion_tokens"))
    return Usage(
        into,
        out,
        None if cost is None else float(str(cost)),
        None if cached is None else int(str(cached)),
    )


def _list(stored: Mapping[str, object], name: str) -> list[object]:
    found = stored[name]
    if not isinstance(found, list):
        raise TypeError(name)
    return found


def _object(stored: object) -> Mapping[str, object]:
    if stored is not None and not isinstance(stored, Mapping):
        raise TypeError(stored)
    return stored or {}
