"""The first tool call of a process finds everything loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ifixit_server import IFixit
from tests.model_script import Call, Script, calls
from tests.processes import printed
from tests.scripted_model import ScriptedModel

pytestmark = pytest.mark.process

PROGRAM = """
import gc, sys
frozen = gc.get_freeze_count()
from chat import runtime
from store.session_values import NewSession
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.waiting import until
turns = runtime.start().turns
until(lambda: gc.get_freeze_count() != frozen)
loaded = set(sys.modules)
key = SessionKey(LOCAL_USER, "s")
asked = turns.send(key, "A phone's battery?", new=NewSession(persona="support"))
viewer, events = turns.attach(key, asked.answer.id), []
while not events or events[-1].type != "done":
    events += viewer.read(1)
print([event.state for event in events if event.type == "tool"])
new = {name.partition(".")[0] for name in set(sys.modules) - loaded}
print(sorted(new - sys.stdlib_module_names))
runtime.stop()
"""


def test_the_first_tool_call_loads_nothing(model: ScriptedModel, tmp_path: Path) -> None:
    model.queue(calls(Call("search_repair_guides", '{"query": "battery"}')), Script())
    with IFixit() as ifixit:
        environment = {
            "PARLEY_MODEL": "scripted-1",
            "PARLEY_IFIXIT_URL": ifixit.url,
            "PARLEY_PRIVATE_ADDRESSES": "true",
            "OPENAI_BASE_URL": model.base_url,
        }
        lines = printed(PROGRAM, tmp_path, environment).splitlines()
    assert lines == ["['running', 'done']", "[]"]
