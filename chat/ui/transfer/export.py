"""**Export**: chats as a file, in the form that is chosen; it is made at the click."""

from collections.abc import Callable, Sequence

import streamlit as st

from chat.errors import NotSignedIn
from chat.limits.words import counted
from chat.people.identity import Identity
from chat.transfer.exports import Format
from chat.ui.controls import dialog
from chat.ui.services import lookup, parts, user_id

FORMS: dict[Format, tuple[str, str]] = {
    "json": ("JSON", "Everything, with all versions; Parley can import it."),
    "markdown": ("Markdown", "The texts on screen."),
    "html": ("Web page", "One file to read, send and print."),
    "ipynb": ("Notebook", "For Jupyter, with the calls that ask a model."),
}


@dialog("Export")
def export_dialog(about: str) -> None:
    """The chats with these ids, separated by spaces, or all."""
    chosen = about.split()
    st.markdown(f"{counted(len(chosen), 'chat')} as:" if chosen else "All your chats as:")
    kind = st.radio(
        "Format",
        list(FORMS),
        format_func=lambda one: FORMS[one][0],
        captions=[text for _, text in FORMS.values()],
        key="export-format",
        label_visibility="collapsed",
    )
    if kind != "json" and len(chosen) != 1:
        st.caption("They come as one zip, without the trash.")
    download(kind, chosen, "export-download")


def download(kind: Format, chosen: Sequence[str], key: str, label: str = "Download") -> None:
    """The button; whoever clicks is looked up then."""
    made = parts().exports.make(user_id(), kind, chosen)
    st.download_button(
        label,
        data=_whole(user_id(), lookup(), kind, tuple(chosen)),
        file_name=made.name,
        mime=made.media_type.partition(";")[0],
        key=key,
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )


def _whole(
    owner: str, who: Callable[[], Identity | None], kind: Format, chosen: Sequence[str]
) -> Callable[[], bytes]:
    make = parts().exports.make

    def made() -> bytes:
        found = who()
        if found is None or found.user_id != owner:
            raise NotSignedIn
        return b"".join(make(owner, kind, chosen).pieces)

    return made
