"""Own personas on pages: what they cost, and that what is in them is only text."""

from __future__ import annotations

import re

import pytest
from sqlmodel import Session
from streamlit.string_util import validate_material_icon

from chat.personas.book import ICONS
from chat.runtime import Runtime
from store import messages, sessions
from store.metadata import MessageMetadata
from store.users import LOCAL_USER
from store.values import PersonaDraft, SessionKey
from tests.pages.conftest import OpenPage
from tests.pages.test_pages import texts
from tests.store.samples import asked, end, make, statements

HOSTILE = "![x](http://a.invalid) :red[y] $z$ <b>"


def answered(db: Session, place: SessionKey, metadata: MessageMetadata) -> None:
    end(db, place, asked(db, place).answer.id, metadata=metadata)


def marked(parts: Runtime, *personas: str, chosen: str) -> str:
    """A chat in which these answered, one after the other."""
    book = parts.personas
    with parts.database.transaction() as db:
        place = make(db, LOCAL_USER, title="Marked", persona=chosen)
        for persona in personas:
            mark = book.get_in(db, user_id=LOCAL_USER, persona_id=persona).mark if persona else None
            answered(db, place, MessageMetadata(persona=mark))
    return place.session_id


def test_all_icons_can_be_drawn(parts: Runtime) -> None:
    of_file = [persona.icon for persona in parts.personas.built_in.all()]
    for icon in (*ICONS.values(), *of_file):
        assert validate_material_icon(icon)


def test_only_a_chat_with_an_own_one_reads_it(opened: OpenPage, parts: Runtime) -> None:
    own = parts.personas.create(LOCAL_USER, PersonaDraft(name="Cook", system_prompt="You cook.")).id
    seen = {}
    for persona in ("nurse", own):
        app = opened(marked(parts, persona, chosen=persona))
        with statements(parts.database.engine) as said:
            app.run()
        assert not app.exception
        seen[persona] = [sql for sql in said if "FROM personas" in sql]
    assert seen["nurse"] == []
    assert len(seen[own]) == 2  # the chat's, and what the list calls it


def test_who_answers_from_where_on_is_said(opened: OpenPage, parts: Runtime) -> None:
    of_all = marked(parts, "", "default", "default", "nurse", "default", chosen="writer")
    app = opened(of_all)
    lines = [caption.value for caption in app.main.caption]
    said = [line for line in lines if "here on" in line or "next answer" in line]
    assert said == [
        ":material/favorite: From here on: Mental Health Nurse",
        ":material/forum: From here on: Default Assistant",
        ":material/edit_note: The next answer comes from Creative Writer",
    ]
    avatars = [message.avatar for message in app.chat_message if message.name == "assistant"]
    assert avatars == [
        f":material/{icon}:" for icon in ("edit_note", "forum", "forum", "favorite", "forum")
    ]


@pytest.mark.parametrize("persona", ["", "default", "nurse"])
def test_nothing_is_said_while_nobody_changes(
    opened: OpenPage, parts: Runtime, persona: str
) -> None:
    app = opened(marked(parts, persona or "default", persona, chosen=persona or "default"))
    assert not [line for line in app.main.caption if "answer" in line.value or "on:" in line.value]


def test_one_that_is_gone_keeps_its_name(opened: OpenPage, parts: Runtime) -> None:
    own = parts.personas.create(LOCAL_USER, PersonaDraft(name="Cook", system_prompt="You cook.")).id
    session_id = marked(parts, "default", own, chosen=own)
    parts.personas.remove(LOCAL_USER, own)
    app = opened(session_id)
    assert "From here on: Cook" in texts(app)
    gone = "was deleted; the next answer comes from Default Assistant"
    assert f"“Cook” {gone}" in texts(app)
    unmarked = marked(parts, "", chosen=own)
    assert f"The persona of this chat {gone}" in texts(opened(unmarked))
    with parts.database.transaction() as db:
        empty = make(db, LOCAL_USER, persona=own)
    app = opened(empty.session_id)
    assert "The persona that this chat began with was deleted." in texts(app)
    assert "What would you like to talk about?" in texts(app)


def test_what_is_in_them_is_only_text(opened: OpenPage, parts: Runtime) -> None:
    draft = PersonaDraft(
        HOSTILE, description=HOSTILE, greeting=HOSTILE, system_prompt="You are mean."
    )
    own = parts.personas.create(LOCAL_USER, draft).id
    with parts.database.transaction() as db:
        place = make(db, LOCAL_USER, persona=own)
    for app in (
        opened(place.session_id),
        opened(page="settings_page.py"),
        opened(marked(parts, "nurse", own, chosen="nurse")),
    ):
        assert not app.exception
        assert "a&#46;invalid" in texts(app)
        assert not re.search(r"(?<!\\)(!\[x\]|:red)", texts(app))


def test_an_odd_mark_is_passed_over(opened: OpenPage, parts: Runtime) -> None:
    session_id = marked(parts, "nurse", chosen="nurse")
    with parts.database.transaction() as db:
        place = SessionKey(LOCAL_USER, session_id)
        for odd in ("nurse", ["x"], {}, {"id": 3, "icon": "nothing", "name": None}):
            answered(db, place, MessageMetadata.of({"persona": odd}))
        leaf = sessions.get(db, place).active_leaf_id
        assert len(messages.window(db, place, leaf_id=leaf)) == 10
    app = opened(session_id)
    assert not app.exception
    assert len(app.chat_message) == 10
