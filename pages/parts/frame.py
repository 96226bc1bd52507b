"""Open and close a page: mark, bureau, language, title row, provenance, footer, style."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from pages.parts import cards, text
from pages.parts.desk import Desk, desk
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.settings import City
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import audit
from pipeline.stores.reader import Stamp

STYLE = Path(__file__).with_name("frame.css").read_text(encoding="utf-8")
MARK = (
    '<rect x="1" y="5" width="32" height="32" rx="3" fill="{fill}" stroke="#9FB6CE" stroke-width="1.2"/>'
    '<path d="M9 14h17" stroke="#37A2AA" stroke-width="3"/><path d="M9 19h17" stroke="#7FA3D6" stroke-width="3"/>'
    '<path d="M9 24h12" stroke="#D8A63A" stroke-width="3"/><path d="M9 29h6" stroke="#D9683A" stroke-width="3"/>'
)
ICON = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 4 34 34">{MARK.format(fill="#14304F")}</svg>'
HOW_TO_CHECK = Text(
    "请由运维人员运行下面的命令查看原因。", "Ask the operator to run this command: it says what is wrong."
)
PRODUCT = Text("企业信用风险分类监管", "Enterprise credit-risk supervision")
NO_BUILD = Text("还没有发布任何批次", "No build has been published yet")
HOW_TO_BUILD = Text(
    "请由运维人员在本机运行下面的命令；完成后刷新本页即可看到数据。",
    "Ask the operator to run this command on the machine; then reload this page.",
)
POLICY = Text("等级规则", "Policy")
INDICATORS = Text("指标集", "Indicators")
MODEL = Text("模型", "Model")
ASSUMED = Text("推定归集日的记录", "Records with an assumed date")
BUILT = Text("生成", "Built")
SHORT = 8
"""Characters of a hash that are printed."""
UNREADABLE = Text(
    "已发布的批次由另一版本的程序生成，需要重新生成", "The published build was made by another version: build again"
)
BROKEN = Text("页面出错了", "The page failed")
WHAT_TO_DO = Text(
    "请刷新本页；如仍出错，请把此编号告诉运维人员：", "Reload it; if it fails again, give the operator this reference:"
)
ENDED = Text("登录已结束", "Your session has ended")
WHY_ENDED = Text(
    "您已退出、登录超时，或账号有变动。请重新登录。",
    "You signed out, the session ran out, or the account was changed. Sign in again.",
)
SIGN_IN_AGAIN = Text("重新登录", "Sign in again")
STALE = Text("数据已 {n} 天未更新", "The data are {n} days old")
NEW_BUILD = Text("数据已更新为批次 {build}", "The data are now those of build {build}")
STALE_AFTER = 2
"""Days after which a build that was not renewed is called old: one is made every night."""
_SEEN = "build_seen"
FAULT = Text("部署的配置有误，页面无法打开", "The deployment's configuration is at fault")


NOT_YOURS = Text(
    "没有可以显示的内容：企业不存在，或不在您的权限范围内。",
    "There is nothing to show: no such enterprise, or it is outside your scope.",
)
"""One sentence for "no such firm" and "no rights", so that neither tells anything."""


@dataclass(frozen=True)
class Page:
    """What a page is called, which question it answers, and whose page it is."""

    title: Text
    question: Text
    roles: frozenset[Role]
    needs_build: bool = True


def open_page(page: Page, actor: Actor) -> Desk:
    """Check the actor's role, draw the title row, and give the desk to work at.

    Ends the run with a notice if the page is not the actor's (noted in the log) or if no build is published.
    """
    here = desk(actor)
    if actor.role not in page.roles:
        audit.note(here.operations, actor, "refused", page.title.zh)
        cards.notice(say(page.title), say(NOT_YOURS))
        st.stop()
    if here.build is None and page.needs_build:
        no_build(page, here.settings.city, "python cli.py build" + text.option(here.settings.data))
        st.stop()
    title_row(page, here.build.stamp if here.build else None)
    if here.build:
        _tell_age(here.settings.today() - here.build.stamp.as_of + timedelta(days=1))
        _tell_new(here.build.stamp.build_id)
    return here


def close_page(here: Desk) -> None:
    """The footer: the clause on internal use, and the versions behind the figures."""
    if here.build is None:
        return
    row = here.read.frame(
        "SELECT build_id, policy_id, indicator_set, model_id, assumed_share,"
        " strftime(built_at, '%Y-%m-%d %H:%M') AS built_at FROM build"
    ).iloc[0]
    footer(row.to_dict())


def dress(bureau: Text) -> None:
    """Style sheet, and the bureau's name in the header; once a run, before anything else."""
    st.html(f"<style>{STYLE}</style>")
    st.logo(_logo(say(bureau), say(PRODUCT)), size="large")


def ended(bureau: Text) -> None:
    """In place of every page once the session has ended; the link leaves the app for the sign-in page."""
    dress(bureau)
    way_in = f'<a class="way-in" href="/sign-in?lang={text.language()}">{escape(say(SIGN_IN_AGAIN))}</a>'
    st.html(
        f'<div class="notice" role="alert"><h2>{escape(say(ENDED))}</h2><p>{escape(say(WHY_ENDED))}</p>{way_in}</div>'
    )


def title_row(page: Page, source: Stamp | None) -> None:
    """Title and question at the left; tags, date and build at the right."""
    tags = [f'<span class="tag">{escape(say(text.INTERNAL))}</span>']
    if source:
        tags += [
            f"<span>{escape(say(text.AS_OF))} <b>{text.day(source.as_of - timedelta(days=1))}</b></span>",
            f'<span class="build">{escape(say(text.BUILD))} {escape(source.build_id[:SHORT])}</span>',
        ]
    if source and source.is_synthetic:
        tags.insert(0, f'<span class="tag demo">{escape(say(text.DEMO))}</span>')
    st.html(
        f'<div class="hd"><div><h1>{escape(say(page.title))}</h1><span>{escape(say(page.question))}</span></div>'
        f'<div class="meta">{"".join(tags)}</div></div>'
    )


def footer(versions: dict[str, Any]) -> None:
    """The clause on internal use, and the versions behind the figures."""
    written = (
        (POLICY, versions["policy_id"]),
        (INDICATORS, str(versions["indicator_set"])[:SHORT]),
        (MODEL, versions["model_id"]),
        (ASSUMED, text.share(versions["assumed_share"])),
        (BUILT, versions["built_at"]),
    )
    spans = "".join(f"<span>{escape(say(label))} {escape(str(value))}</span>" for label, value in written)
    st.html(f'<div class="ft"><span>{escape(say(text.NOT_PUBLIC))}</span><div>{spans}</div></div>')


def no_build(page: Page, city: City, command: str) -> None:
    """The page before the first publish: says what to run."""
    title_row(page, None)
    cards.notice(say(NO_BUILD), f"{say(city.name)}：{say(HOW_TO_BUILD)}", command)


def unreadable(command: str) -> None:
    """In place of a page whose build was made by another version: build again."""
    cards.notice(say(UNREADABLE), say(HOW_TO_BUILD), command)


def fault(command: str) -> None:
    """The page when the deployment can't be opened: nothing of the cause, what to run to see it."""
    dress(PRODUCT)
    cards.notice(say(FAULT), say(HOW_TO_CHECK), command)


def failed(reference: str) -> None:
    """In place of a page that broke: nothing of the cause, a reference to find it in the log."""
    cards.notice(say(BROKEN), f"{say(WHAT_TO_DO)} {reference}")


def _tell_age(age: timedelta) -> None:
    """The strip under the title when nothing new came for days."""
    if age.days > STALE_AFTER:
        st.html(f'<div class="stale" role="status">{escape(say(STALE).format(n=age.days))}</div>')


def _tell_new(build_id: str) -> None:
    """A word when another build was published while somebody looked at the one before."""
    seen = st.session_state.get(_SEEN, build_id)
    st.session_state[_SEEN] = build_id
    if seen != build_id:
        st.toast(say(NEW_BUILD).format(build=build_id[:SHORT]))


def _logo(bureau: str, product: str) -> str:
    """The mark and two lines of text as SVG; a wide character counts as one em, a narrow one as 0.56."""
    width = 44 + max(_width(bureau, 15), _width(product, 10)) + 6
    family = "Noto Sans SC, Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="42" viewBox="0 0 {width:.0f} 42">'
        f'{MARK.format(fill="none")}<g fill="#FFFFFF" font-family="{family}">'
        f'<text x="44" y="20" font-size="15" font-weight="700">{escape(bureau)}</text>'
        f'<text x="44" y="35" font-size="10" fill="#B7C8DA">{escape(product)}</text></g></svg>'
    )


def _width(line: str, size: int) -> float:
    return sum(size if ord(c) > 0x2E7F else 0.58 * size for c in line)
