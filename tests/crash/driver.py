"""Parley without a page, for tests that kill it: commands come in as JSON lines, news go out.

``python -m tests.crash.driver <socket>`` loads it once, and lives one life of its own, as a
process, for each line of ``[database url, model url]``; not more than `chat.runtime`.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
import threading
from typing import Any, TextIO

from sqlalchemy import event as happening

from chat import runtime
from chat.config import Settings
from chat.events import Done, Token
from chat.turns import checkpoints
from store.database import Session
from store.endings import Received
from store.session_values import NewSession
from store.users import LOCAL_USER
from store.values import SessionKey

_writing = threading.Lock()
_parent: list[TextIO] = []


def tell(**news: Any) -> None:
    """One line, whole, at once."""
    with _writing:
        _parent[0].write(json.dumps(news) + "\n")
        _parent[0].flush()


def watch(running: runtime.Runtime, session_id: str, message_id: int) -> None:
    """Say how many characters have come from the model."""
    viewer = running.turns.attach(SessionKey(LOCAL_USER, session_id), message_id)
    chars = len(viewer.prefix)
    done = False
    while not done:
        for event in viewer.read(1.0):
            chars += len(event.content) if isinstance(event, Token) else 0
            done = done or isinstance(event, Done)
        tell(received=chars, answer=message_id)


def main() -> None:
    """Load everything, then make lives until nobody is there who wants any."""
    importlib.import_module("chat.agent.models.servers")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # none is waited for
    for line in sys.stdin:
        if not os.fork():
            live(*json.loads(line))
            os._exit(0)


def live(database_url: str, model_url: str) -> None:
    """Say who it is, start with the first line, then do what is asked until killed."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(sys.argv[1])
    _parent.append(connection.makefile("w", encoding="utf-8"))
    commands = connection.makefile("r", encoding="utf-8")
    tell(pid=os.getpid())
    if not commands.readline():
        return
    running = runtime.start(
        Settings(
            database_url=database_url,
            openai_base_url=model_url,
            model="scripted-1",
            find_local_servers=False,
        )
    )
    keep = checkpoints.checkpoint

    def kept(db: Session, received: list[Received]) -> list[Received]:
        ended = keep(db, received)
        happening.listen(db, "after_commit", lambda _: told(received), once=True)
        return ended

    def told(received: list[Received]) -> None:
        for one in received:
            tell(stored=one.start + len(one.text), answer=one.message_id)

    checkpoints.checkpoint = kept  # type: ignore[assignment]
    tell(ready=True)
    for line in commands:
        command = json.loads(line)
        session_id = command["session"]
        if "decide" in command:
            key = SessionKey(LOCAL_USER, session_id)
            about = {"call_id": command["call_id"], "decision": command["decide"]}
            answer = running.decisions.decide(key, command["answer"], **about)
            tell(decided=command["decide"], answer=answer.id)
        elif "send" in command:
            if not command.get("is_there"):
                running.sessions.create(SessionKey(LOCAL_USER, session_id), NewSession())
            asked = running.turns.send(SessionKey(LOCAL_USER, session_id), command["send"])
            tell(sent=command["send"], answer=asked.answer.id, status=asked.answer.status)
            answer = asked.answer
        else:
            answer = running.turns.answer_again(
                SessionKey(LOCAL_USER, session_id),
                message_id=command["again"],
                continued=command["continued"],
            )
            tell(again=command["again"], answer=answer.id)
        if answer.status == "streaming":
            watcher = threading.Thread(
                target=watch, args=(running, session_id, answer.id), daemon=True
            )
            watcher.start()


if __name__ == "__main__":
    main()
