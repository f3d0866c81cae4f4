"""**Import**: a file goes to the server, is counted, and then comes in beside everything else."""

import json
from collections.abc import Mapping, Sequence

import streamlit as st

from chat.limits.words import counted
from chat.transfer.imports import Preview
from chat.transfer.sources import NAMES
from chat.transfer.tables import GUESSES, Table
from chat.ui import state
from chat.ui.components import browser
from chat.ui.controls import button
from chat.ui.failures import shown
from chat.ui.labels import plain
from chat.ui.services import identity, parts, repeat, said, user_id
from store.imports import Import

FIELD = "import-upload"
PIECE = 1024 * 1024
TOO_LARGE = 413
COLUMNS = {
    "content": "Text",
    "role": "Who said it",
    "chat": "Which chat",
    "time": "When",
    "title": "Title of the chat",
    "model": "Model",
    "id": "Id of the message",
}
ENDS = {
    "done": ("The import is done.", "check_circle"),
    "failed": ("The import ended early.", "error"),
    "cancelled": ("The import was cancelled; what had come in by then stays.", "cancel"),
    "interrupted": (
        "The server stopped during the import. Import the same file again: it adds the rest.",
        "error",
    ),
}


def draw() -> None:
    """What runs, what waits, the field for a file, and what came of the last one."""
    last, waits = parts().imports.newest(user_id()), _waiting()
    if last is not None and last.is_running:
        _progress()
        return
    if waits is not None:
        _counted(waits)
    else:
        _field()
    if last is not None:
        _result(last)


def _field() -> None:
    known, mb = state.tab(), parts().imports.spools.most(identity().role) // 1024**2
    st.markdown(
        "Chats of Parley (JSON), ChatGPT, Open WebUI or Claude, as they were exported, zip files "
        "too; or a table of messages as CSV or SQLite. Nothing comes in before you have seen what "
        "is in it." + (f" Files may have up to {mb:,} MB." if known.has_api else "")
    )
    if not known.has_api:
        with st.container(key="import-file"):
            _own_field(f"{FIELD}-{known.uploads}")
        return
    headers = {"X-Requested-With": "Parley", "Content-Type": "application/octet-stream"}
    if token := said()["token"]:
        headers["Authorization"] = f"Bearer {token}"
    key = f"{FIELD}-{known.uploads}"
    with st.container(key="import-file"):
        to = "api/users/me/import?dry_run=true"
        browser.upload(to, headers, key=key, done=_arrived)


def _own_field(key: str) -> None:
    """Through the page, which keeps a file in memory and so takes smaller ones only."""
    given = st.file_uploader("File of chats", key=key)
    if given is None:
        return
    imports, known = parts().imports, state.tab()
    spool = imports.spools.open(user_id(), identity().role, given.size)
    try:
        while piece := given.read(PIECE):
            imports.spools.write(spool, piece)
        known.upload = imports.preview(spool).import_id
    except BaseException:
        imports.spools.close(spool)
        raise
    known.uploads += 1
    st.rerun()


def _arrived() -> None:
    """What the server said of the file; in words where it could not be taken."""
    known = state.tab()
    held = state.value(f"{FIELD}-{known.uploads}")
    known.uploads += 1
    known.error = known.upload = ""
    sent = held.get("sent") if isinstance(held, Mapping) else None
    if isinstance(sent, int):  # the status of what is no answer of the API
        known.has_api = has_api(sent)
    try:
        answer = json.loads(str(sent))
    except ValueError:
        answer = None
    found = answer if isinstance(answer, Mapping) else {}
    error = found.get("error")
    if isinstance(error, Mapping):
        known.error = f"{error.get('message')} {error.get('fix')}"
    elif isinstance(found.get("import_id"), str):
        known.upload = str(found["import_id"])
    elif sent == TOO_LARGE:
        known.error = "It is too large for the server between this browser and the chat."
    elif known.has_api:
        known.error = "The file did not arrive. Try again."
    else:
        known.error = "This host takes files for the page only. Choose the file once more."


def has_api(status: int) -> bool:
    """Whether what answered so, and is not the API, stands in front of it."""
    return status >= 500 or status == TOO_LARGE


def _waiting() -> Preview | None:
    known = state.tab()
    found = parts().imports.waiting(user_id(), known.upload) if known.upload else None
    return found


def _counted(preview: Preview) -> None:
    count = preview.count
    with st.container(border=True, key="import-counted"):
        st.subheader(f"From {NAMES.get(preview.kind, 'a file')}", anchor=False)
        chats, messages = counted(count.chats, "chat"), counted(count.total, "message")
        known = f" {count.known:,} of the chats are here already." if count.known else ""
        files = f" and **{counted(count.files, 'file')}**" if count.files else ""
        st.markdown(f"**{chats}** with **{messages}**{files}.{known}")
        if preview.table is not None:
            _columns(preview.table)
        _skipped(
            [(one.where, one.why) for one in count.skipped], count.skipped_count, "will be skipped"
        )
        st.caption("What you have already stays as it is; the same file twice changes nothing.")
        with st.container(horizontal=True):
            button("Start import", "import-start", _start, disabled=not count.total, icon="upload")
            button("Choose another file", "import-discard", _discard)


def _columns(table: Table) -> None:
    """What each column is taken for, to be changed."""
    st.caption("Which column says what was guessed from the names; change what is wrong.")
    with st.container(horizontal=True):
        for name in GUESSES:
            given = table.mapping.get(name, "")
            choices = ["", *table.columns]
            st.selectbox(
                COLUMNS[name],
                choices,
                choices.index(given),
                format_func=lambda one: one[:60] or "–",
                key=f"import-column-{name}",
                on_change=_map,
                width=200,
            )


def _map() -> None:
    mapping = {name: str(state.value(f"import-column-{name}") or "") for name in GUESSES}
    with shown():
        parts().imports.preview_again(user_id(), state.tab().upload, mapping)


def _start() -> None:
    known = state.tab()
    with shown():
        parts().imports.start_held(user_id(), known.upload)
        known.upload = ""


def _discard() -> None:
    known = state.tab()
    with shown():
        parts().imports.discard(user_id(), known.upload)
        known.upload = ""


def _progress() -> None:
    repeat(_step, 0.5)


def _step() -> None:
    last = parts().imports.newest(user_id())
    if last is None or not last.is_running:
        st.rerun()
    done = min(last.done / last.total, 1.0) if last.total else 0.0
    text = f"{counted(last.done, 'message')} read, {last.added:,} added"
    st.progress(done, text=text)
    button("Cancel import", "import-cancel", _cancel, last.import_id)


def _cancel(import_id: str) -> None:
    with shown():
        parts().imports.cancel(user_id(), import_id)


def _result(last: Import) -> None:
    text, icon = ENDS[last.state]
    with st.container(border=True, key="import-result"):
        st.markdown(f":material/{icon}: {text}")
        if last.error:
            st.error(plain(last.error), icon=":material/error:")
        st.markdown(
            f"{counted(last.chats, 'chat')} read; {counted(last.added, 'message')} added, "
            f"{last.unchanged:,} were there already."
        )
        named = [(one.get("where", ""), one.get("why", "")) for one in last.skipped]
        _skipped(named, last.skipped_count, "skipped")


def _skipped(named: Sequence[tuple[str, str]], count: int, words: str) -> None:
    if not count:
        return
    with st.expander(f"{count:,} {words}"):
        lines = [f"- {plain(where)}: {plain(why)}" for where, why in named]
        if more := count - len(named):
            lines.append(f"- and {more:,} more")
        st.markdown("\n".join(lines))
