"""What became of delivered rows, and whether every feed that is due has come from every unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from pages.views.fields import shown
from pipeline.settings import City
from pipeline.stores.reader import ScopedReader

OUTCOMES = ("accepted", "superseded", "duplicate", "excluded", "quarantined")
OUTCOME_SUMS = ", ".join(f"coalesce(sum({c}), 0)::BIGINT AS {c}" for c in ("delivered", *OUTCOMES))


@dataclass(frozen=True)
class Outcome:
    """Delivered rows and what became of them."""

    delivered: int = field(
        metadata=shown(
            "归集记录",
            "Rows delivered",
            "送达文件中的全部数据行，搁置的也在内",
            "All data rows of the files delivered, set-aside ones included",
        )
    )
    accepted: int = field(
        metadata=shown("采用", "Accepted", "核验通过、现行有效的版本", "Passed every check, version in force")
    )
    superseded: int = field(
        metadata=shown(
            "被更新", "Superseded", "核验通过、后被同一记录的新版本取代", "Passed, later replaced by a newer version"
        )
    )
    duplicate: int = field(metadata=shown("重复", "Duplicate", "与已有记录完全相同", "Equal to a record already held"))
    excluded: int = field(
        metadata=shown(
            "按规则排除", "Excluded", "依数据契约不予归集（如自然人信息）", "Kept out on purpose by the contract"
        )
    )
    quarantined: int = field(
        metadata=shown(
            "隔离",
            "Quarantined",
            "不符合数据契约，或所在文件被搁置；整行保留待更正",
            "Broke the contract, or its file was set aside; kept whole for correction",
        )
    )

    @property
    def gap(self) -> int:
        """Delivered rows that no outcome explains; zero if the books balance."""
        return self.delivered - self.accepted - self.superseded - self.duplicate - self.excluded - self.quarantined

    @property
    def quarantine_share(self) -> float | None:
        """Quarantined of delivered, None when nothing was delivered."""
        return self.quarantined / self.delivered if self.delivered else None


def complete_feeds(read: ScopedReader, as_of: date, city: City) -> tuple[int, int]:
    """Feeds of the list of expected ones with a delivery in time from every unit due at `as_of`, and all of them."""
    due: dict[str, set[str]] = {}
    for expected in city.expected:
        due.setdefault(expected.feed, set()).update(expected.units)
    came: dict[str, set[str]] = {}
    sql = "SELECT DISTINCT feed, unit FROM coverage WHERE covered_from < ? AND covered_to >= ?"
    for feed, unit in read.rows(sql, [as_of, as_of]):
        came.setdefault(feed, set()).add(unit)
    return sum(units <= came.get(feed, set()) for feed, units in due.items()), len(due)
