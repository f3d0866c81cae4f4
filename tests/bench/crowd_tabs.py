"""Fifty tabs, each with an answer; a process of its own: how far behind each token came."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from contextlib import suppress

from tests.bench.seed import session_id
from tests.bench.tab import OPEN_SECONDS, Tab

START_SECONDS = 5.0
_STAMP = re.compile(r"t(\d{13})")


class Watcher:
    """Notes for each stamped token when it was sent and when it came, in ms."""

    def __init__(self) -> None:
        self.tokens: list[tuple[float, float]] = []
        self._newest = 0.0
        self._grown = asyncio.Event()

    async def complete(self, count: int) -> None:
        """Wait until so many tokens were seen."""
        while len(self.tokens) < count:
            self._grown.clear()
            await self._grown.wait()

    def see(self, text: str) -> None:
        now = time.time() * 1000
        stamps = [float(stamp) for stamp in _STAMP.findall(text)]
        self.tokens += [(stamp, now) for stamp in stamps if stamp > self._newest]
        self._newest = max([self._newest, *stamps])
        self._grown.set()


async def watch(
    url: str, count: int, tokens: int, pace: float, *, alone: bool
) -> list[list[tuple[float, float]]]:
    """Open the tabs, ask in all of them within a few seconds, follow to the end."""
    watchers = [Watcher() for _ in range(count)]
    tabs = [
        Tab(url, f"session={session_id(number)}", watcher.see, alone=alone)
        for number, watcher in enumerate(watchers)
    ]
    async with asyncio.TaskGroup() as group:
        following = []
        for tab in tabs:
            following.append(group.create_task(tab.follow()))
            await asyncio.wait_for(tab.idle.wait(), OPEN_SECONDS)
        print("open", flush=True)
        for tab in tabs:
            await tab.send(f"[[tokens={tokens} delay={1 / pace} stamped]]")
            await asyncio.sleep(START_SECONDS / count)
        print("asked", flush=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(tokens / pace * 1.5 + 20):
                for watcher in watchers:
                    await watcher.complete(tokens)
        for task in following:
            task.cancel()
    return [watcher.tokens for watcher in watchers]


def main() -> None:
    """Print what was seen, as JSON in the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=500)
    parser.add_argument("--pace", type=float, default=20)
    parser.add_argument("--alone", action="store_true", help="each is another person's")
    a = parser.parse_args()
    watching = watch(a.url, a.count, a.tokens, a.pace, alone=a.alone)
    print(json.dumps(asyncio.run(watching)), flush=True)


if __name__ == "__main__":
    main()
