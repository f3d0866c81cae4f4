"""What only Streamlit's inside tells about all tabs that are open."""

from streamlit.runtime import exists, get_instance


def held_by_all(key: str) -> list[object]:
    """What each open tab's state holds under a key, where it holds anything."""
    sessions = getattr(get_instance(), "_session_mgr", None) if exists() else None
    held: list[object] = []
    for info in sessions.list_active_sessions() if sessions else ():
        try:
            held.append(info.session.session_state[key])
        except KeyError:
            continue
    return held
