"""The collection page's views: books that balance, months, refusals in words, nobody's rows but the division's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date

import pytest

from pages.views import collection, deliveries, refusals, source_months, trial_report
from pages.views.deliveries import DeliveryFilter
from pages.views.monthly import Part
from pages.views.source_months import MonthRow, Months
from pages.views.source_months import source_months as months_of
from pipeline.domain import Text
from pipeline.feeds.catalogue import FEEDS
from pipeline.feeds.validate import rejections
from pipeline.indicators.known import known_relations
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.reader import Library, open_library
from tests.accounts import actor

MODULES = (collection, deliveries, source_months, trial_report)


@pytest.fixture
def library(tiny: Settings) -> Iterator[Library]:
    opened = open_library(tiny, lambda day, core: known_relations(FEEDS, day, core))
    assert opened
    yield opened
    opened.close()


def test_every_field_says_what_it_is() -> None:
    for module in MODULES:
        for view in (v for v in vars(module).values() if is_dataclass(v) and v.__module__ == module.__name__):
            for f in fields(view):
                assert {"label", "help"} <= f.metadata.keys(), f"{view}.{f.name}"


def test_the_books_balance(tiny: Settings, library: Library) -> None:
    read = library.reader(actor(Role.SUPERVISOR, tiny.city))
    view = collection.collection(read, tiny.city)
    (_, delivered), *outcomes = view.terms
    assert delivered == sum(n for _, n in outcomes) > 0 and view.gap == 0
    assert view.verdict.zh == "✓ 相等"
    assert [f.label.zh for f in view.figures] == ["记名率", "按时率", "隔离", "待核对"]


def test_every_delivery_is_listed_once_and_adds_up(tiny: Settings, library: Library) -> None:
    read = library.reader(actor(Role.SUPERVISOR, tiny.city))
    seen: list[int] = []
    first = deliveries.deliveries(read, tiny.city, {})
    for page in range(1, first.pages + 1):
        view = deliveries.deliveries(read, tiny.city, {"page": str(page)})
        seen += [r.number for r in view.rows]
        assert all(r.outcome.gap == 0 for r in view.rows)
    assert len(seen) == len(set(seen)) == first.total
    assert first.sums.gap == 0
    refused = deliveries.deliveries(read, tiny.city, {"state": "refused"})
    assert 0 < refused.total < first.total and all(r.outcome.quarantined for r in refused.rows)


def test_the_reasons_of_a_delivery_are_its_refused_rows(tiny: Settings, library: Library) -> None:
    read = library.reader(actor(Role.SUPERVISOR, tiny.city))
    for one in deliveries.deliveries(read, tiny.city, {"state": "refused"}).rows:
        rows = deliveries.refused_rows(read, one)
        counted = deliveries.faults(read, one.number)
        assert rows is not None and len(rows) == one.outcome.quarantined
        assert sum(f.records for f in counted) == one.outcome.quarantined + one.outcome.excluded
        assert all(row.cells for row in rows)


def test_an_administrator_has_counts_and_no_rows(tiny: Settings, library: Library) -> None:
    read = library.reader(actor(Role.ADMIN, tiny.city))
    view = deliveries.deliveries(read, tiny.city, {"state": "refused"})
    assert view.rows and deliveries.faults(read, view.rows[0].number)
    assert all(deliveries.refused_rows(read, one) is None for one in view.rows)


def test_set_aside_files_say_why_and_which_may_be_accepted(faulty: tuple[Settings, object]) -> None:
    settings = faulty[0]
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library
    read = library.reader(actor(Role.SUPERVISOR, settings.city))
    aside = deliveries.deliveries(read, settings.city, {"state": "set_aside"}).rows
    assert len(aside) == 2 and all(r.reason.zh and "--accept" not in r.reason.zh for r in aside)
    assert all(r.can_be_accepted == bool(r.feed_code) for r in aside)
    library.close()


def test_an_address_asks_only_for_what_there_is(tiny: Settings) -> None:
    asked = DeliveryFilter.parse(
        {"state": "x", "supplier": "nobody", "feed": "'; --", "month": "2020-13", "unit": "zz", "q": "a\0b"}, tiny.city
    )
    assert asked == DeliveryFilter(q="a b")
    assert DeliveryFilter.parse({"month": "2020-09"}, tiny.city).month == "2020-09"


@pytest.mark.parametrize("measure", list(source_months.MEASURES))
@pytest.mark.parametrize("by", list(source_months.BY))
def test_months_add_up_to_the_year(tiny: Settings, library: Library, measure: str, by: str) -> None:
    view = months_of(library.reader(actor(Role.SUPERVISOR, tiny.city)), tiny.city, measure, by)
    assert len(view.months) == 12 and view.months[-1] == date(2020, 10, 1)
    for row in view.rows:
        assert row.whole == sum(row.cells, Part(0, 0))
    if by != "unit":
        assert view.whole == sum((r.whole for r in view.rows), Part(0, 0))


def test_the_finding_names_the_worst_or_nobody() -> None:
    def seen(*shares: tuple[int, int]) -> Text:
        rows = tuple(MonthRow(str(n), Text(f"来源{n}", f"source {n}"), (), Part(*s)) for n, s in enumerate(shares))
        return Months("timely", "supplier", (), rows, 0.8, Part(1, 1)).finding

    assert "来源0 50.0%" in seen((50, 100), (90, 100)).zh
    assert "都在 80% 以上" in seen((90, 100)).zh
    assert "都在 80% 以上" in seen((1, 5)).zh  # five records say nothing
    assert seen().zh == "近 12 个月没有可比的记录。"


def test_every_rule_of_every_feed_has_words(tiny: Settings) -> None:
    reference = Reference.load(tiny.reference)
    lists = {name: reference.codes(name) for name in reference.code_lists}
    for contract in FEEDS:
        for rejection in rejections(contract, lists, "true"):
            assert rejection.rule in refusals.RULES, rejection.rule
            words = refusals.rule_words(contract.code, rejection.rule, rejection.field)
            assert words.zh.startswith(contract.by_name[rejection.field].title.zh)
        for exclusion in contract.exclusions:
            assert refusals.rule_words(contract.code, exclusion.rule, exclusion.column) == exclusion.title


def test_reasons_in_both_languages() -> None:
    many = "350 行中有 43 行不合格（超过 5%），整批搁置；请退回更正，或核对后用 --accept 接收（set aside: too many rows refused）"
    assert refusals.reason_words(many) == Text(
        "350 行中有 43 行不合格，超过 5%", "43 of 350 rows were refused, more than 5%"
    )
    assert refusals.reason_words("文件是空的（the file is empty）") == Text("文件是空的", "The file is empty")
    assert refusals.reason_words("别的") == Text("别的", "别的")


def test_a_trial_in_words() -> None:
    table = {
        "member": "", "feed": "penalty", "delivered": 3, "accepted": 2, "excluded": 0, "quarantined": 1,
        "unknown_columns": "星座", "ignored": "", "reason": None,
        "faults": [{"outcome": "quarantined", "rule": "kind", "field": "decided_on", "expected": "日期", "records": 1}],
    }  # fmt: skip
    report = {"file_name": "a.csv", "tables": [table], "refused": None, "seen_on": None, "is_fit": True}
    view = trial_report.trial_view(report)
    assert view.is_fit and view.verdict.zh.startswith("✓") and view.tables[0].name == "a.csv"
    assert view.tables[0].faults[0][0].zh.endswith("：格式或代码不符")
    view = trial_report.trial_view({**report, "seen_on": "2020-10-01", "is_fit": False})
    assert view.why and "2020-10-01" in view.why.zh and not view.is_fit
