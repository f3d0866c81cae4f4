"""For administrators: what runs here, and how it is doing."""

import streamlit as st

from chat.agent.types import ModelStatus
from chat.diagnostics.process import this_process
from chat.limits.report import used_by_all
from chat.limits.words import counted
from chat.ui.admin.people import administrator
from chat.ui.chat.attached import size_words
from chat.ui.chat.details import table
from chat.ui.services import parts
from chat.ui.settings import mcp_servers
from chat.ui.times import ago
from store import facts, users
from store.disk import free_bytes
from store.types import utc_now


def what_runs() -> None:
    """All of it, with the MCP servers below; asks nobody but the database, and that briefly."""
    administrator()
    parts().refresh_models()
    with st.container(border=True, key="what-runs"):
        st.subheader("What runs", anchor=False)
        table([*_process(), *_stored(), *_asked()])
    if parts().mcp.status():
        mcp_servers.draw()


def budgets() -> None:
    """What is used up of what may be; nothing where nobody has limits."""
    if rows := used_by_all(parts().limits):
        with st.container(border=True, key="budgets"):
            st.subheader("Budgets", anchor=False)
            table(rows)


def _process() -> list[tuple[str, str]]:
    process, settings = this_process(parts().commit), parts().settings
    return [
        ("Parley", process.version + (f", commit {process.commit}" if process.commit else "")),
        ("Python", process.python),
        ("Streamlit", process.streamlit),
        ("Started", ago(process.started_at, utc_now())),
        ("Login", settings.mode.name),
        ("Registration", settings.registration),
    ]


def _stored() -> list[tuple[str, str]]:
    database, folder = parts().database, parts().settings.files_folder
    with database.reading() as db:
        people, known = users.count(db), facts.read(db, file=database.path)
    found, disks = parts().files.last_count, (database.free_bytes(), free_bytes(folder / "_"))
    attached = f"{counted(found[0], 'file')}, {size_words(found[1])}" if found else "being counted"
    free = min((one for one in disks if one is not None), default=None)
    return [
        ("People", f"{people:,}"),
        ("Database", f"{database.label}, {known.kind}, schema {known.revision}"),
        ("Its size", size_words(known.size)),
        ("Attached", f"{attached}; the same bytes are kept once"),
        ("Free on disk", "unknown" if free is None else f"{free / 1e9:,.1f} GB"),
        ("Last good backup", _backup()),
    ]


def _asked() -> list[tuple[str, str]]:
    servers = parts().mcp.status()
    ready = sum(one.state == "ready" for one in servers)
    return [
        ("Model", _model(parts().provider.status())),
        ("MCP servers", f"{ready} of {len(servers)} connected" if servers else "none"),
        ("Answers running", f"{parts().turns.count_running():,} in this process"),
    ]


def _model(status: ModelStatus) -> str:
    which = f"{status.endpoint.label}, {status.default_model or 'no model'}"
    if status.looking:
        return f"{which}; its list of models is being read"
    if status.problem:
        return f"{which}. {status.problem}"
    return f"{which}; {counted(len(status.models), 'model')} in its list"


def _backup() -> str:
    """When it was, and why the last one is not good."""
    known, timed = parts().backups.known, parts().settings.backups
    how = "python -m store.backup takes one, PARLEY_BACKUPS one every day"
    when = ago(known.good_at, utc_now()) if known.good_at else "never"
    words = when if known.good_at or timed else f"{when}; {how}"
    return f"{words}. The last one failed: {known.problem}" if known.problem else words
