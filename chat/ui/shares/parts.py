"""What messages of a shared chat have beside their texts: files as they are seen, and results."""

import streamlit as st

from chat.ui.chat import computed as results
from chat.ui.chat.attached import size_words
from chat.ui.chat.tables import sample
from chat.ui.failures import explained
from chat.ui.labels import plain
from chat.ui.services import parts
from store.file_values import StoredFile
from store.values import Message, SessionKey

PICTURE_PX = 320


def files(message: Message) -> None:
    """Those of a question: pictures as cleaned copies, of all else names and beginnings."""
    for file in message.files:
        if file.deleted_at is not None:
            st.caption(f":material/block: {plain(file.name)} (removed)")
        elif file.kind == "image":
            _picture(file)
        else:
            _beginning(file)


def computed(of: SessionKey, message: Message, place: str) -> None:
    """Those of an answer; ``of`` is the chat that is shared."""
    for one in message.results:
        with explained():
            name = f"{place}-{message.id}-"
            results.draw_one(of, one, with_actions=False, place=name)


def _picture(file: StoredFile) -> None:
    of = parts().sharing.attached
    path = of.picture(file) if of else None
    st.caption(f":material/image: {plain(file.name)}")
    if path is not None:
        st.image(path.read_bytes(), width=PICTURE_PX, alt=file.name)


def _beginning(file: StoredFile) -> None:
    known = file.details
    label = f"{plain(file.name)}, {size_words(file.size)}"
    with st.expander(label, type="compact", icon=":material/description:"):
        for table in known.tables:
            rows = f"{table.rows:,} row{'' if table.rows == 1 else 's'}"
            st.caption(f":material/table: **{plain(table.name)}** {rows}; it begins with")
            alt = f"Table {table.name} of {file.name}"
            st.dataframe(sample(table), alt=alt, hide_index=True)
        if known.beginning:
            st.code(known.beginning, language=known.language or None, wrap_lines=True)
