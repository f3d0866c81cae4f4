"""What messages of a shared chat have beside their texts: files as they are seen, and results."""

from typing import TYPE_CHECKING

import streamlit as st

from chat.ui.labels import plain
from chat.ui.services import parts
from store import results
from store.file_values import StoredFile, TableInfo
from store.result_rows import SHOWN_ROWS
from store.result_values import Computed
from store.values import Message, SessionKey

if TYPE_CHECKING:
    import pyarrow as pa

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


def computed(of: SessionKey, message: Message) -> None:
    """Those of an answer; ``of`` is the chat that is shared."""
    for one in message.results:
        with st.container(border=True, gap="small"):
            st.markdown(f"**{plain(one.title or one.kind.capitalize())}**")
            _rows(of, one)
            if one.query:
                with st.expander("Show query", type="compact", icon=":material/database:"):
                    st.code(one.query, language="sql", wrap_lines=True)


def _picture(file: StoredFile) -> None:
    of = parts().sharing.attached
    path = of.picture(file) if of else None
    st.caption(f":material/image: {plain(file.name)}")
    if path is not None:
        st.image(path.read_bytes(), width=PICTURE_PX, alt=file.name)


def _beginning(file: StoredFile) -> None:
    known = file.details
    with st.expander(plain(file.name), type="compact", icon=":material/description:"):
        for table in known.tables:
            rows = f"{table.rows:,} row{'' if table.rows == 1 else 's'}"
            st.caption(f":material/table: **{plain(table.name)}** {rows}; it begins with")
            _table(_sample(table), f"Table {table.name} of {file.name}")
        if known.beginning:
            st.code(known.beginning, language=known.language or None, wrap_lines=True)


def _sample(table: TableInfo) -> "pa.Table":
    import pyarrow as pa

    rows = [row for row in table.sample if len(row) == len(table.columns)]
    return pa.table({one.name: [row[at] for row in rows] for at, one in enumerate(table.columns)})


def _rows(of: SessionKey, one: Computed) -> None:
    with parts().database.reading() as db:
        shown = results.shown(db, of, message_id=one.message_id, result_id=one.result_id)
    import pyarrow as pa

    _table(pa.ipc.open_stream(shown).read_all(), one.title or "Table")
    if one.total > SHOWN_ROWS:
        st.caption(f"The first {SHOWN_ROWS:,} of {one.total:,} rows are shown.")


def _table(found: "pa.Table", alt: str) -> None:
    st.dataframe(found, alt=alt, hide_index=True)
