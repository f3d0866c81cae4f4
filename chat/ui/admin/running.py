"""For administrators: how this Parley is set up, and how it is doing."""

import streamlit as st

from chat.limits.report import used_by_all
from chat.ui.chat.details import table
from chat.ui.services import parts
from chat.ui.times import ago
from store import users
from store.types import utc_now


def status() -> None:
    """How this Parley is set up and what it does right now."""
    settings, provider = parts().settings, parts().provider.status()
    with parts().database.reading() as db:
        people = users.count(db)
    model = f"{provider.endpoint.label}, {provider.default_model or 'no model'}"
    with st.container(border=True):
        st.subheader("Status", anchor=False)
        table(
            [
                ("Login", settings.mode.name),
                ("Registration", settings.registration),
                ("People", f"{people:,}"),
                ("Model", f"{model}. {provider.problem}" if provider.problem else model),
                ("Answers running", f"{parts().turns.count_running():,} in this process"),
                ("Database", parts().database.label),
                ("Last good backup", _backup()),
            ]
        )


def _backup() -> str:
    """When it was, and why the last one is not good."""
    known, timed = parts().backups.known, parts().settings.backups
    how = "python -m store.backup takes one, PARLEY_BACKUPS one every day"
    when = ago(known.good_at, utc_now()) if known.good_at else "never"
    words = when if known.good_at or timed else f"{when}; {how}"
    return f"{words}. The last one failed: {known.problem}" if known.problem else words


def budgets() -> None:
    """What is used up of what may be; nothing where nobody has limits."""
    if rows := used_by_all(parts().limits):
        with st.container(border=True, key="budgets"):
            st.subheader("Budgets", anchor=False)
            table(rows)
