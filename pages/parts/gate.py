"""The gate: without a live session there is no Streamlit, neither a page nor a websocket.

A pure ASGI middleware before everything, and the routes of signing in and out. The script's runs know the session
by the same cookie (`token`), and the store knows only its SHA-256.
"""

from __future__ import annotations

import logging
import re
from urllib.parse import urlencode, urlsplit

import anyio.to_thread
import streamlit as st
from anyio import CapacityLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.pages_manager import PagesManager

from pages.parts import signin, text, wire
from pages.parts.desk import data_folder, operations, settings
from pipeline.domain import Text
from pipeline.errors import PipelineError, Refused
from pipeline.stores.operations import sessions
from pipeline.stores.operations.sessions import Session

LOG = logging.getLogger("credit_risk.gate")
COOKIE = "credit_session"
SIGN_IN, SIGN_OUT, PASSWORD, HEALTH = "/sign-in", "/sign-out", "/password", "/_stcore/health"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
LARGEST_FORM = 8_192
AT_ONCE, WAITING = 2, 30
"""Passwords are checked so many at a time (each takes 64 MiB), and so many may wait."""
FAULT = Text("部署的配置有误，无法登录", "The deployment's configuration is at fault")
HOW_TO_CHECK = Text(
    "请由运维人员运行下面的命令查看原因。", "Ask the operator to run this command: it says what is wrong."
)
OPEN_TO_ALL = (
    "演示部署只能监听 127.0.0.1（a synthetic deployment listens on 127.0.0.1 only: set server.address), received "
)
_EVERYWHERE = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""What Streamlit's own front end needs and nothing of the outside: a page can't be made to fetch or send elsewhere."""
_checks = CapacityLimiter(AT_ONCE)


def token() -> str:
    """The session token that the browser of the running script sent; empty if none."""
    return str(st.context.cookies.get(COOKIE, ""))


def refuse_strangers_network() -> None:
    """Stop the start of a synthetic deployment that would listen to other machines than its own."""
    address = str(st.get_option("server.address") or "0.0.0.0")
    try:
        synthetic = settings().city.synthetic
    except PipelineError:
        return  # the sign-in page says what is wrong
    if synthetic and address not in LOOPBACK:
        raise SystemExit(OPEN_TO_ALL + address)


def forget_pages_folder() -> None:
    """Keep Streamlit from running the files of pages/ by itself, which it would do until st.navigation was called once.

    Without it the first request of a fresh server to /x would run pages/x.py instead of app.py, and a bookmark of a
    page would be answered with "page not found".
    """
    PagesManager.uses_pages_directory = False


class Gate:
    """Lets through who has a live session, the sign-in page and the health check; nobody and nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one websocket, or the server's own start and stop."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked, path = HTTPConnection(scope), scope["path"]
        is_open = (path == SIGN_IN and scope["method"] in {"GET", "HEAD", "POST"}) or (
            path == HEALTH and scope["method"] in SAFE
        )
        refusal: Response | None = None
        if scope["method"] not in SAFE and not _is_same_origin(asked, needed=True):
            refusal = PlainTextResponse("cross-site request refused", 403)
        elif not is_open:
            session = await _session(asked)
            if session is None:
                refusal = RedirectResponse(_way_in(asked, scope["method"]), 303)
            elif session.must_change and path not in (PASSWORD, SIGN_OUT):
                language = _language(asked)
                refusal = RedirectResponse(_in_language(PASSWORD, language), 303)

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _EVERYWHERE.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", _POLICY)
                if refusal or path.startswith("/media/"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await (refusal or self._app)(scope, receive, sealed)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = HTTPConnection(scope)
        session = await _session(asked) if _is_same_origin(asked, needed=False) else None
        if session is None or session.must_change:
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        ticket = asked.cookies[COOKIE]

        async def is_live() -> bool:
            return await run_in_threadpool(sessions.actor_of_session, operations(), ticket) is not None

        line = wire.Line(scope, receive, send, ticket, is_live)
        await self._app(line.scope, line.receive, line.send)


async def _session(asked: HTTPConnection) -> Session | None:
    ticket = asked.cookies.get(COOKIE, "")
    if not ticket:
        return None
    try:
        return await run_in_threadpool(sessions.find_session, operations(), ticket)
    except PipelineError:
        LOG.exception("the deployment %s can't be opened", data_folder())
        return None


async def _sign_in(request: Request) -> Response:
    """The sign-in page, and what its form sends."""
    language, target = _language(request), _inside(request.query_params.get("next", ""))
    try:
        city = settings().city
        store = await run_in_threadpool(operations)
    except PipelineError:
        LOG.exception("the deployment %s can't be opened", data_folder())
        command = "python cli.py check" + text.option(data_folder())
        return _html(signin.notice_page(FAULT, HOW_TO_CHECK, command, language), 503)

    def page(fault: Text | None, user: str, status: int) -> Response:
        is_out = "out" in request.query_params and fault is None
        html = signin.sign_in_page(
            city.bureau, language, synthetic=city.synthetic, fault=fault, user=user, target=target, is_out=is_out
        )
        return _html(html, status)

    if request.method != "POST":
        return page(None, "", 200)
    form = await _form(request)
    user, password = form.get("user", ""), form.get("password", "")
    if _checks.statistics().tasks_waiting >= WAITING:
        return page(signin.BUSY, user, 503)
    address = request.client.host if request.client else ""
    try:
        ticket = await anyio.to_thread.run_sync(sessions.sign_in, store, user, password, address, limiter=_checks)
    except Refused as refusal:  # the store is held by another process, or the disk is full
        return page(Text(refusal.zh, refusal.en), user, 503)
    if ticket is None:
        return page(signin.REFUSED, user, 403)
    if former := request.cookies.get(COOKIE):
        await run_in_threadpool(sessions.sign_out, store, former)
    return _with_cookie(RedirectResponse(_in_language(target or "/", language), 303), request, ticket)


async def _sign_out(request: Request) -> Response:
    """End this session, or all of the user's."""
    form = await _form(request)
    everywhere = form.get("where") == "everywhere"
    ticket = request.cookies.get(COOKIE, "")
    await run_in_threadpool(lambda: sessions.sign_out(operations(), ticket, everywhere=everywhere))
    language = "en" if form.get("language") == "en" else "zh"
    response = RedirectResponse(f"{SIGN_IN}?out=1&lang={language}", 303)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


async def _password(request: Request) -> Response:
    """The page that changes the password, and what its form sends; the gate lets only sessions come here."""
    language, bureau = _language(request), settings().city.bureau
    session = await _session(request)
    must_change = bool(session and session.must_change)
    if request.method != "POST":
        return _html(signin.password_page(bureau, language, must_change=must_change), 200)
    form, ticket, fault = await _form(request), request.cookies.get(COOKIE, ""), signin.DIFFERENT
    if form.get("new") == form.get("again"):
        words = (form.get("old", ""), form.get("new", ""))
        try:
            fresh = await anyio.to_thread.run_sync(
                sessions.change_password, operations(), ticket, *words, limiter=_checks
            )
        except Refused as refusal:
            fault = Text(refusal.zh, refusal.en)
        else:
            return _with_cookie(RedirectResponse(_in_language("/", language), 303), request, fresh)
    return _html(signin.password_page(bureau, language, must_change=must_change, fault=fault), 400)


def routes() -> list[Route]:
    """The gate's own pages."""
    return [
        Route(SIGN_IN, _sign_in, methods=["GET", "POST"]),
        Route(SIGN_OUT, _sign_out, methods=["POST"]),
        Route(PASSWORD, _password, methods=["GET", "POST"]),
    ]


def middleware() -> list[Middleware]:
    """The gate itself, before everything else."""
    return [Middleware(Gate)]


async def _form(request: Request) -> dict[str, str]:
    """The fields of a small form; nothing of a large one or of another kind."""
    length = request.headers.get("content-length", "")
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    if not is_form or not re.fullmatch("[0-9]{1,9}", length) or int(length) > LARGEST_FORM:
        return {}
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def _is_same_origin(asked: HTTPConnection, *, needed: bool) -> bool:
    """Whether the page that asks is ours: Origin names the host that was asked. `needed`: a missing one is not ours."""
    origin = asked.headers.get("origin")
    return not needed if origin is None else origin.partition("://")[2] == asked.headers.get("host")


def _with_cookie(response: Response, request: Request, ticket: str) -> Response:
    """Give the browser its token: not readable by scripts, sent to nobody else, gone with the browser."""
    secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", ""))
    response.set_cookie(COOKIE, ticket, path="/", httponly=True, samesite="strict", secure=secure)
    return response


def _way_in(asked: HTTPConnection, method: str) -> str:
    """The sign-in page in the language of the page that was asked for, to which it leads back."""
    search = asked.scope["query_string"].decode("latin-1")
    target = _inside(asked.scope["path"] + (f"?{search}" if search else "")) if method == "GET" else ""
    query = {"next": target} if target else {}
    query |= {"lang": "en"} if _language(asked) == "en" else {}
    return SIGN_IN + (f"?{urlencode(query, safe='/')}" if query else "")


def _inside(target: str) -> str:
    """`target` if it is a page of this app, else nothing: no other host, no file, none of the gate's own."""
    try:
        path = urlsplit(target).path
    except ValueError:  # such as //[x
        return ""
    is_page = path.count("/") == 1 and path.startswith("/") and "." not in path and not path.startswith("/_")
    foreign = path in ("/", SIGN_IN, SIGN_OUT, PASSWORD) or not target.startswith("/") or target.startswith("//")
    return target if is_page and not foreign and target.isprintable() and "\\" not in target else ""


def _language(asked: HTTPConnection) -> str:
    return "en" if asked.query_params.get("lang") == "en" else "zh"


def _in_language(target: str, language: str) -> str:
    if language == "zh" or "lang=" in target:
        return target
    return f"{target}{'&' if '?' in target else '?'}{urlencode({'lang': language})}"


def _html(html: str, status: int) -> HTMLResponse:
    return HTMLResponse(html, status, headers=signin.HEADERS)
