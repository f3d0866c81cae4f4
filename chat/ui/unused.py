"""Which unused chats go into the trash, in words; and what people are told of it."""

from collections.abc import Sequence

import streamlit as st

from chat.limits.words import counted
from chat.ui.labels import plain
from chat.ui.services import identity, parts
from store.retention_rules import RetentionRule


def words(rule: RetentionRule) -> str:
    """What a rule is called."""
    return f"Unused {_time(rule)}"


def told() -> None:
    """A line about the rules that are on and concern whoever's page this is, if there are any."""
    if text := line(parts().unused.told(identity())):
        st.caption(plain(text))


def line(rules: Sequence[RetentionRule]) -> str:
    """What these let go, in one sentence; of two that say the same, the sooner one counts."""
    soonest: list[RetentionRule] = []
    for rule in sorted(rules, key=lambda one: (one.days, one.folder != "", one.folder)):
        names = {one.folder.casefold() for one in soonest}
        if not names & {"", rule.folder.casefold()}:
            soonest.append(rule)
    if not soonest:
        return ""
    times = [_time(rule) for rule in reversed(soonest)]
    comma = "," if len(times) > 1 else ""
    return (
        f"Chats unused {', or '.join(times)}{comma} go to the trash; pinned and shared ones stay."
    )


def _time(rule: RetentionRule) -> str:
    days = f"for {counted(rule.days, 'day')}"
    return f"{days} in a folder “{rule.folder}”" if rule.folder else days
