"""What was delivered, what became of it, and how much of it could be recorded under an enterprise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pages.views.fields import shown
from pages.views.funnel import SMALL_GROUP
from pages.views.rows import rows
from pipeline.domain import Text
from pipeline.feeds.catalogue import FEEDS
from pipeline.identity.ledger import UNATTACHED
from pipeline.settings import City
from pipeline.stores.reader import ScopedReader

NAMED_TARGET = 0.80
"""Named rate to be reached by the end of 2020 (SEED 四(一)2)."""
OUTCOMES = ("accepted", "superseded", "duplicate", "excluded", "quarantined")
OUTCOME_SUMS = ", ".join(f"coalesce(sum({c}), 0)::BIGINT AS {c}" for c in ("delivered", *OUTCOMES))
UNRECOGNISED = Text("未能识别", "Not recognised")


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


@dataclass(frozen=True)
class Named:
    """How many records of a feed were recorded under an enterprise (记名)."""

    label: Text = field(metadata=shown("信息类别", "Feed", "数据契约的名称", "Title of the contract"))
    records: int = field(
        metadata=shown(
            "应记名",
            "To be named",
            "近 12 个月应归于企业名下的记录",
            "Records of the last 12 months that concern an enterprise",
        )
    )
    by_code: int = field(
        metadata=shown("凭信用代码", "By credit code", "送达时即带有效代码", "Delivered with a valid code")
    )
    named: int = field(
        metadata=shown(
            "已记名", "Named", "凭代码、注册号或名称归于唯一企业", "Attached to one enterprise by code, number or name"
        )
    )

    @property
    def rate(self) -> float | None:
        """Named of records, None without records."""
        return self.named / self.records if self.records else None

    @property
    def code_rate(self) -> float | None:
        """Share that carried a valid credit code, None without records."""
        return self.by_code / self.records if self.records else None

    @property
    def is_small(self) -> bool:
        """Too few records to compare."""
        return self.records < SMALL_GROUP


@dataclass(frozen=True)
class Feed:
    """Deliveries of one feed."""

    label: Text = field(metadata=shown("信息类别", "Feed", "数据契约的名称", "Title of the contract"))
    suppliers: tuple[Text, ...] = field(
        metadata=shown("来源单位", "Suppliers", "送达本类信息的单位", "Who delivers the feed")
    )
    newest: date | None = field(
        metadata=shown("最近送达", "Newest", "最近一个已接收文件的送达日", "Day of the newest file taken")
    )
    units: int = field(
        metadata=shown(
            "已到单位", "Units in", "时点上在时限内有送达的单位数", "Units with a delivery in time at the date"
        )
    )
    units_expected: int = field(
        metadata=shown(
            "应到单位",
            "Units due",
            "应报清单规定的单位数；0 为不在清单",
            "Units on the list of expected feeds; 0 if not listed",
        )
    )
    files: int = field(metadata=shown("文件", "Files", "已接收的文件数", "Files taken"))
    set_aside: int = field(metadata=shown("搁置", "Set aside", "整件搁置的文件数", "Files set aside whole"))
    outcome: Outcome = field(metadata=shown("去向", "Outcome", "数据行的去向", "What became of the rows"))
    named: Named | None = field(
        metadata=shown(
            "记名",
            "Named",
            "近 12 个月的记名情况；不涉及企业的类别无此项",
            "Last 12 months; none for feeds not about enterprises",
        )
    )

    @property
    def is_missing(self) -> bool:
        """Whether an expected unit has nothing in time."""
        return self.units < self.units_expected


@dataclass(frozen=True)
class SetAside:
    """A file that was not taken, and why."""

    received_on: date | None = field(metadata=shown("送达", "Received", "送达日", "Day of receipt"))
    supplier: Text = field(metadata=shown("来源单位", "Supplier", "送达单位", "Who delivered it"))
    feed: Text = field(metadata=shown("信息类别", "Feed", "识别出的信息类别", "The feed it was read as"))
    file_name: str = field(metadata=shown("文件", "File", "原文件名", "Original name"))
    delivered: int = field(metadata=shown("行数", "Rows", "文件中的数据行", "Data rows of the file"))
    reason: str = field(metadata=shown("原因", "Reason", "搁置原因", "Why it was set aside"))


@dataclass(frozen=True)
class Gathering:
    """Everything the page says about deliveries and naming."""

    outcome: Outcome = field(
        metadata=shown("归集记录", "Rows", "送达文件中数据行的去向", "What became of the rows delivered")
    )
    files: int = field(metadata=shown("接收文件", "Files taken", "已接收的文件数", "Files taken"))
    deliveries: int = field(
        metadata=shown("送达批次", "Deliveries", "来源单位与送达日的组合数", "Supplier and day pairs")
    )
    feeds: tuple[Feed, ...] = field(
        metadata=shown("类别", "Feeds", "未到齐的在前，再按隔离率", "Incomplete first, then by quarantine")
    )
    set_aside: tuple[SetAside, ...] = field(
        metadata=shown("搁置文件", "Files set aside", "整件未接收的文件", "Files not taken")
    )
    named: Named = field(
        metadata=shown("记名", "Named", "近 12 个月全部应记名记录", "All records to be named, last 12 months")
    )

    @property
    def expected(self) -> int:
        """Feeds on the list of expected feeds."""
        return sum(f.units_expected > 0 for f in self.feeds)

    @property
    def complete(self) -> int:
        """Expected feeds with a delivery in time from every unit due."""
        return sum(f.units_expected > 0 and not f.is_missing for f in self.feeds)


def gathering(read: ScopedReader, as_of: date, city: City) -> Gathering:
    """Deliveries up to `as_of`, the newest date of the build, against what `city` expects."""
    titles = {f.code: f.title for f in FEEDS}
    named = {r.feed: _named(titles, r) for r in _match(read, as_of)}
    delivered = {
        r.feed: r for r in rows(read, f"SELECT feed, {_PER_FEED} FROM delivery WHERE feed IS NOT NULL GROUP BY feed")
    }
    units = _units_in_time(read, as_of)
    due: dict[str, set[str]] = {}
    for e in city.expected:
        due.setdefault(e.feed, set()).update(e.units)
    codes = [c for c in titles if c in due or c in delivered] + sorted(
        c for c in delivered.keys() | due.keys() if c not in titles
    )
    feeds = [
        _feed(c, titles, delivered.get(c), due.get(c, set()), units.get(c, set()), named.get(c), city) for c in codes
    ]
    total = rows(
        read, f"SELECT {_PER_FEED}, count(DISTINCT (supplier, received_on::DATE)) AS deliveries FROM delivery"
    )[0]
    everything = Named(
        Text("全部", "All"), *(sum(getattr(n, k) for n in named.values()) for k in ("records", "by_code", "named"))
    )
    return Gathering(
        outcome=_outcome(total),
        files=total.files,
        deliveries=total.deliveries,
        feeds=tuple(sorted(feeds, key=lambda f: (not f.is_missing, -(f.outcome.quarantine_share or 0)))),
        set_aside=_set_aside(read, titles, city),
        named=everything,
    )


_PER_FEED = (
    "count(*) FILTER (WHERE state = 'taken') AS files, count(*) FILTER (WHERE state = 'set_aside') AS set_aside,"
    " max(received_on::DATE) FILTER (WHERE state = 'taken') AS newest,"
    f" list(DISTINCT supplier ORDER BY supplier) AS suppliers, {OUTCOME_SUMS}"
)
_RECENT = (
    "date_trunc('month', month) BETWEEN date_trunc('month', $as_of::DATE - 1) - INTERVAL 11 MONTH AND $as_of::DATE - 1"
)


def _match(read: ScopedReader, as_of: date) -> list[Any]:
    return rows(
        read,
        "SELECT feed, sum(records)::BIGINT AS records, coalesce(sum(records) FILTER (WHERE method = 'uscc'), 0)::BIGINT AS by_code,"
        f" coalesce(sum(records) FILTER (WHERE method NOT IN {UNATTACHED}), 0)::BIGINT AS named FROM match WHERE {_RECENT} GROUP BY feed",
        {"as_of": as_of},
    )


def _named(titles: dict[str, Text], row: Any) -> Named:
    return Named(titles.get(row.feed, Text(row.feed, row.feed)), int(row.records), int(row.by_code), int(row.named))


def _outcome(row: Any) -> Outcome:
    return Outcome(int(row.delivered), *(int(getattr(row, c)) for c in OUTCOMES))


def _units_in_time(read: ScopedReader, as_of: date) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    sql = "SELECT DISTINCT feed, unit FROM coverage WHERE covered_from < ? AND covered_to >= ?"
    for r in rows(read, sql, [as_of, as_of]):
        found.setdefault(r.feed, set()).add(r.unit)
    return found


def _feed(
    code: str, titles: dict[str, Text], row: Any, due: set[str], units: set[str], named: Named | None, city: City
) -> Feed:
    suppliers: Sequence[str] = row.suppliers if row else [e.supplier for e in city.expected if e.feed == code]
    return Feed(
        label=titles.get(code, Text(code, code)),
        suppliers=tuple(_supplier(city, s) for s in suppliers),
        newest=row.newest if row else None,
        units=len(units & due) if due else len(units),
        units_expected=len(due),
        files=row.files if row else 0,
        set_aside=row.set_aside if row else 0,
        outcome=_outcome(row) if row else Outcome(0, 0, 0, 0, 0, 0),
        named=named,
    )


def _supplier(city: City, code: str) -> Text:
    return city.suppliers.get(code, Text(code, code))


def _set_aside(read: ScopedReader, titles: dict[str, Text], city: City) -> tuple[SetAside, ...]:
    found = rows(
        read,
        "SELECT received_on::DATE AS received_on, supplier, feed, file_name, delivered, reason FROM delivery WHERE state = 'set_aside'"
        " ORDER BY 1 DESC, supplier, file_name",
    )
    return tuple(
        SetAside(
            received_on=r.received_on,
            supplier=_supplier(city, r.supplier or ""),
            feed=titles.get(r.feed, Text(r.feed, r.feed)) if r.feed else UNRECOGNISED,
            file_name=r.file_name,
            delivered=int(r.delivered or 0),
            reason=r.reason or "",
        )
        for r in found
    )
