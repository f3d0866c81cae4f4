"""What is attached to a question: pictures small, texts folded, tables as tables.

Little of each is drawn, for it is drawn anew at every run; all of a file opens in a dialog.
"""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from chat.data.example import example
from chat.ui import state
from chat.ui.chat import tables
from chat.ui.controls import dialog
from chat.ui.failures import done
from chat.ui.internals import pictures
from chat.ui.internals.pictures import Picture
from chat.ui.labels import plain
from chat.ui.markdown.safe import DRAWN_CHARS, safe
from chat.ui.services import address, key, parts, user_id
from store import files, messages
from store.file_values import StoredFile, TableInfo
from store.values import Message

FIRST_LINES, FIRST_CHARS = 20, 2_000
SMALL_PX = 130
LARGE = 20_000_000
DRAWN_TABLES, NAMED = 3, 20
"""So many tables of a question are drawn, and so many of a file named; all open in the dialog."""
_SIZES = (("MB", 1_000_000), ("kB", 1_000))


def draw(message: Message, place: DeltaGenerator) -> None:
    """All of it, there; nothing where there is nothing."""
    if message.files:
        with place:
            _draw(message)


def _draw(message: Message) -> None:
    there = [file for file in message.files if file.deleted_at is None]
    _pictures(message)
    room = DRAWN_TABLES
    for file in there:
        if file.kind == "table":
            room -= _tables(file, room)
        elif file.kind != "image":
            with st.expander(_label(file), type="compact", icon=":material/description:"):
                _beginning(file)
    if gone := [f"{plain(file.name)} (removed)" for file in message.files if file not in there]:
        st.caption(":material/block: " + ", ".join(gone))
    if there:
        menu, names = f"files-{message.id}", named(there)
        st.menu_button(
            "Open or download",
            list(names),
            key=menu,
            type="tertiary",
            icon=":material/attach_file:",
            format_func=lambda one: plain(names[one]),
            on_click=_open,
            args=(menu,),
        )


def named(found: Iterable[StoredFile]) -> dict[str, str]:
    """By their ids what they are called, each differently: the browser tells choices apart by that.

    Pictures that are pasted are all called the same.
    """
    names: dict[str, str] = {}
    often: Counter[str] = Counter()
    taken: set[str] = set()
    for file in found:
        name = base = " ".join(file.name.split())
        while name in taken:
            often[base] += 1
            name = f"{base} ({often[base] + 1})"
        taken.add(name)
        names[file.file_id] = name
    return names


def size_words(size: int) -> str:
    """So many bytes, for people."""
    found = next(((unit, of) for unit, of in _SIZES if size >= of), None)
    return f"{size / found[1]:.1f} {found[0]}" if found else f"{size:,} bytes"


def about(file: StoredFile) -> str:
    """How much there is of it, as its kind is counted."""
    known = file.details
    if file.kind == "image":
        return f"{known.width} × {known.height} pixels"
    if file.kind == "table":
        return _count(len(known.tables), "table")
    if known.pages:
        return _count(known.pages, "page")
    return _count(known.lines, "line")


@dialog("File", width="large")
def file_dialog(file_id: str) -> None:
    """All of a file as far as it can be shown, and the file itself."""
    with parts().database.reading() as db:
        file = files.get(db, user_id=user_id(), file_id=file_id)
    st.markdown(f"**{plain(file.name)}**")
    st.caption(plain(f"{about(file)}, {size_words(file.size)}"))
    if file.kind == "image":
        if picture := parts().files.picture(file):
            pictures.draw([Picture(picture, file.name)], key="picture")
    elif file.kind == "table":
        found = {one.name: one for one in file.details.tables}
        name = st.selectbox("Table", found) if len(found) > 1 else next(iter(found), "")
        if name in found:
            _table(file, found[name], is_brief=False)
    else:
        _whole(file)
    for note in file.details.notes:
        st.caption(plain(note))
    _download(file)


def _download(file: StoredFile) -> None:
    """A large one past the page, which would keep it in memory; there the cookie says who asks."""
    name, icon = "Download", ":material/download:"
    if file.size > LARGE and state.tab().has_api and not parts().identities.mode.provider:
        st.link_button(name, f"api/users/me/files/{file.file_id}", icon=icon)
        return
    st.download_button(
        name,
        data=partial(_bytes, file),
        file_name=file.name,
        mime=file.media_type,
        key=f"download-file-{file.file_id}",
        icon=icon,
        on_click="ignore",
    )


def open_picture(message_id: int, at: int) -> None:
    """In a callback: show one of a question's pictures, counted from 0, in the dialog."""
    with parts().database.reading() as db:
        message = messages.get(db, key(state.tab().session_id or ""), message_id=message_id)
    found = _small(message.files)
    if at < len(found):
        state.ask("file", found[at][0].file_id)


def load_example() -> None:
    """In a callback: have the composer attach the example table."""
    known = state.tab()
    with done("The example table is attached. Choose a question, or ask your own."):
        name, data = example()
        file, _ = parts().files.add(user_id(), BytesIO(data), name, address=address())
        known.given = {
            "once": uuid4().hex,
            "session": known.session_id or known.new_id,
            "files": [{"id": file.file_id, "name": file.name, "size": file.size}],
        }


def _open(menu: str) -> None:
    state.ask("file", str(state.value(menu)))


def _bytes(file: StoredFile) -> bytes:
    return parts().files.bytes_path(file).read_bytes()


def _pictures(message: Message) -> None:
    """As one element; a click on one, which the page's part hears, opens it large."""
    small = _small(message.files)
    if not small:
        return
    found = [Picture(path, file.name) for file, path in small]
    pictures.draw(found, SMALL_PX, key=f"pictures-{message.id}")


def _small(found: Iterable[StoredFile]) -> list[tuple[StoredFile, Path]]:
    """The pictures, with where each is small."""
    images = (one for one in found if one.kind == "image" and one.deleted_at is None)
    return [(one, path) for one in images if (path := parts().files.small(one))]


def _tables(file: StoredFile, room: int) -> int:
    """The first of a file's tables, as many as there is room for, and what the others are called;
    how many were drawn.
    """
    found = file.details.tables
    for table in found[:room]:
        _table(file, table, is_brief=True)
    rest = ", ".join(f"{plain(one.name)} ({_count(one.rows, 'row')})" for one in found[room:NAMED])
    if rest:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        st.caption(f":material/table: **{plain(file.name)}** {rest}{more}")
    return len(found[:room])


def _table(file: StoredFile, table: TableInfo, *, is_brief: bool) -> None:
    name = file.name if len(file.details.tables) == 1 else f"{file.name}: {table.name}"
    count = f"{_count(table.rows, 'row')}, {_count(len(table.columns), 'column')}"
    st.caption(f":material/table: **{plain(name)}** {count}")
    tables.of_file(file, table, is_brief=is_brief)


def _label(file: StoredFile) -> str:
    return f"{plain(file.name)}, {about(file)}"


def _beginning(file: StoredFile) -> None:
    text = "\n".join(file.details.beginning[:FIRST_CHARS].splitlines()[:FIRST_LINES])
    st.code(text, language=file.details.language or None, wrap_lines=file.kind != "code")
    if len(text) < file.details.chars:
        st.caption("This is how it begins.")


def _whole(file: StoredFile) -> None:
    text = parts().files.text(file, DRAWN_CHARS)
    _text(file, text)
    if len(text) < file.details.chars:
        st.caption(f"The first {len(text):,} of {file.details.chars:,} characters are shown.")


def _text(file: StoredFile, text: str) -> None:
    if file.kind == "markdown":
        st.markdown(safe(text), anchors=False)
    else:
        st.code(text, language=file.details.language or None, wrap_lines=file.kind != "code")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
