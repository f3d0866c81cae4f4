"""Attaching files through the page, where the browser does not reach the API."""

from uuid import uuid4

import streamlit as st

from chat.errors import ParleyError
from chat.limits.words import counted
from chat.ui import state
from chat.ui.controls import dialog
from chat.ui.labels import plain
from chat.ui.services import address, parts, user_id


@dialog("Attach files")
def attach_dialog(_about: str) -> None:
    """Choose some; the composer takes those that could be read, the others are named here."""
    most, known = parts().settings.message_files, state.tab()
    given = st.file_uploader(
        "Files", accept_multiple_files=True, key="attach-files", label_visibility="collapsed"
    )
    st.caption(f"A message takes at most {counted(most, 'file')}.")
    if not st.button("Attach", type="primary", key="attach", disabled=not given):
        return
    taken: list[dict[str, object]] = []
    refused = [f"{plain(one.name)} was left out." for one in given[most:]]
    for one in given[:most]:
        try:
            file, _ = parts().files.add(user_id(), one, one.name, address=address())
        except ParleyError as failure:
            refused.append(f"{plain(one.name)}: {plain(str(failure))}")
        else:
            taken.append({"id": file.file_id, "name": file.name, "size": file.size})
    if taken:
        where = known.session_id or known.new_id
        known.given = {"once": uuid4().hex, "session": where, "files": taken}
    if not refused:
        st.rerun()
    st.error("\n\n".join(refused), icon=":material/error:")
