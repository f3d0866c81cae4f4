"""A local server that answers in the shapes of iFixit's API 2.0.

``with IFixit() as ifixit:`` and ``PARLEY_IFIXIT_URL=ifixit.url`` with
``PARLEY_PRIVATE_ADDRESSES=true``. ``ifixit.status = 503`` makes it fail from then on;
``gate.clear()`` holds all answers until ``gate.set()``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

WAIT_SECONDS = 20.0
BATTERY: dict[str, Any] = {
    "guideid": 149210,
    "dataType": "guide",
    "title": "iPhone 13 Battery Replacement",
    "summary": "Replace a worn-out battery.",
    "url": "https://www.ifixit.com/Guide/iPhone+13+Battery+Replacement/149210",
    "category": "iPhone 13",
    "difficulty": "Moderate",
    "time_required": "1 - 2 hours",
    "time_required_min": 3600,
    "time_required_max": 7200,
    "image": {"id": 1, "thumbnail": "https://guide-images.cdn.ifixit.com/igi/a.thumbnail"},
    "introduction_raw": "Use this guide to replace a '''dead''' battery.\r\n[image|12]",
    "introduction_rendered": "<p>Use this guide to replace a <b>dead</b> battery.</p>",
    "tools": [
        {"text": "P2 Pentalobe Screwdriver", "url": "/Store/Tools/IF145-090", "quantity": 1},
        {"text": "Suction Handle", "notes": None},
    ],
    "parts": [{"text": "iPhone 13 Battery", "notes": "Replacement"}],
    "steps": [
        {
            "title": "Pentalobe screws",
            "orderby": 1,
            "media": {"type": "image", "data": [{"id": 7, "standard": "https://evil/a.jpg"}]},
            "lines": [
                {"text_raw": "Power off your iPhone.", "bullet": "black", "level": 0},
                {
                    "text_raw": "Discharge the battery below 25 %. [link|https://x.y|Why]?",
                    "text_rendered": "Discharge the battery below 25 %.",
                    "bullet": "icon_caution",
                    "level": 0,
                },
            ],
        },
        {
            "title": "",
            "orderby": 2,
            "lines": [{"text_raw": "Remove the two 6.7 mm screws.", "bullet": "red", "level": 1}],
        },
    ],
    "conclusion_raw": "To reassemble your device, follow these steps in reverse order.",
}


class IFixit:
    """The server in a thread, on a free port of 127.0.0.1; a context manager.

    ``guides`` may be changed; a search finds those whose title has one of its words. ``answers``
    are bodies, by path without query, that are sent instead.
    """

    def __init__(self, *guides: Mapping[str, Any]) -> None:
        self.guides: list[Mapping[str, Any]] = list(guides or (BATTERY,))
        self.status = 200
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        ifixit = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = ifixit.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/api/2.0"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, target: str) -> tuple[int, bytes]:
        """Status and body for a path with its query."""
        self.asked.append(target)
        self.gate.wait(WAIT_SECONDS)
        parts = urlsplit(target)
        path = parts.path.removeprefix("/api/2.0")
        if self.status != 200:
            return self.status, b'{"message": "Service Unavailable"}'
        if path in self.answers:
            return 200, self.answers[path]
        if path.startswith("/search/"):
            limit = int(parse_qs(parts.query).get("limit", ["20"])[0])
            found = self._found(unquote(path.removeprefix("/search/")))
            body: dict[str, Any] = {
                "search": unquote(path.removeprefix("/search/")),
                "totalResults": len(found),
                "moreResults": len(found) > limit,
                "results": found[:limit],
            }
            return 200, json.dumps(body).encode()
        for guide in self.guides:
            if path == f"/guides/{guide['guideid']}":
                return 200, json.dumps(guide).encode()
        return 404, b'{"message": "Not Found"}'

    def _found(self, query: str) -> list[Mapping[str, Any]]:
        words = query.casefold().split()
        listed = ("dataType", "guideid", "title", "summary", "url", "category", "difficulty")
        return [
            {name: guide[name] for name in listed if name in guide}
            for guide in self.guides
            if any(word in str(guide["title"]).casefold() for word in words)
        ]
