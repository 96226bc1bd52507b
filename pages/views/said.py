"""An indicator's value and a record's codes in words, as people read them."""

from __future__ import annotations

import math
import re

from models.risk.explain import Reason, sentence
from pages.views.grades import SECTORS
from pipeline.domain import Text
from pipeline.feeds.contract import CodeOf, Field, OneOf
from pipeline.indicators.catalogue import ALL
from pipeline.indicators.indicator import Indicator
from pipeline.indicators.lines import LINE_OF
from pipeline.indicators.timeline import SEPARATOR
from pipeline.reference import Reference

BY_CODE: dict[str, Indicator] = {i.code: i for i in ALL}
"""Indicator code -> its declaration, those that only rules read included."""
Value = float | str | None
NO = Text("{title}：否", "{title}: no")
NO_DATA = Text("{title}：无数据", "{title}: no data")
LANGUAGES = ("zh", "en")
REPORTED = {"report_year": Text("{} 年度", "for {}"), "year": Text("{} 年度", "year {}"), "period": Text("{}", "{}")}
COUNTED = {"insured_count": Text("参保 {} 人", "{} insured")}
_FLAG = {"zh": re.compile(r"（1[^）]*0[^）]*）：.*$"), "en": re.compile(r" \(1[^)]*0[^)]*\): .*$")}
_LOG = re.compile(r"（对数）| \(log\)")
_MASKED = re.compile(r"(?<=^.).+")


def label(indicator: Indicator, value: Value) -> Text:
    """A short label with the value: `近三年行政处罚次数 3 次`."""
    return Text(*(_label(indicator, value, language) for language in LANGUAGES))


def title_of(indicator: Indicator) -> Text:
    """The title without the word that its value is a logarithm: values are written out."""
    return Text(*(_LOG.sub("", indicator.title.of(language)) for language in LANGUAGES))


def told(indicator: Indicator, value: Value) -> Text:
    """The sentence of a reason; where the declared one speaks of logarithms or of 1 and 0, the plain label."""
    if value is None or indicator.unit == "是否" or indicator.unit.startswith("ln") or indicator.levels:
        return label(indicator, value)
    reason = Reason(indicator.code, value, 0.0, 0)
    return Text(*(sentence(reason, (indicator,), language) for language in LANGUAGES))


def amount(indicator: Indicator, value: Value) -> Text:
    """The value alone with its unit, `—` where it is missing."""
    if value is None:
        return Text("—", "—")
    if isinstance(value, str):
        level = SECTORS.get(value) if indicator.code == "C2_industry_section" else None
        return level or Text(value, value)
    if indicator.unit == "是否":
        return Text("是", "yes") if value else Text("否", "no")
    if indicator.unit == "比例":
        return Text(f"{value:.0%}", f"{value:.0%}")
    if indicator.unit == "ln(万元)":
        return money(math.expm1(value)) or Text("0 元", "CNY 0")
    if indicator.unit == "ln比":
        change = f"{math.expm1(value):+.0%}".replace("-", "−")
        return Text(change, change)
    if indicator.unit.startswith("ln("):
        return _counted(math.expm1(value), indicator.unit[3:-1])
    return _counted(value, indicator.unit)


def known(value: float | str | None) -> Value:
    """A value of the store, None where it is missing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value if isinstance(value, str) else float(value)


def words_of(feed: str, stored: str, reference: Reference) -> Text:
    """What the column `words` of the time line says, code lists spelled out."""
    contract, line = LINE_OF[feed].contract, LINE_OF[feed]
    said = [
        cell(contract.by_name[name], value, reference)
        for name, value in zip(line.words, stored.split(SEPARATOR), strict=False)
        if value
    ]
    return Text("，".join(t.zh for t in said), ", ".join(t.en for t in said))


def cell(column: Field, value: str, reference: Reference) -> Text:
    """One delivered value in words: labels of codes, yes and no, years and numbers with what they count."""
    if isinstance(column.kind, CodeOf | OneOf):
        labels = reference.codes(column.kind.list_name) if isinstance(column.kind, CodeOf) else column.kind.labels
        codes = value.split(column.many) if column.many else [value]
        said = [labels.get(code, Text(code, code)) for code in codes]
        return Text("、".join(t.zh for t in said), "; ".join(t.en for t in said))
    if column.kind is bool:
        answer = value.lower() in ("true", "1")
        if column.name == "is_pass":
            return Text("合格", "Passed") if answer else Text("不合格", "Failed")
        return Text(f"{column.title.zh}：{'是' if answer else '否'}", f"{column.title.en}: {'yes' if answer else 'no'}")
    pattern = REPORTED.get(column.name) or COUNTED.get(column.name)
    return Text(pattern.zh.format(value), pattern.en.format(value)) if pattern else Text(value, value)


def money(wan: float | None) -> Text | None:
    """An amount given in 万元: `5,000 元`, from 10⁴ on `5 万元`; in English yuan."""
    if not wan:
        return None
    yuan = round(wan * 10_000)
    zh = f"{yuan:,} 元" if yuan < 10_000 else f"{yuan / 10_000:,.6g} 万元"
    return Text(zh, f"CNY {yuan:,}")


def masked(name: str | None) -> str:
    """A person's name with all but its first character hidden."""
    return _MASKED.sub("**", name.strip()) if name else ""


def _label(indicator: Indicator, value: Value, language: str) -> str:
    title = title_of(indicator).of(language)
    if value is None:
        return NO_DATA.of(language).format(title=title)
    if indicator.unit == "是否" and not isinstance(value, str):
        yes = _FLAG[language].sub("", indicator.reason.of(language))
        return yes if value else NO.of(language).format(title=title)
    said = amount(indicator, value).of(language)
    return f"{title} {said}" if language == "zh" else f"{title}: {said}"


def _counted(value: float, unit: str) -> Text:
    number = f"{value:,.0f}" if abs(value - round(value)) < 0.005 or abs(value) >= 1000 else f"{value:,.3g}"
    number = number.replace("-", "−")
    return Text(f"{number} {unit}", number)
