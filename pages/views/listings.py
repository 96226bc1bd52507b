"""Lists of the page as columns and rows, ready to be shown, exported or printed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from pages.views.fields import shown
from pages.views.gathering import Feed, Gathering, Named, Outcome, SetAside
from pipeline.domain import Text

STATE = Text("到齐", "In time")
STATE_HELP = Text(
    "✓ 应到单位都在时限内送达；▲ 有单位未到；○ 不在应报清单",
    "✓ every unit due is in time; ▲ some are missing; ○ not on the list",
)
LOWEST_NAMED = 12
"""How many feeds the chart of named rates shows; every feed stands in the list of feeds."""


@dataclass(frozen=True)
class Column:
    """A column: its title, what it counts, and how its values are written."""

    label: Text = field(metadata=shown("列名", "Title", "列的名称", "Title of the column"))
    help: Text = field(metadata=shown("说明", "Help", "列的口径", "What it counts"))
    kind: str = field(metadata=shown("类型", "Kind", "text、count、percent 或 day", "text, count, percent or day"))
    width: int | None = field(metadata=shown("宽度", "Width", "像素，缺省自动", "Pixels, automatic if none"))


@dataclass(frozen=True)
class Listing:
    """Columns and rows; a cell is a Text, a string, a number, a date or None."""

    columns: tuple[Column, ...] = field(metadata=shown("列", "Columns", "各列", "The columns"))
    rows: tuple[tuple[Any, ...], ...] = field(metadata=shown("行", "Rows", "各行", "The rows"))


def feeds(gathered: Gathering) -> Listing:
    """Deliveries of every feed: state, newest, files, outcome of rows, named rate."""
    outcome = [_column(Outcome, f.name, "count", 104 if f.name == "delivered" else 84) for f in fields(Outcome)]
    quarantine = Column(
        Text("隔离率 %", "Quar. %"), Text("隔离 ÷ 归集记录", "Quarantined ÷ rows delivered"), "percent", 76
    )
    named = Column(Text("记名率 %", "Named %"), Named.__dataclass_fields__["named"].metadata["help"], "percent", 76)
    columns = (
        Column(STATE, STATE_HELP, "text", 64),
        _column(Feed, "label", "text", 250),
        named,
        quarantine,
        _column(Feed, "suppliers", "text", 160),
        _column(Feed, "newest", "day", 96),
        _column(Feed, "files", "count", 60),
        _column(Feed, "set_aside", "count", 60),
        *outcome,
    )
    return Listing(columns, tuple(_feed(f) for f in gathered.feeds))


def set_aside(gathered: Gathering) -> Listing:
    """Files that were not taken, newest first, each with its reason."""
    kinds = {"received_on": "day", "delivered": "count"}
    names = [f.name for f in fields(SetAside)]
    return Listing(
        tuple(_column(SetAside, n, kinds.get(n, "text"), None) for n in names),
        tuple(tuple(getattr(f, n) for n in names) for f in gathered.set_aside),
    )


def lowest_named(gathered: Gathering) -> tuple[Named, ...]:
    """The feeds with the lowest named rates, lowest first; small ones left out."""
    rated = [f.named for f in gathered.feeds if f.named and not f.named.is_small]
    return tuple(sorted(rated, key=lambda n: n.rate or 0)[:LOWEST_NAMED])


def _column(view: type, name: str, kind: str, width: int | None) -> Column:
    known = view.__dataclass_fields__[name].metadata  # type: ignore[attr-defined]
    return Column(known["label"], known["help"], kind, width)


def _feed(feed: Feed) -> tuple[Any, ...]:
    o = feed.outcome
    state = f"{'▲' if feed.is_missing else '✓'} {feed.units}/{feed.units_expected}" if feed.units_expected else "○"
    quarantine = None if o.quarantine_share is None else 100 * o.quarantine_share
    named = 100 * feed.named.rate if feed.named and feed.named.rate is not None and not feed.named.is_small else None
    rows = tuple(getattr(o, f.name) for f in fields(Outcome))
    return (state, feed.label, named, quarantine, _suppliers(feed), feed.newest, feed.files, feed.set_aside, *rows)


def _suppliers(feed: Feed) -> Text:
    if not feed.suppliers:
        return Text("—", "—")
    first, more = feed.suppliers[0], len(feed.suppliers) - 1
    return Text(f"{first.zh}等 {more + 1} 家", f"{first.en} +{more}") if more else first
