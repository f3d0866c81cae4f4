"""An MCP server that is a command: it is spoken to over its stdin and stdout, line by line.

Not mcp's own ``stdio_client``: that one gives away neither what the command wrote to stderr nor
how it ended, reads lines of any length, and may take seven seconds to end a command, longer
than Parley has at its own end.
"""

import asyncio
import logging
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from chat.agent.mcp.words import SAID_LAST, McpFailure, limited, redacted
from chat.mcp_settings import McpServer

LINE_MAX = 4 * 1024 * 1024
GRACE_SECONDS = 1.0
POLL_SECONDS = 0.02

Incoming = SessionMessage | Exception
Streams = tuple[MemoryObjectReceiveStream[Incoming], MemoryObjectSendStream[SessionMessage]]
T = TypeVar("T")

log = logging.getLogger("parley.mcp")


class ServerProcess:
    """One run of the command; ``ended`` is called when nothing more comes from it.

    After that ``problem`` says how it ended, if not by us.
    """

    def __init__(self, name: str, server: McpServer, ended: Callable[[], None]) -> None:
        self.problem = ""
        self.lost = False
        self._name = name
        self._server = server
        self._ended = ended
        self._silent = False
        self._heard_out = asyncio.Event()
        self._last_words = ""

    @asynccontextmanager
    async def streams(self) -> AsyncGenerator[Streams]:
        """Start it, and end it with all that it started; raises `McpFailure`."""
        process, cancelled = await _whole(self._spawn())
        incoming, read = anyio.create_memory_object_stream[Incoming](0)
        write, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
        try:
            async with anyio.create_task_group() as tasks:
                try:
                    if cancelled:
                        raise asyncio.CancelledError
                    tasks.start_soon(self._read, process, incoming)
                    tasks.start_soon(self._write, process, outgoing, incoming)
                    tasks.start_soon(self._read_errors, process)
                    yield read, write
                finally:
                    with anyio.CancelScope(shield=True):
                        _, cancelled = await _whole(self._end(process))
                    tasks.cancel_scope.cancel()
                    if cancelled:
                        raise asyncio.CancelledError
        finally:
            for stream in (incoming, read, write, outgoing):
                stream.close()

    async def _spawn(self) -> Process:
        server = self._server
        own = {name: value.get_secret_value() for name, value in server.env.items()}
        try:
            return await asyncio.create_subprocess_exec(
                str(server.command),
                *(argument.get_secret_value() for argument in server.args),
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=get_default_environment() | own,
                limit=LINE_MAX,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise McpFailure(f"There is no command “{server.command}” here.") from None
        except OSError as failure:
            raise McpFailure(f"The command cannot be run: {failure.strerror}.") from None

    async def _read(self, process: Process, incoming: MemoryObjectSendStream[Incoming]) -> None:
        assert process.stdout
        try:
            while line := await process.stdout.readline():
                try:
                    message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    log.debug("mcp server=%s wrote what is not JSON-RPC", self._name)
                else:
                    await incoming.send(SessionMessage(message))
            self._silent = True
        except ValueError:  # readline's, about its limit
            self.problem = f"It sent a message of more than {LINE_MAX:,} bytes."
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            pass  # nobody listens any more, or the pipe broke
        finally:
            incoming.close()
            self._ended()

    async def _write(
        self,
        process: Process,
        outgoing: MemoryObjectReceiveStream[SessionMessage],
        incoming: MemoryObjectSendStream[Incoming],
    ) -> None:
        assert process.stdin
        try:
            async for sent in outgoing:
                text = sent.message.model_dump_json(by_alias=True, exclude_unset=True)
                process.stdin.write(f"{text}\n".encode())
                await process.stdin.drain()
        except OSError:
            incoming.close()  # else whoever waits for an answer would wait on
            self._ended()

    async def _read_errors(self, process: Process) -> None:
        assert process.stderr
        rest = b""
        while piece := await process.stderr.read(4096):
            *lines, rest = (rest + piece)[-LINE_MAX:].split(b"\n")
            for line in lines:
                text = redacted(line.decode("utf-8", "replace").strip(), self._server)
                if text:
                    self._last_words = limited(text)
                    log.debug("mcp server=%s stderr: %s", self._name, text)
        self._heard_out.set()

    async def _end(self, process: Process) -> None:
        """As the specification says: close stdin, wait, then SIGTERM and SIGKILL to the group."""
        if self._silent:
            with anyio.move_on_after(GRACE_SECONDS / 2):
                await self._heard_out.wait()
            await _gone(process, GRACE_SECONDS / 2)
            self.problem = self.problem or self._how_it_ended(process)
        if process.stdin:
            process.stdin.close()
        for sign in (None, signal.SIGTERM, signal.SIGKILL):
            if sign is not None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, sign)
            if await _gone(process, GRACE_SECONDS, with_group=sign != signal.SIGKILL):
                break
        else:
            log.warning("mcp server=%s pid=%s does not end", self._name, process.pid)
        # Else a process that left the group and holds the pipes would keep them open here too.
        process._transport.close()  # type: ignore[attr-defined]

    def _how_it_ended(self, process: Process) -> str:
        code = process.returncode
        if code is None:
            ended = "closed its output"
        else:
            ended = f"ended with code {code}" if code >= 0 else f"was ended by signal {-code}"
        said = f"{SAID_LAST}{self._last_words}" if self._last_words else "."
        return f"The command {ended}{said}"


async def _whole(work: Awaitable[T]) -> tuple[T, bool]:
    """Its result, and whether this was cancelled meanwhile; anyio's shields stop only anyio's own.

    A process that is only half started, or half ended, would stay.
    """
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled and task.exception():
        raise asyncio.CancelledError
    return task.result(), cancelled


async def _gone(process: Process, seconds: float, *, with_group: bool = True) -> bool:
    """Whether the process, and what it started, end within that time.

    Looked at again and again, because asyncio's ``wait`` also waits for the pipes, which a
    process that is left may hold.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while process.returncode is None or (with_group and _group_lives(process.pid)):
        if loop.time() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


def _group_lives(group: int) -> bool:
    """Whether anything is left of it; the dead count too, until somebody has taken note of them."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
