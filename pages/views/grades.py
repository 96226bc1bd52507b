"""Enterprises of a group by grade, and the short names of the sectors."""

from __future__ import annotations

from dataclasses import dataclass, field

from pages.views.fields import shown
from pipeline.domain import Grade, Text

LETTERS = tuple(g.value for g in Grade)
COUNTS = ", ".join(f"coalesce(sum(enterprises) FILTER (WHERE grade = '{g}'), 0)::BIGINT AS {g}" for g in LETTERS)
SECTORS = {
    "A": Text("农林牧渔", "Agriculture"),
    "B": Text("采矿", "Mining"),
    "C": Text("制造", "Manufacturing"),
    "D": Text("电热气水", "Utilities"),
    "E": Text("建筑", "Construction"),
    "F": Text("批发零售", "Wholesale, retail"),
    "G": Text("运输仓储邮政", "Transport, storage"),
    "H": Text("住宿餐饮", "Hotels, catering"),
    "I": Text("信息软件", "IT, software"),
    "J": Text("金融", "Finance"),
    "K": Text("房地产", "Real estate"),
    "L": Text("租赁商务", "Leasing, business"),
    "M": Text("科研技术", "Research, technical"),
    "N": Text("水利环境", "Water, environment"),
    "O": Text("居民服务修理", "Personal services"),
    "P": Text("教育", "Education"),
    "Q": Text("卫生社工", "Health, social work"),
    "R": Text("文体娱乐", "Culture, sports"),
    "S": Text("公共管理", "Public bodies"),
    "T": Text("国际组织", "International"),
}
"""Short names of the GB/T 4754-2017 sections, as they fit beside a chart."""
NO_UNIT = Text("单位未定", "No unit")
CITY = Text("全市", "City")


@dataclass(frozen=True)
class Mix:
    """Enterprises of a group by grade."""

    label: Text = field(metadata=shown("分组", "Group", "县（市、区）、行业或时点", "Unit, sector or date"))
    counts: tuple[int, ...] = field(
        metadata=shown("各级户数", "By grade", "A 至 E 级户数", "Enterprises in grades A to E")
    )

    @property
    def size(self) -> int:
        """Graded enterprises of the group."""
        return sum(self.counts)

    @property
    def shares(self) -> tuple[float | None, ...]:
        """Share of each grade, None for an empty group."""
        return tuple(c / self.size if self.size else None for c in self.counts)

    @property
    def risky(self) -> int:
        """Enterprises in grades D and E."""
        return self.counts[3] + self.counts[4]

    @property
    def risky_share(self) -> float | None:
        """Share of grades D and E, None for an empty group."""
        return self.risky / self.size if self.size else None
