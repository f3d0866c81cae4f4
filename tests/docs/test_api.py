"""The README's calls of the API, one after the other, as they are written."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.chat.api.conftest import running, served
from tests.docs.written import Commands, tries
from tests.logins import login_of
from tests.model_script import Call, Script, Text, calls
from tests.scripted_model import ScriptedModel
from tests.social_server import SocialServer, post
from tests.store.samples import add_user

pytestmark = pytest.mark.process
MEAN = {"sql": 'SELECT city, avg(price) FROM "sales" GROUP BY city', "title": "Average"}
QUERY = calls(Call("query_table", json.dumps(MEAN)))
FOREIGN = calls(Call("analyze_profile", '{"handle": "http://a.invalid/feed"}', "call_1"))
SEEN = Script([Text("I see.")])
ENDLESS = ("$API/users/me/news",)
CUT = 28
"""What curl says when its time is over."""


class Shell:
    """Types commands into a folder, with what was answered before in place of their examples."""

    def __init__(self, folder: Path, variables: str) -> None:
        self._folder = folder
        self._variables = variables
        self.known: dict[str, str] = {}
        (folder / "sales.csv").write_text("city,price\nGraz,1\nGraz,3\nLinz,4\n")

    def types(self, command: str) -> str:
        """What it prints; that it fails, fails."""
        for example, found in self.known.items():
            command = command.replace(example, found)
        endless = command.endswith(ENDLESS)
        failing = "" if "-f" in command else "-sS --fail-with-body"
        curl = f"curl {failing} --max-time {1 if endless else 30} "
        script = f"{self._variables}\n{command.replace('curl ', curl, 1)}"
        done = subprocess.run(
            ["sh", "-c", script], cwd=self._folder, capture_output=True, text=True
        )
        assert done.returncode == (CUT if endless else 0), (command, done.stdout, done.stderr)
        return done.stdout


@tries(r"API=|curl ")
def test_all_of_them(
    said: Commands, tmp_path: Path, model_server: ScriptedModel, model: ScriptedModel
) -> None:
    variables, *rest = (one.text for one in said)
    first = [one for one in rest if "$API" in one]
    health = [one for one in rest if one not in first]
    with (
        SocialServer() as social,
        running(tmp_path, model_server, auth="password", **social.settings()) as parts,
        served() as url,
    ):
        social.add("bsky.app", posts=[post("Hello")])
        user = add_user(parts.database, "ann")
        token = parts.accounts.new_token(login_of(user), name="curl").token
        variables = variables.replace("http://localhost:8501", url).replace("parley_…", token)
        shell = Shell(tmp_path, variables)
        for command in health:
            shell.known["http://localhost:8501"] = url
            assert json.loads(shell.types(command))["status"] == "ok"
        for command in first:
            model.reset()
            if "file_ids" in command:
                model.queue(QUERY, SEEN)
            elif "/decisions" in command:
                model.queue(FOREIGN, SEEN)
                asking = '-d \'{"content":"Look there"}\' $API/users/me/sessions/plan/messages'
                asked = shell.types(f'curl -H "$AUTH" -H "$JSON" {asking}')
                shell.known["messages/2/"] = f"messages/{json.loads(asked)['assistant']['id']}/"
            answer = shell.types(command)
            if "/files?" in command:
                shell.known['"…"'] = f'"{json.loads(answer)["file_id"]}"'
            elif "file_ids" in command:
                [result] = json.loads(answer)["assistant"]["results"]
                shell.known["$RESULT"] = result["result_id"]
            elif "format=csv" in command:
                assert sorted(answer.split()[1:]) == ['"Graz","2.0"', '"Linz","4.0"']
