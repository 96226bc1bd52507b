"""One websocket of a signed-in browser: every message is looked at before Streamlit runs anything for it.

A rerun may be a callback or a fragment alone, which app.py never sees; so the end of a session has to be noticed here.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from google.protobuf.message import DecodeError
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PROTOCOL = b"sec-websocket-protocol"
KNOWN = 4_096
"""Runs of the app (Streamlit calls them sessions) whose owners are remembered; a forgotten one starts anew."""
_owners: OrderedDict[str, str] = OrderedDict()


class Line:
    """What goes over one websocket; `is_live` tells whether the session it was opened with still is."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, ticket: str, is_live: Callable[[], Awaitable[bool]]
    ) -> None:
        self._owner = hashlib.sha256(ticket.encode()).hexdigest()
        self._receive, self._send, self._is_live = receive, send, is_live
        self._is_named = False
        self.scope = {**scope, "headers": [_own(h, self._owner) for h in scope["headers"]]}

    async def receive(self) -> Message:
        """A message of the browser; after the session's end a bare request to run app.py, which says so."""
        message = await self._receive()
        if message["type"] == "websocket.receive" and not await self._is_live():
            bare = BackMsg()
            bare.rerun_script.SetInParent()
            return {"type": "websocket.receive", "bytes": bare.SerializeToString()}
        return message

    async def send(self, message: Message) -> None:
        """A message to the browser; the first ones tell which run of the app this line belongs to."""
        if not self._is_named and message["type"] == "websocket.send":
            self._is_named = _remember(message.get("bytes") or b"", self._owner)
        await self._send(message)


def _own(header: tuple[bytes, bytes], owner: str) -> tuple[bytes, bytes]:
    """A browser may take up its run again after a broken connection, but never the run of another session.

    It names the run as the third of its subprotocols.
    """
    name, value = header
    parts = value.split(b",")
    if name != PROTOCOL or len(parts) < 3:
        return header
    run = parts[2].strip().decode("latin-1")
    return header if _owners.get(run) == owner else (name, b",".join(parts[:2]))


def _remember(data: bytes, owner: str) -> bool:
    told = ForwardMsg()
    try:
        told.ParseFromString(data)
    except DecodeError:
        return False
    run = told.new_session.initialize.session_id
    if not run:
        return False
    _owners[run] = owner
    _owners.move_to_end(run)
    if len(_owners) > KNOWN:
        _owners.popitem(last=False)
    return True
