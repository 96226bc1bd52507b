"""Open and close a page: mark, bureau, language, title row, provenance, footer, style."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

import streamlit as st

from pages.parts import cards, text
from pages.parts.shapes import Provenance
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.settings import City

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
FAULT = Text("部署的配置有误，页面无法打开", "The deployment's configuration is at fault")


@dataclass(frozen=True)
class Page:
    """What a page is called and which question it answers."""

    title: Text
    question: Text


def dress(bureau: Text) -> None:
    """Style sheet, the bureau's name in the header, the language switch; once a run, before anything else."""
    st.html(f"<style>{STYLE}</style>")
    with st.container(key="userbar"):
        text.choose_language()
    st.logo(_logo(say(bureau), say(PRODUCT)), size="large")


def title_row(page: Page, source: Provenance | None) -> None:
    """Title and question at the left; tags, date and build at the right."""
    tags = [f'<span class="tag">{escape(say(text.INTERNAL))}</span>']
    if source:
        tags += [
            f"<span>{escape(say(text.AS_OF))} <b>{text.day(source.last_known)}</b></span>",
            f'<span class="build">{escape(say(text.BUILD))} {escape(source.build_id[:SHORT])}</span>',
        ]
    if source and source.is_synthetic:
        tags.insert(0, f'<span class="tag demo">{escape(say(text.DEMO))}</span>')
    st.html(
        f'<div class="hd"><div><h1>{escape(say(page.title))}</h1><span>{escape(say(page.question))}</span></div>'
        f'<div class="meta">{"".join(tags)}</div></div>'
    )


def footer(source: Provenance) -> None:
    """The clause on internal use, and the versions behind the figures."""
    built = source.built_at if source.seconds is None else f"{source.built_at} · {source.seconds:,.0f} s"
    versions = (
        (POLICY, source.policy_id),
        (INDICATORS, source.indicator_set[:SHORT]),
        (MODEL, source.model_id),
        (ASSUMED, text.share(source.assumed_share)),
        (BUILT, built),
    )
    spans = "".join(f"<span>{escape(say(label))} {escape(value)}</span>" for label, value in versions)
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
