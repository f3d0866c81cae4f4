"""A tab that is open, and files that are sent to it as a browser sends them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from uuid import uuid4

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.processes import Server

XSRF = "2|00000000|00000000000000000000000000000000|1700000000"
"""Streamlit compares its cookie with the header, which a foreign page cannot set."""
BOUNDARY = "of-the-tests"


def cookie_header(cookies: Mapping[str, str]) -> str:
    """With Streamlit's own, against forms of other sites."""
    return "; ".join(f"{k}={v}" for k, v in {**cookies, "_streamlit_xsrf": XSRF}.items())


@contextmanager
def open_tab(server: Server, cookies: Mapping[str, str]) -> Iterator[str]:
    """A tab whose page was drawn; Streamlit's id of it."""
    with connect(
        server.url.replace("http", "ws", 1) + "/_stcore/stream",
        subprotocols=[Subprotocol("streamlit"), Subprotocol("test")],
        additional_headers={"Cookie": cookie_header(cookies)},
        max_size=None,
    ) as socket:
        message = BackMsg()
        message.rerun_script.query_string = ""
        socket.send(message.SerializeToString())
        tab_id = ""
        for data in socket:
            assert isinstance(data, bytes)
            came = ForwardMsg.FromString(data)
            kind = came.WhichOneof("type")
            if kind == "new_session":
                tab_id = came.new_session.initialize.session_id
            if kind == "script_finished":
                break
        yield tab_id


def upload(
    server: Server,
    tab_id: str,
    cookies: Mapping[str, str],
    size: int = 10,
    method: str = "PUT",
    *,
    head_only: bool = False,
) -> int:
    """The status of sending a file of so many bytes, or of the refusal that came before it.

    With ``head_only`` nothing of it follows its announcement.
    """
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\n\r\n'
    body = head.encode() + b"x" * size + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {
        "Cookie": cookie_header(cookies),
        "X-Xsrftoken": XSRF,
        "Origin": server.url,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(body) if method == "PUT" else 0),
    }
    client = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        client.putrequest(method, f"/_stcore/upload_file/{tab_id}/{uuid4()}")
        for name, value in headers.items():
            client.putheader(name, value)
        client.endheaders()
        try:
            if method == "PUT" and not head_only:
                client.send(body)
        except OSError:
            pass  # it was refused meanwhile, which is read next
        return client.getresponse().status
    finally:
        client.close()
