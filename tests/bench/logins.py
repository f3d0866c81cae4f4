"""From Enter in the login form to a chat that can be used: composer enabled, list there."""

from __future__ import annotations

from pathlib import Path

import bcrypt

from store import users
from store.database import Database
from store.users import LOCAL_USER
from tests.bench.figures import Figure
from tests.bench.seed import fill
from tests.bench.stage import Stage
from tests.bench.watching import noted, usable_after

REPEATS = 10
NAME, PASSWORD = "bench", "correct horse"


def seeded(path: Path) -> str:
    """A database in which somebody with a password has 1,000 sessions; its URL."""
    url = fill(path, 1_000, size=4)
    database = Database(url)
    database.open()
    with database.transaction() as db:
        kept = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(12)).decode()
        user = users.create(db, username=NAME, role="admin", password_hash=kept)
        users.hand_over(db, user_id=LOCAL_USER, to_user_id=user.id)
    database.close()
    return url


def run(stage: Stage) -> list[Figure]:
    """Each in a browser that has been here, but is not logged in; and the check alone."""
    times = []
    with stage.stopped_server("logins", environment={"PARLEY_AUTH": "password"}) as server:
        seeded(server.folder / "parley.db")
        server.start()
        with stage.context() as context:
            for at in range(REPEATS + 1):
                page = context.new_page()
                page.goto(server.url)
                page.get_by_role("textbox", name="Username").fill(NAME)
                page.get_by_role("textbox", name="Password").fill(PASSWORD)
                page.get_by_role("textbox", name="Password").press("Enter")
                usable = usable_after(page)
                if at:  # the first one fills the browser's cache
                    times.append(usable - noted(page, "enter"))
                page.close()
                context.clear_cookies()
    return [
        Figure(
            "login → usable chat, 1,000 sessions, bcrypt's 12 rounds included", times, "ms", 1500
        )
    ]
