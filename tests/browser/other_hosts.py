"""Whatever Chromium asks of any host but this computer comes here, is noted and gets nothing."""

from __future__ import annotations

import threading
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Self


class OtherHosts(ThreadingTCPServer):
    """The proxy of the browser; ``asked`` are the first lines of what was sent to other hosts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Noted)
        self.asked: list[str] = []
        self._thread = threading.Thread(target=self.serve_forever)

    @property
    def proxy(self) -> dict[str, str]:
        """For ``launch``."""
        return {"server": f"http://127.0.0.1:{self.server_address[1]}", "bypass": "127.0.0.1"}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Noted(StreamRequestHandler):
    server: OtherHosts

    def handle(self) -> None:
        if line := self.rfile.readline(10_000):
            self.server.asked.append(line.decode("latin-1").strip())
