"""Counties side by side: where risk, gathering, checks and warnings stand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pages.views import funnel
from pages.views.fields import shown
from pages.views.grades import CITY
from pages.views.monthly import NAMED_TARGET, NOTHING, Part
from pipeline.domain import Text, Unit

BEHIND = 0.10
"""How far below the city's share of checks done a unit counts as lagging (proposal, to be confirmed)."""
SHAPES_FILE = "county_shapes.json"


@dataclass(frozen=True)
class Shape:
    """The outline of a county: rings of (longitude, latitude), where its label stands, and where it is led to."""

    rings: tuple[tuple[tuple[float, float], ...], ...] = field(metadata=shown("轮廓", "Rings", "经纬度", "Degrees"))
    label: tuple[float, float] = field(metadata=shown("标注", "Label", "标注位置", "Where the label stands"))
    beside: tuple[float, float] | None = field(
        metadata=shown("引注", "Beside", "标注在旁时的位置", "Where a label led outside stands")
    )


@dataclass(frozen=True)
class Tally:
    """What people did in a unit."""

    planned: int = field(default=0, metadata=shown("应查", "Planned", "已抽取的任务", "Tasks drawn"))
    done: int = field(default=0, metadata=shown("已查", "Done", "已录入结果的任务", "Tasks with a result"))
    cases: int = field(default=0, metadata=shown("未结预警", "Open warnings", "未销号的预警", "Cases not closed"))
    critical: int = field(default=0, metadata=shown("重大", "Critical", "其中重大", "Of these, critical"))
    overdue: int = field(default=0, metadata=shown("逾期", "Overdue", "其中逾期", "Of these, overdue"))

    @property
    def done_share(self) -> float | None:
        """Done of planned, None where nothing was drawn."""
        return self.done / self.planned if self.planned else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.planned + other.planned,
            self.done + other.done,
            self.cases + other.cases,
            self.critical + other.critical,
            self.overdue + other.overdue,
        )


NO_TALLY = Tally()


@dataclass(frozen=True)
class County:
    """One unit, or the whole city."""

    code: str = field(metadata=shown("单位代码", "Code", "管辖单位代码；空为全市", "Code of the unit; empty: the city"))
    label: Text = field(metadata=shown("单位", "Unit", "管辖单位", "Jurisdiction unit"))
    enterprises: int = field(
        metadata=shown("在营企业", "Active", "应分级的在营企业", "Active enterprises due for a grade")
    )
    graded: int = field(metadata=shown("已分级", "Graded", "计入占比的已分级企业", "Graded enterprises that count"))
    risky: int = field(metadata=shown("D、E 级", "D and E", "其中 D、E 级户数", "Of these, in grades D and E"))
    level: int | None = field(
        metadata=shown(
            "界限", "Limit", "与全市 D、E 占比的 2σ、3σ 界限相比；不足 20 户不比较", "Beyond the city's limits"
        )
    )
    named: Part = field(
        metadata=shown(
            "记名率",
            "Named",
            "本单位报送、近 12 个月；全市为全部来源",
            "The unit's own reports, 12 months; city: all sources",
        )
    )
    timely: Part = field(
        metadata=shown(
            "7 日内",
            "In 7 days",
            "本单位报送、近 12 个月；全市为全部来源",
            "The unit's own reports, 12 months; city: all sources",
        )
    )
    tally: Tally = field(metadata=shown("办理", "Work", "抽查与预警", "Checks and warnings"))
    is_behind: bool = field(
        metadata=shown(
            "抽查落后", "Checks behind", "完成率低于全市 10 个百分点以上", "More than 10 points below the city"
        )
    )
    is_late: bool = field(
        metadata=shown(
            "时限落后", "Late reports", "迟报占比超出全市 2σ 界限", "Share of late reports beyond the city's 2σ limit"
        )
    )
    shape: Shape | None = field(metadata=shown("轮廓", "Shape", "地图轮廓", "Outline on the map"))

    @property
    def size(self) -> int:
        """Graded enterprises."""
        return self.graded

    @property
    def risky_share(self) -> float | None:
        """Share of D and E, None of nothing."""
        return self.risky / self.graded if self.graded else None

    @property
    def lagging(self) -> tuple[str, ...]:
        """Where the unit lags: any of risky, named, timely, checks, critical, overdue."""
        found = {
            "risky": (self.level or 0) > 0,
            "checks": self.is_behind,
            "named": _below(self.named, NAMED_TARGET),
            "timely": self.is_late,
            "overdue": self.tally.overdue > 0,
        }
        return tuple(name for name, lags in found.items() if lags)

    @property
    def tags(self) -> tuple[Text, ...]:
        """The same in words, with signs and the number of late warnings."""
        late = f"{self.tally.overdue:,}"
        return tuple(Text(LAGGING[k].zh.format(n=late), LAGGING[k].en.format(n=late)) for k in self.lagging)


LAGGING = {
    "risky": Text("D、E ▲", "D+E ▲"),
    "named": Text("记名 ▼", "Named ▼"),
    "timely": Text("时限 ▼", "Time ▼"),
    "checks": Text("抽查 ▼", "Checks ▼"),
    "overdue": Text("逾期 {n}", "Late {n}"),
}
"""What stands in the table where a unit lags."""


def shapes(reference: Path) -> dict[str, Shape]:
    """Division code -> outline; empty where the deployment has none."""
    path = reference / SHAPES_FILE
    if not path.is_file():
        return {}
    raw = json.loads(path.read_text(encoding="utf-8"))
    return {
        s["division"]: Shape(
            tuple(tuple((x, y) for x, y in ring) for ring in s["rings"]),
            tuple(s["label"]),
            tuple(s["beside"]) if "beside" in s else None,
        )
        for s in raw["shapes"]
    }


def counties(
    units: Sequence[Unit],
    active: Mapping[str, int],
    mixes: Mapping[str, Any],
    named: Mapping[str, Part],
    timely: Mapping[str, Part],
    tallies: Mapping[str, Tally],
    outlines: Mapping[str, Shape],
) -> tuple[County, ...]:
    """Every unit in the order of city.toml, the whole city last; each mapping goes by unit, "" for the city."""
    whole = sum(tallies.values(), NO_TALLY)
    city = mixes.get("")
    usual = (city.risky_share if city else None) or 0.0
    rows = []
    for code, label, divisions in [*((u.code, _short(u.name), u.divisions) for u in units), ("", CITY, ())]:
        mix = mixes.get(code)
        graded, risky = (mix.size, mix.risky) if mix else (0, 0)
        tally = tallies.get(code, NO_TALLY) if code else whole
        behind = None not in (tally.done_share, whole.done_share) and (whole.done_share or 0) - (tally.done_share or 0)
        rows.append(
            County(
                code=code,
                label=label,
                enterprises=active.get(code, 0),
                graded=graded,
                risky=risky,
                level=funnel.level(risky, graded, usual) if code else 0,
                named=named.get(code, NOTHING),
                timely=timely.get(code, NOTHING),
                tally=tally,
                is_late=bool(code) and _is_late(timely.get(code, NOTHING), timely.get("", NOTHING)),
                is_behind=bool(code and behind and behind > BEHIND and tally.planned >= funnel.SMALL_GROUP),
                shape=next((outlines[d] for d in divisions if d in outlines), None),
            )
        )
    return tuple(rows)


def finding(rows: Sequence[County]) -> Text:
    """Which unit lags most, or that none does."""
    lagging = sorted((c for c in rows if c.code and c.lagging), key=lambda c: -len(c.lagging))
    if not lagging:
        return Text("没有单位落后。", "No unit lags.")
    most = lagging[0]
    zh, en = "、".join(t.zh for t in most.tags), ", ".join(t.en for t in most.tags)
    if len(lagging) == 1:
        return Text(f"只有{most.label.zh}落后（{zh}）。", f"Only {most.label.en} lags ({en}).")
    return Text(
        f"落后项最多的是{most.label.zh}（{zh}）；{len(lagging)} 个单位有落后项。",
        f"{most.label.en} lags most ({en}); {len(lagging)} units lag somewhere.",
    )


def _short(name: Text) -> Text:
    """The name of a unit as it fits into a map: in English without what every unit is."""
    return Text(name.zh, re.sub(r"[ -]*(sub-)?bureaus?$", "", name.en) or name.en)


def _is_late(own: Part, city: Part) -> bool:
    usual = 1 - city.share if city.share is not None else 0.0
    return (funnel.level(own.whole - own.part, own.whole, usual) or 0) > 0


def _below(part: Part, target: float) -> bool:
    return part.whole >= funnel.SMALL_GROUP and (part.share or 0) < target
