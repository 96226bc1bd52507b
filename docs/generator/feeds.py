"""docs/reference/feeds.md: every feed, column and code list."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from docs.generator.markdown import TO_BE_CONFIRMED, anchor, both, clauses, facts, joined, table
from pipeline.domain import CATEGORIES, Applicability, Month, RegionCode, Text, Uscc
from pipeline.feeds.catalogue import FEEDS
from pipeline.feeds.contract import PROVENANCE, CodeOf, FeedContract, Field, OneOf, Subject
from pipeline.reference import CodeList, Reference

CHANNELS = {
    "gsxt": Text("国家企业信用信息公示系统", "National Enterprise Credit Information Publicity System"),
    "jlhjg": Text("“互联网+监管”系统", "“Internet + Supervision” system"),
    "zc": Text("“综窗系统”", "integrated service-window system"),
    "internal": Text("本局", "the bureau itself"),
    "dept": Text("其他部门", "other departments"),
    "third": Text("第三方", "third parties"),
}
SUBJECTS = {
    Subject.ROOT: Text("登记主体本身", "the register itself"),
    Subject.ENTERPRISE: Text("企业", "enterprises"),
    Subject.ENTITY: Text("企业、个体工商户和其他主体", "enterprises, individual businesses and other entities"),
    Subject.NONE: Text("不涉及具体主体", "nobody in particular"),
    Subject.STAFF: Text("执法检查人员", "staff"),
}
KINDS: dict[type, Text] = {
    str: Text("文本", "text"),
    Uscc: Text("统一社会信用代码", "credit code"),
    RegionCode: Text("行政区划代码", "division code"),
    Month: Text("年月", "month"),
    Applicability: Text("适用范围", "rule of application"),
    int: Text("整数", "whole number"),
    Decimal: Text("数值", "number"),
    bool: Text("是/否", "yes/no"),
    date: Text("日期", "date"),
    datetime: Text("日期时间", "date and time"),
}
HEAD = ("列 column", "中文", "English", "类型 kind", "必填 required", "说明 remarks")
INTRODUCTION = """\
送达文件的表头写列名（column）、中文名或“也识别”所列名称均可；金额单位以列名为准。“必填”缺失的行退回；识别主体的列
（统一社会信用代码、主体名称、注册号）和来源列从不成为退回理由。怎样送达见[送达文件](../how-to/deliver-files.md)。

A header may use the column, its Chinese name or one of the names after “也识别 also”. A row without a required value is
quarantined; the columns that name the entity and the provenance columns are never a reason to refuse a row.
How to deliver: [deliver files](../how-to/deliver-files.md)."""


def page(reference: Reference) -> str:
    """The whole page."""
    used = {f.kind.list_name for feed in FEEDS for f in feed.fields if isinstance(f.kind, CodeOf)}
    return joined(
        [
            "# 数据目录 / Feeds",
            INTRODUCTION,
            table(
                ("类别 feed", "中文", "English", "供数单位 supplier", "时限 limit"),
                ((f"[`{f.code}`](#{f.code})", f.title.zh, f.title.en, f.supplier, _limit(f)) for f in FEEDS),
            ),
            "## 来源列 / Provenance",
            "每个类别都有；文件没有时由对照文件或送达信息补上。 Part of every feed; filled from mapping or delivery.",
            table(HEAD, map(_column, PROVENANCE)),
            *(_feed(f, reference) for f in FEEDS),
            "## 代码表 / Code lists",
            "可以填代码，也可以填名称。 A code or its label may be delivered.",
            *(_code_list(name, reference.code_lists[name]) for name in sorted(used)),
        ]
    )


def _feed(feed: FeedContract, reference: Reference) -> str:
    about = facts(
        [
            ("供数单位 supplier", feed.supplier),
            ("渠道 channels", "、".join(f"{both(CHANNELS[c])}（`{c}`）" for c in feed.channels)),
            ("类别 category", f"{feed.category} {both(CATEGORIES[feed.category])}" if feed.category else ""),
            ("归集时限 time limit", _limit(feed)),
            ("涉及 about", both(SUBJECTS[feed.subject])),
            ("主键 natural key", " + ".join(f"`{k}`" for k in feed.key)),
            ("发生日期 event date", f"`{feed.happened_on}`" if feed.happened_on else "无 none（名录 a directory）"),
            ("撤销日期 withdrawn on", f"`{feed.withdrawn_on}`" if feed.withdrawn_on else ""),
            ("按规则排除 excluded", "；".join(_exclusion(feed))),
            ("个人信息 personal data", "有 yes" if feed.personal_data else ""),
            (
                "整份搁置 set aside",
                f"退回的行超过 {feed.refuse_if_bad_over_pct:g}% / over {feed.refuse_if_bad_over_pct:g}% refused",
            ),
            ("依据 legal basis", clauses(feed.basis, reference)),
        ]
    )
    heading = f"## {feed.title.zh} / {feed.title.en}\n\n`{feed.code}`"
    return joined([anchor(feed.code), heading, about, table(HEAD, map(_column, feed.fields))]).rstrip()


def _limit(feed: FeedContract) -> str:
    return f"{feed.time_limit.count} 个工作日 working days"


def _exclusion(feed: FeedContract) -> list[str]:
    return [f"{both(x.title)}（`{x.column}`，`{x.basis}`）" for x in feed.exclusions]


def _column(field: Field) -> tuple[str, ...]:
    return (
        f"`{field.name}`",
        field.title.zh,
        field.title.en,
        _kind(field),
        "是 yes" if field.required else "",
        _remarks(field),
    )


def _kind(field: Field) -> str:
    if isinstance(field.kind, CodeOf):
        return f"代码 code [`{field.kind.list_name}`](#list-{field.kind.list_name})"
    if isinstance(field.kind, OneOf):
        return "代码 code：" + "、".join(f"`{code}` {both(label)}" for code, label in field.kind.labels.items())
    return both(KINDS[field.kind])


def _remarks(field: Field) -> str:
    said = [
        f"也识别 also：{'、'.join(field.aliases)}" if field.aliases else "",
        f"可有多个，以 `{field.many}` 分隔 several" if field.many else "",
        f"{field.check.low:,.0f} 至 to {field.check.high:,.0f}" if field.check else "",
        f"不超过 at most {field.max_length} 字 characters" if field.max_length else "",
        f"自 `{field.learned_on}` 起可知 known from that date" if field.learned_on else "",
        field.note,
    ]
    return "；".join(s for s in said if s)


def _code_list(name: str, codes: CodeList) -> str:
    mark = "" if codes.confirmed else f"（{TO_BE_CONFIRMED}）"
    rows = ((f"`{code}`", label.zh, label.en) for code, label in codes.labels.items())
    about = f"`{name}`，来源 source：{codes.source}{mark}"
    listed = table(("代码 code", "中文", "English"), rows)
    return joined([anchor(f"list-{name}"), f"### {both(codes.title)}", about, listed]).rstrip()
