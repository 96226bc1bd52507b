"""Names that mean ill are shown as what they are, on every page, to every role, in both languages.

Every message of the server is looked at: HTML, Markdown and figures hold no planted piece that their reader would act on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from playwright.sync_api import Page
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.parts import inert
from pipeline.settings import Settings
from pipeline.stores.access import Role
from tests.accounts import chromium, signed_in
from tests.firms import uscc
from tests.hardening.planted import PLANTS
from tests.wire import line, rerun

VISITS = (
    ("overview", Role.LEADER, ""),
    ("risk-warnings", Role.SUPERVISOR, ""),
    ("risk-warnings", Role.SUPERVISOR, "case=YJ20201009-00001"),
    ("risk-warnings", Role.COUNTY, "q=x&lang=en"),
    ("directory", Role.SUPERVISOR, ""),
    ("directory", Role.COUNTY, "view=tasks"),
    ("directory", Role.SUPERVISOR, "q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&lang=en"),
    ("archive", Role.SUPERVISOR, "uscc={firm}"),
    ("archive", Role.LEADER, "uscc={firm}&lang=en"),
    ("double-random", Role.SUPERVISOR, "step=list"),
    ("double-random", Role.COUNTY, "step=results"),
    ("double-random", Role.SUPERVISOR, "step=plan&plan=1&title=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&items=JG1"),
    ("gathering", Role.SUPERVISOR, ""),
    ("gathering", Role.SUPERVISOR, "q=%3Cimg&state=refused"),
    ("gathering", Role.ADMIN, "delivery=3"),
    ("indicator-set", Role.SUPERVISOR, ""),
    ("rules", Role.SUPERVISOR, ""),
    ("risk-model", Role.LEADER, ""),
    ("log", Role.SUPERVISOR, ""),
    ("log", Role.ADMIN, ""),
    ("log", Role.ADMIN, "part=accounts"),
    ("window", Role.WINDOW, ""),
)
MARKDOWN = (
    "[点我](javascript:", "![图](http", "$\\frac", ":red[红]", "**粗**", "`x`", ":material/delete:", "<img src=x", "<script>alert",
    "<a href=",
)  # fmt: skip
"""Planted pieces that must not stand as they are where Markdown or a figure's tags are read."""
PLAIN = {
    "query_string", "id", "page_script_hash", "fragment_id", "url_path", "user_key", "element_id", "default", "options", "placeholder",
    "value", "alt", "session_id", "raw_value", "raw_values", "color", "css", "raw_data", "set_value", "page_name", "css_class", "alt_text",
}  # fmt: skip
"""Fields whose text nobody reads as Markdown: ids, values of inputs, options of lists."""
TAGS = {"script", "iframe", "object", "embed", "link", "meta", "base"}


@pytest.mark.slow
@pytest.mark.parametrize(("page", "role", "query"), VISITS, ids=lambda v: getattr(v, "name", v))
def test_what_the_server_sends_holds_no_live_name(
    site: str, tokens: dict[Role, str], firm: str, page: str, role: Role, query: str
) -> None:
    with line(site, tokens[role]) as opened:
        messages = rerun(opened, page=page, query=query.format(firm=firm))
    sent = b"".join(m.SerializeToString() for m in messages).decode(errors="ignore")
    assert "页面出错了" not in sent and "The page failed" not in sent
    for message in messages:
        for where, text in texts(message):
            assert faults_of(where, text) == [], f"{where}: {text[:2000]}"


@pytest.fixture(scope="module")
def firm() -> str:

    return uscc(0)


def texts(message: Message, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a message, with the names of the fields that lead there."""
    for field, value in message.ListFields():
        path = f"{where}.{field.name}"
        for one in value if field.is_repeated else (value,):
            if field.type == field.TYPE_MESSAGE and hasattr(one, "ListFields"):
                yield from texts(one, path)
            elif isinstance(one, str):
                yield path, one


def faults_of(where: str, text: str) -> list[str]:
    """What in this text its reader would act on."""
    if where.endswith(".html.body"):
        return live_html(text)
    if ".plotly_chart." in where and text.startswith("{"):
        return [f for drawn in strings(json.loads(text)) for f in live_figure(drawn)]
    if where.rpartition(".")[2] in PLAIN or ".navigation." in where or ".arrow" in where:
        return []
    return [piece for piece in MARKDOWN if piece in text]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in TAGS or (tag == "img" and not str(dict(attrs).get("src", "")).startswith("data:")):
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or re.match(r"(?i)\s*(javascript|data:text|https?:)", value or ""):
                self.found.append(f"{tag} {name}={value}")


def live_html(body: str) -> list[str]:
    """Tags and attributes that run, load or lead out."""
    reader = _Tags()
    reader.feed(body)
    return reader.found


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def live_figure(text: str) -> list[str]:
    """Tags of a delivered name that a figure would read; its own are <b>, <i>, <br> and <span>."""
    return [piece for piece in ("<img", "<script", "<a ", "<b onclick", "</style", "&lt;") if piece in text]


def test_the_city_is_planted(planted: Settings, site: str, tokens: dict[Role, str]) -> None:
    """The names do reach the pages: else the tests above would show nothing."""
    with line(site, tokens[Role.SUPERVISOR]) as opened:
        sent = b"".join(m.SerializeToString() for m in rerun(opened, page="directory"))
    assert sum(plant.encode() in sent for plant in PLANTS) >= 5


@pytest.mark.parametrize("plant", PLANTS)
def test_marked_and_drawn_leave_nothing_live(plant: str) -> None:
    marked, drawn = inert.marked(f"甲{plant}\n乙"), inert.drawn(plant)
    assert (
        not re.search(r"(?<!\\)[\\`*_\[\]()<>$:!](?![\\`*_\[\]()<>$:!#+\-.|~{}])", marked.replace("\\\\", ""))
        or "\\" in marked
    )
    assert "\n" not in marked and not set(drawn) & set("<>&")
    assert re.sub(r"\\(.)", r"\1", marked) == f"甲{plant} 乙"


def test_messages_are_read_through() -> None:
    """The reader above finds what is planted: a toast, a button, a block of HTML, a figure."""
    message = ForwardMsg()
    message.delta.new_element.toast.body = "[点我](javascript:alert(3))"
    assert [faults_of(*found) for found in texts(message)] == [["[点我](javascript:"]]
    assert live_html("<p>&lt;img src=x&gt;</p><img src=x onerror=1>") and not live_html("<p>&lt;img src=x&gt;</p>")
    assert live_html("<a href='javascript:x'>y</a>") and live_figure("甲<img src=x>")


@pytest.mark.browser
def test_a_browser_makes_nothing_of_the_names(site: str, tokens: dict[Role, str], firm: str, tmp_path: Path) -> None:
    asked: list[str] = []
    with chromium() as browser:
        for role in (Role.SUPERVISOR, Role.ADMIN, Role.LEADER):
            context = signed_in(browser, site, tokens[role])
            page = context.new_page()
            page.on("dialog", lambda dialog: (asked.append(f"dialog {dialog.message}"), dialog.dismiss()))
            page.on("request", lambda request: asked.append(request.url))
            for path, who, query in VISITS:
                if who is role:
                    look(page, f"{site}/{path}?{query.format(firm=firm)}", path)
            context.close()
    ours = (site, site.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(ours)] == []


def look(page: Page, address: str, path: str) -> None:
    page.goto(address)
    page.locator(".hd h1").wait_for(timeout=60_000)
    page.wait_for_timeout(700)
    made = page.evaluate(
        """() => [...['a[href^="javascript"]', 'a[href*="evil.example"]', 'img[src*="evil.example"]', 'img[src="x"]', '.katex']
            .filter(s => document.querySelector(s)),
            ...[...document.querySelectorAll('strong, code, .stMarkdownColoredText, [data-testid=stIconMaterial]')]
            .map(e => e.textContent).filter(t => /^(粗|红|x|delete)$/.test(t))]"""
    )
    assert made == [], f"{path}: {made}"
