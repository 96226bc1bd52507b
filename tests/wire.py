"""Asking a live server without a browser: plain requests, and the websocket as Streamlit's own front end speaks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from tests.accounts import COOKIE


@dataclass(frozen=True)
class Answer:
    """What came back to one request; nothing is followed."""

    status: int
    headers: HTTPMessage
    body: str

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    @property
    def cookie(self) -> str:
        return next((c for c in self.headers.get_all("set-cookie") or [] if c.startswith(COOKIE)), "")

    @property
    def token(self) -> str:
        return self.cookie.partition("=")[2].partition(";")[0]


def ask(
    address: str, path: str, *, token: str = "", form: dict[str, str] | None = None, method: str = "", **headers: str
) -> Answer:
    """One request; a form is posted as the sign-in page posts it, with its origin, unless told otherwise.

    `headers`: names with underscores for hyphens; an empty value leaves one out.
    """
    sent = {"cookie": f"{COOKIE}={token}"} if token else {}
    body = None
    if form is not None:
        body = urlencode(form)
        sent |= {"content-type": "application/x-www-form-urlencoded", "origin": address}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request(
            method or ("GET" if form is None else "POST"), path, body, {k: v for k, v in sent.items() if v}
        )
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode(errors="replace"))
    finally:
        connection.close()


def open_line(address: str, token: str = "", origin: str | None = None, run: str = "") -> ClientConnection:
    """A websocket to the app; raises where the gate closes it. `run`: the run of the app to take up again."""
    protocols = ["streamlit", "none", *([run] if run else [])]
    headers = {"Cookie": f"{COOKIE}={token}"} if token else {}
    url = address.replace("http", "ws") + "/_stcore/stream"
    return connect(  # type: ignore[arg-type]
        url,
        additional_headers=headers,
        subprotocols=protocols,
        origin=origin or address,
        max_size=None,
        legacy=True,
        open_timeout=30,
    )


@contextmanager
def line(address: str, token: str) -> Iterator[ClientConnection]:
    """A websocket for a while."""
    opened = open_line(address, token)
    try:
        yield opened
    finally:
        opened.close()


def rerun(opened: ClientConnection, *, page: str = "", query: str = "", fragment: str = "") -> list[ForwardMsg]:
    """Ask for one run of the app at a page, and give all that it sent until it was done."""
    asked = BackMsg()
    asked.rerun_script.page_name = page
    asked.rerun_script.query_string = query
    asked.rerun_script.fragment_id = fragment
    opened.send(asked.SerializeToString())
    return until_done(opened)


def until_done(opened: ClientConnection) -> list[ForwardMsg]:
    """All messages up to the end of a run."""
    found = []
    while True:
        told = ForwardMsg()
        told.ParseFromString(bytes(opened.recv(timeout=60)))  # type: ignore[arg-type]
        found.append(told)
        if told.WhichOneof("type") == "script_finished" and told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return found


def words(messages: list[ForwardMsg]) -> str:
    """The HTML that a run drew."""
    return "\n".join(m.delta.new_element.html.body for m in messages if m.WhichOneof("type") == "delta")
