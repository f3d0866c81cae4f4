"""From a link to the chat that it shows, in a browser that was never here."""

from __future__ import annotations

import json
from datetime import timedelta

from chat.people.hashing import hashed
from store import shares
from store.database import Database
from store.share_values import NewShare
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.bench.figures import Figure, against
from tests.bench.seed import last_words, session_id
from tests.bench.stage import Stage
from tests.bench.watching import TIMEOUT_MS
from tests.processes import Server

REPEATS = 10
MESSAGES = 200
RATIO = 1.2
TOKEN = "bench"
DRAWN = """
const look = () => {
  if (bench.state(TEXT)) bench.drawn = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def share(server: Server) -> None:
    """A link to the first session."""
    database = Database(f"sqlite:///{server.folder / 'parley.db'}")
    database.open()
    with database.transaction() as db:
        new = NewShare(mode="live", expires_at=utc_now() + timedelta(days=1))
        key = SessionKey(LOCAL_USER, session_id(0))
        shares.create(db, key, new=new, token_hash=hashed(TOKEN))
    database.close()


def opened(stage: Stage, address: str) -> float:
    """Seconds from the address to the newest message on the page, with an empty cache."""
    with stage.context() as context:
        page = context.new_page()
        page.add_init_script(DRAWN.replace("TEXT", json.dumps(last_words(0))))
        page.goto(address)
        page.wait_for_function("() => bench.drawn", timeout=TIMEOUT_MS, polling=100)
        drawn: float = page.evaluate("bench.drawn")
    return drawn / 1000


def run(stage: Stage) -> list[Figure]:
    """In turns with the page of the same chat."""
    with stage.server("shares", 1_000, sizes={0: MESSAGES}) as server:
        share(server)
        addresses = (f"{server.url}/share/{TOKEN}", f"{server.url}/?session={session_id(0)}")
        times = [[opened(stage, address) for address in addresses] for _ in range(REPEATS)]
    ours, own = (list(column) for column in zip(*times, strict=True))
    what = f"a shared chat of {MESSAGES} messages, cold"
    return [
        Figure(f"link → {what}", ours, "s"),
        *against("opening it", ours, "a page load of the chat itself, cold", own, RATIO),
    ]
