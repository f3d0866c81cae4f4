"""What only Streamlit's inside tells about uploads: of which tabs it keeps files, and who sent one.

It takes a file for any tab that is open, a login page's too, and keeps it for as long as it likes.
"""

from collections.abc import Mapping

from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette import starlette_websocket
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME


def is_open(tab_id: str) -> bool:
    """Whether somebody looks at the tab with this id of Streamlit's."""
    return get_instance().is_active_session(tab_id)


def held_by(tab_id: str, key: str) -> object:
    """What an open tab's state holds under a key; else None."""
    found = get_instance()._session_mgr.get_active_session_info(tab_id)
    if found is None:
        return None
    try:
        return found.session.session_state[key]
    except KeyError:
        return None


def sizes() -> dict[str, int]:
    """The bytes that are kept, by the id of the tab; of those that were closed, too."""
    files = get_instance().uploaded_file_mgr
    if not isinstance(files, MemoryUploadedFileManager):
        return {}
    with files._lock:
        return {
            tab_id: sum(len(file.data) for file in kept.values())
            for tab_id, kept in files.file_storage.items()
            if kept
        }


def let_go(tab_id: str) -> None:
    """End a tab that nobody looks at any more, with its files; on the event loop."""
    get_instance().close_session(tab_id)
    get_instance().uploaded_file_mgr.remove_session_files(tab_id)


def claims(cookies: Mapping[str, str], origin: str) -> Mapping[str, object]:
    """What a login provider said of whoever brings these cookies, if Streamlit signed it."""
    signed = starlette_websocket._get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
    return starlette_websocket._parse_decoded_user_cookie(signed, origin) if signed else {}
