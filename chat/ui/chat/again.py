"""Ask again with another model or persona, and the versions of an answer side by side."""

import streamlit as st

from chat.ui import personas
from chat.ui.chat import actions, details, differences
from chat.ui.controls import dialog
from chat.ui.labels import plain
from chat.ui.services import key, parts, terms
from chat.ui.state import tab
from store import messages, sessions
from store.values import Message

BESIDE = 3
"""So many versions are compared at once."""
UNCHANGED = "As in this chat"
FACTS = (
    *("Status", "Error", "Model", "Persona", "Time"),
    *("First token after", "Tokens", "Cost", "Ended by"),
)


@dialog("Ask again with…")
def again_dialog(message_id: str) -> None:
    """A form: who answers the same question once more. The chat itself stays as it is."""
    status, theirs = parts().provider.status(), terms()
    known = personas.choices()
    with parts().database.reading() as db:
        session = sessions.get(db, key(tab().session_id or ""))
    with st.form("again-form", border=False):
        model = st.selectbox(
            "Model",
            ["", *theirs.offered(status.models, status.default_model)],
            format_func=lambda name: name or UNCHANGED,
        )
        persona = st.selectbox(
            "Persona", ["", *known], format_func=lambda id_: known[id_].name if id_ else UNCHANGED
        )
        st.caption(
            f"This chat goes on with {plain(personas.chosen(session.persona).name)} and "
            f"{plain(session.model or 'its own model')}. The answer becomes another version of "
            "this one."
        )
        if not st.form_submit_button("Ask again", type="primary"):
            return
    actions.again_with(int(message_id), str(model or ""), str(persona or ""))
    st.rerun()


@dialog("Compare versions", width="large")
def versions_dialog(message_id: str) -> None:
    """The versions of an answer beside each other, with what only one of two has marked."""
    active, asked = key(tab().session_id or ""), int(message_id)
    with parts().database.reading() as db:
        ids = messages.get(db, active, message_id=asked).versions
        others = [id_ for id_ in ids if id_ != asked]
        beside = sorted([*others[-1:], asked])
        chosen = beside
        if len(ids) > 2:
            chosen = st.multiselect(
                "Versions",
                ids,
                default=beside,
                max_selections=BESIDE,
                format_func=lambda id_: f"{ids.index(id_) + 1}",
                key=f"versions-{asked}",
            )
        found = [messages.get(db, active, message_id=id_) for id_ in sorted(chosen)]
    if len(found) < 2:
        st.info("Choose two versions or three.")
        return
    marks = st.toggle("Mark differences", value=True, key=f"mark-differences-{asked}")
    if any(len(one.content) > differences.DRAWN_CHARS for one in found):
        st.caption(f"The first {differences.DRAWN_CHARS:,} characters of each are shown.")
    if any(one.is_open for one in found):
        st.caption("One of them is still being written; this is what there was just now.")
    first = found[0].content[: differences.DRAWN_CHARS]
    for column, one in zip(st.columns(len(found)), found, strict=True):
        with column, st.container(border=True, key=f"version-{one.id}"):
            st.markdown(f"**Version {ids.index(one.id) + 1} of {len(ids)}**")
            _version(one, first, found[1].content, marks=marks)


def _version(one: Message, first: str, second: str, *, marks: bool) -> None:
    """Others are compared with the first one, and that with the second."""
    facts = [(name, text) for name, text in details.facts(one) if name in FACTS]
    st.caption("  \n".join(f"{name}: {plain(text)}" for name, text in facts))
    text = one.content[: differences.DRAWN_CHARS]
    if not marks:
        st.text(text)
        return
    if text == first:
        runs = differences.compared(first, second[: differences.DRAWN_CHARS])[0]
    else:
        runs = differences.compared(first, text)[1]
    only_here = sum(not same and not text.isspace() for text, same in runs)
    passages = f"{only_here:,} passage{'' if only_here == 1 else 's'}"
    st.caption(f"{passages} only here" if only_here else "Nothing is only here")
    st.markdown(differences.marked(runs) or "*No text*")
