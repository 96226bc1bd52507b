"""Definitions, sources and versions: the appendices that every report has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pages.views.check_rates import CheckRates
from pages.views.conclusions import portion
from pages.views.kpis import Kpi
from pages.views.monthly import Gathered, Part
from pages.views.report import RIGHT, Appendix, Block, Column, Maker, Paragraph, Table, count, percent, plain
from pipeline.domain import Text
from pipeline.stores.reader import ScopedReader

NOTHING = Text("", "")
DEFINITIONS = Text("统计口径", "Definitions")
SOURCES = Text("数据来源与版本", "Sources and versions")
DEFINED = (Column(Text("名称", "Name"), 0.22), Column(Text("口径", "Definition"), 0.78))
VERSIONED = (Column(Text("项目", "Item"), 0.3), Column(Text("内容", "Content"), 0.7))
SOURCE_COLUMNS = (
    Column(Text("来源单位", "Supplier"), 0.23),
    Column(Text("信息类别", "Feed"), 0.3),
    Column(Text("应记名记录", "Records"), 0.15, RIGHT),
    Column(Text("记名率", "Named"), 0.1, RIGHT),
    Column(Text("计时记录", "Timed"), 0.12, RIGHT),
    Column(Text("按时率", "In time"), 0.1, RIGHT),
)
TERMS = (
    (
        Text("时点", "As of"),
        Text(
            "报告只计到时点当日归集的信息；预警、抽查为业务日的实时数字",
            "What was received up to that day counts; warnings and checks are those of the business day",
        ),
    ),
    (
        Text("等级", "Grade"),
        Text(
            "本市参考等级 A 至 E，A 为风险最低；仅供内部监管参考，不对外公布（方案四(三)3、五(二)）；国家“互联网+监管”系统的等级为准，一致率另列",
            "The city's reference grade, A the least risk; internal, not published (plan 四(三)3, 五(二)); the national grade is the authoritative one",
        ),
    ),
    (
        Text("2σ、3σ 界限", "2σ and 3σ limits"),
        Text(
            "以全市占比为基准，二项分布单侧概率 2.275%、0.135% 处；不足 20 户不比较",
            "Where a binomial with the city's share has one-sided tails of 2.275% and 0.135%; fewer than 20 are not compared",
        ),
    ),
    (
        Text("问题发现率", "Problem rate"),
        Text(
            "发现问题的企业 ÷ 已完成检查的企业，按检查之前的等级；双随机按抽取概率加权（Korn–Graubard 95% 区间），历史检查为简单比例（Wilson 95% 区间），不能推断全体",
            "Firms with a problem ÷ firms checked, by the grade before the check; draws weighted by their probabilities (Korn–Graubard 95%), past checks plain (Wilson 95%)",
        ),
    ),
    (
        Text("等级迁移", "Migration"),
        Text(
            "两个相邻时点都有等级的企业；只在得分种类相同的时点之间比较",
            "Firms graded at both of two neighbouring dates with the same kind of score",
        ),
    ),
)


def definitions(kpis: Sequence[Kpi], rates: Sequence[CheckRates]) -> Appendix:
    """What every figure counts, in the page's own words."""
    of_rates = [(Text(f"问题发现率（{r.name.zh}）", f"Problem rate ({r.name.en})"), _since(r)) for r in rates if r.rows]
    rows = (*TERMS, *((k.label, k.help) for k in kpis), *of_rates)
    return Appendix(DEFINITIONS, (Table(DEFINITIONS, NOTHING, DEFINED, tuple(rows)),))


def sources(
    read: ScopedReader, found: Gathered, agreement: tuple[int, int], coverage: float | None, by: Maker
) -> Appendix:
    """Which deliveries and which versions the figures rest on, who had the report made, and when."""
    blocks: list[Block] = [
        Table(Text("数据与版本", "Data and versions"), NOTHING, VERSIONED, _versions(read, agreement, coverage, by))
    ]
    rows = tuple(
        (
            s.supplier,
            s.feed,
            count(s.named.whole),
            _share(s.named),
            count(s.timely.whole),
            _share(s.timely),
        )
        for s in found.sources
    )
    if rows:
        caption = Text("近 12 个月各来源的记名与归集", "Named rate and timeliness by source, last 12 months")
        blocks.append(Table(caption, Text("条、%", "records, %"), SOURCE_COLUMNS, rows))
    else:
        blocks.append(Paragraph(Text("近 12 个月没有归集记录。", "No record was received in the last 12 months.")))
    return Appendix(SOURCES, tuple(blocks))


def versions(read: ScopedReader) -> Mapping[str, Any]:
    """The stamp of the build: policy, indicator set, model, assumed share, when it was made."""
    frame = read.frame(
        "SELECT build_id, as_of, today, policy_id, indicator_set, model_id, assumed_share,"
        " strftime(built_at, '%Y-%m-%d %H:%M') AS built_at FROM build"
    )
    return {str(k): v for k, v in frame.iloc[0].to_dict().items()}


def _versions(
    read: ScopedReader, agreement: tuple[int, int], coverage: float | None, by: Maker
) -> tuple[tuple[Text, ...], ...]:
    stamp = versions(read)
    equal, both = agreement
    share = stamp["assumed_share"]
    business = by.business.date()
    rows: list[tuple[Text, Text]] = [
        (Text("数据批次", "Build"), plain(stamp["build_id"])),
        (Text("批次生成时间", "Built at"), plain(stamp["built_at"])),
        (Text("等级规则版本", "Grade policy"), plain(stamp["policy_id"])),
        (Text("指标集版本", "Indicator set"), plain(stamp["indicator_set"])),
        (Text("模型版本", "Model"), plain(stamp["model_id"])),
        (Text("推定归集日的记录", "Records with an assumed date"), percent(share if share == share else None)),
        (Text("信息类别到齐", "Feeds complete"), percent(coverage)),
        (
            Text("与国家平台等级一致", "Agrees with the national grade"),
            Text(f"{portion(equal, both)}（{both:,} 户可比）", f"{portion(equal, both)} of {both:,}"),
        ),
        (Text("业务日", "Business day"), plain(business)),
        (
            Text("导出人与时间", "Made by, at"),
            Text(
                f"{by.actor.name}（{by.actor.user}，{by.actor.role.title.zh}），{by.wall:%Y-%m-%d %H:%M}",
                f"{by.actor.user} ({by.actor.role.title.en}), {by.wall:%Y-%m-%d %H:%M}",
            ),
        ),
    ]
    if read.stamp.is_synthetic:
        rows.insert(
            0,
            (
                Text("数据性质", "Nature"),
                Text("演示数据，由程序生成，不反映任何真实企业", "Demo data, invented by a program"),
            ),
        )
    return tuple(rows)


def _since(rates: CheckRates) -> Text:
    since = Text(f"；最早的等级时点 {rates.since}", f"; oldest grades of {rates.since}") if rates.since else NOTHING
    return Text(f"{rates.method.zh}{since.zh}", f"{rates.method.en}{since.en}")


def _share(part: Part) -> Text:
    return plain(portion(part.part, part.whole))
