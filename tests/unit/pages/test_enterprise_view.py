"""The archive of a firm: points add up, every number has its rows, and what is not yours does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest

from pages.views import questions
from pages.views.enterprise import LANES, Archive, archive
from pages.views.history import rank
from pages.views.identity import Identity
from pages.views.policies import bands, policy_at
from pages.views.reasons import changes, reasons
from pages.views.records import behind, delivered, sources
from pages.views.said import BY_CODE, amount, cell, label, masked, money, title_of, told, words_of
from pages.views.timeline import filtered, kinds
from pipeline.domain import Text
from pipeline.feeds.catalogue import BY_CODE as FEED
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.catalogue import ALL, INDICATORS
from pipeline.indicators.indicator import Count, Query, Role, State
from pipeline.indicators.known import known_relations
from pipeline.indicators.timeline import SEPARATOR
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.access import Role as Who
from pipeline.stores.reader import Library, ScopedReader, open_library
from tests.accounts import actor
from tests.firms import uscc
from tests.small_city import DAYS

REFERENCE = Reference.load(DEFAULT_DATA / "reference")
NEWEST = DAYS[-1]
HOSTILE = ("", "' OR 1=1 --", "92\x00", "x" * 5000, "%", "91220502MA0000000X'; DROP VIEW enterprise", "../../etc")


@pytest.fixture(scope="module")
def library(tiny: Settings) -> Iterator[Library]:
    opened = open_library(tiny, lambda day, core: known_relations(FEEDS, day, core))
    assert opened
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def read(library: Library, tiny: Settings) -> ScopedReader:
    return library.reader(actor(Who.SUPERVISOR, tiny.city))


@pytest.fixture(scope="module")
def graded(read: ScopedReader, tiny: Settings) -> list[Archive]:
    codes = read.rows("SELECT uscc FROM enterprise WHERE credit_score IS NOT NULL ORDER BY uscc")
    found = [archive(read, tiny, REFERENCE, code) for (code,) in codes]
    assert len(found) > 30
    return [view for view in found if view]


def test_points_add_up_to_the_score(graded: list[Archive]) -> None:
    for view in graded:
        why = view.reasons
        assert why and view.identity.score == why.score
        assert abs(why.base + sum(why.by_dimension.values()) - why.score) < 1e-3
        assert why.steps[0].before == why.base and abs(why.steps[-1].after - why.score) < 1e-3
        for one, next_one in pairwise(why.steps):
            assert one.after == next_one.before


def test_whole_points_add_up_too(graded: list[Archive]) -> None:
    for view in graded:
        why = view.reasons
        assert why and round(why.base) + sum(s.written for s in why.steps) == round(why.score)
        written = {s.code: s.written for s in why.steps if s.code}
        assert all(written[r.code] == r.written for r in why.sentences if r.code in written)


def test_losses_come_first_largest_first_then_gains(graded: list[Archive]) -> None:
    for view in graded:
        assert view.reasons
        named = [s.after - s.before for s in view.reasons.steps if s.code]
        assert named == sorted(p for p in named if p < 0) + sorted(p for p in named if p > 0)


def test_every_number_shown_has_its_rows(graded: list[Archive], read: ScopedReader, tiny: Settings) -> None:
    looked = 0
    for view in graded[::5]:
        assert view.reasons
        for reason in view.reasons.sentences:
            for cited in behind(read, view.identity.uscc, [reason.code], tiny.city, REFERENCE):
                record = cited.record
                row = delivered(
                    read, view.identity.uscc, record.feed, record.delivery_no, record.row_no, tiny.city, REFERENCE
                )
                assert row and row.cells and row.file_name and row.file_name == cited.file_name
                assert record.day < NEWEST and record.known_from <= NEWEST
                looked += 1
    assert looked > 20


@pytest.mark.parametrize("code", ["C4_penalty_count_3y", "C4_abnormal_count_3y", "F_penalty_severity3_1y"])
def test_a_count_has_as_many_rows_as_it_says(read: ScopedReader, tiny: Settings, code: str) -> None:
    held = read.rows(f'SELECT uscc, "{code}" FROM indicator WHERE as_of = ?', [NEWEST])
    checked = 0
    for firm, value in held:
        if value is not None:
            found = behind(read, firm, [code], tiny.city, REFERENCE)
            assert len(found) == value if BY_CODE[code].role is Role.FEATURE else bool(found) == bool(value)
            checked += bool(value)
    assert checked or code.startswith("F_")


@pytest.mark.parametrize("indicator", ALL, ids=lambda i: i.code)
def test_every_indicator_has_its_records_or_says_that_there_are_none(
    read: ScopedReader, tiny: Settings, indicator: object
) -> None:
    declared = BY_CODE[getattr(indicator, "code", "")]
    assert sources(declared, NEWEST) or not declared.reads
    for source in sources(declared, NEWEST):
        assert "as_of" not in source.condition and source.contract in declared.reads
    behind(read, uscc(0), [declared.code], tiny.city, REFERENCE)


def test_sources_follow_the_declaration() -> None:
    count = BY_CODE["C4_penalty_count_1y"]
    assert isinstance(count.form, Count)
    (source,) = sources(count, date(2020, 10, 16))
    assert source.contract is FEED["penalty"] and "DATE '2019-10-17'" in source.condition
    state = BY_CODE["C7_tax_grade"]
    assert isinstance(state.form, State) and sources(state, NEWEST)[0].newest
    query = BY_CODE["C5_complaints_1y"]
    assert isinstance(query.form, Query)
    assert [s.contract.code for s in sources(query, NEWEST)] == ["complaint"]


def test_out_of_scope_is_as_if_it_did_not_exist(library: Library, read: ScopedReader, tiny: Settings) -> None:
    county = library.reader(actor(Who.COUNTY, tiny.city, units=("TH-DC",)))
    others = read.rows("SELECT uscc FROM enterprise WHERE unit IS DISTINCT FROM 'TH-DC' ORDER BY uscc LIMIT 5")
    own = read.rows("SELECT uscc FROM enterprise WHERE unit = 'TH-DC' ORDER BY uscc LIMIT 3")
    assert others and own
    assert all(archive(county, tiny, REFERENCE, code) is None for (code,) in others)
    assert all(archive(county, tiny, REFERENCE, code) is not None for (code,) in own)
    assert archive(county, tiny, REFERENCE, "91220502MA0ZZZZZZZ") is None


def test_nobodys_rows_are_reached_through_a_record(library: Library, read: ScopedReader, tiny: Settings) -> None:
    county = library.reader(actor(Who.COUNTY, tiny.city, units=("TH-DC",)))
    other = read.rows(
        "SELECT r.uscc, r.feed, r.delivery_no, r.row_no FROM record r JOIN enterprise e USING (uscc)"
        " WHERE e.unit <> 'TH-DC' AND r.feed = 'penalty' LIMIT 1"
    )[0]
    own = county.rows("SELECT uscc FROM enterprise LIMIT 1")[0][0]
    for firm in (other[0], own):
        assert delivered(county, firm, other[1], other[2], other[3], tiny.city, REFERENCE) is None
        assert behind(county, other[0], ["C4_penalty_count_3y"], tiny.city, REFERENCE) == ()


@pytest.mark.parametrize("code", HOSTILE)
def test_a_hostile_code_is_nobodys(read: ScopedReader, tiny: Settings, code: str) -> None:
    assert archive(read, tiny, REFERENCE, code) is None


@pytest.mark.parametrize(
    "asked", ["", "code:nothing", "rule:' OR 1=1", "feed:enterprise", "row:penalty.1.1", "row:x", "x"]
)
def test_a_hostile_question_has_no_records(
    graded: list[Archive], read: ScopedReader, tiny: Settings, asked: str
) -> None:
    found = questions.answer(read, graded[0], asked, tiny.city, REFERENCE)
    assert all(e.record in graded[0].records for e in found.entries)


@pytest.mark.parametrize(
    "key", ["", "x", "penalty", "penalty.1", "penalty.a.b", "enterprise.1.1", "penalty.1.1 OR 1=1"]
)
def test_a_hostile_key_opens_nothing(graded: list[Archive], read: ScopedReader, tiny: Settings, key: str) -> None:
    firm = next(v for v in graded if not any(r.key == key for r in v.records))
    assert questions.row_of(read, firm, key, tiny.city, REFERENCE) is None


def test_every_question_of_a_firm_is_answered(graded: list[Archive], read: ScopedReader, tiny: Settings) -> None:
    view = max(graded, key=lambda v: len(v.records))
    asked = questions.questions(view, "")
    assert len({q.key for q in asked}) == len(asked) > 5
    for question in asked:
        found = questions.answer(read, view, question.key, tiny.city, REFERENCE)
        assert found.title.zh
        if question.key.startswith(questions.FEED):
            assert found.entries
    one = questions.ROW + view.records[0].key
    assert one in {q.key for q in questions.questions(view, one)}
    assert [e.record for e in questions.answer(read, view, one, tiny.city, REFERENCE).entries] == [view.records[0]]


def test_the_records_are_those_of_the_time_line(graded: list[Archive], read: ScopedReader) -> None:
    for view in graded[:10]:
        stored = read.rows("SELECT count(*) FROM record WHERE uscc = ?", [view.identity.uscc])[0][0]
        assert len(view.records) == stored == sum(n for *_, n in kinds(view.records))
        assert [r.day for r in view.records] == sorted((r.day for r in view.records), reverse=True)
        assert all(r.lane.value in LANES for r in view.records)


def test_the_list_is_filtered_by_kind_and_period(graded: list[Archive]) -> None:
    view = max(graded, key=lambda v: len(v.records))
    feed = view.records[0].feed
    assert filtered(view.records, "", 0, NEWEST) == view.records
    assert {r.feed for r in filtered(view.records, feed, 0, NEWEST)} == {feed}
    assert all((NEWEST - r.day).days <= 365 for r in filtered(view.records, "", 1, NEWEST))


def test_a_firm_without_a_grade_says_why(read: ScopedReader, tiny: Settings) -> None:
    individual = read.rows("SELECT uscc FROM enterprise WHERE entity_type = '9500' AND grade IS NULL LIMIT 1")[0][0]
    view = archive(read, tiny, REFERENCE, individual)
    assert view and view.reasons is None and view.identity.why_none and "个体工商户" in view.identity.why_none.zh


def test_a_firm_with_a_revoked_licence_has_a_grade_without_a_score(read: ScopedReader, tiny: Settings) -> None:
    firm = read.rows("SELECT uscc FROM enterprise WHERE status = '2' LIMIT 1")[0][0]
    view = archive(read, tiny, REFERENCE, firm)
    assert view and view.identity.grade == "E" and view.reasons is None
    assert [c.id for c in view.identity.clauses if c.decided] == ["RL-03"]


def test_rules_have_their_clause_and_say_that_they_are_not_confirmed(graded: list[Archive]) -> None:
    fired = [c for v in graded for c in v.identity.clauses]
    assert fired and all(c.basis and c.title.en and c.effect.en for c in fired)
    assert not any(c.confirmed for c in fired)


def test_the_distance_to_the_next_grade(graded: list[Archive], read: ScopedReader, tiny: Settings) -> None:
    policy = policy_at(tiny, read.stamp.build_id, NEWEST)
    for view in graded:
        head: Identity = view.identity
        assert head.score is not None and head.score_kind
        if head.next_better:
            grade, points = head.next_better
            assert points > 0 and str(policy.grade_of(head.score + points, head.score_kind)) == grade
        else:
            assert head.model_grade == "A"


def test_the_scale_runs_from_e_to_a_without_gaps(tiny: Settings, read: ScopedReader) -> None:
    policy = policy_at(tiny, read.stamp.build_id, NEWEST)
    for kind, scores in (("expert", [301.0]), ("learned", [899.0]), ("expert", [])):
        scale = bands(policy, kind, scores)
        assert "".join(b.grade for b in scale) == "EDCBA"
        assert all(a.high == b.low for a, b in pairwise(scale))
        assert all(scale[0].low < s < scale[-1].high for s in scores)


def test_what_moved_is_the_difference_of_two_runs(graded: list[Archive]) -> None:
    moved = [v.changes for v in graded if v.changes]
    assert moved
    for change in moved:
        assert abs(sum(m.points for m in change.movers) + change.others - change.total) < 1e-6
        losses = [m.points for m in change.movers if m.points < 0]
        assert losses == sorted(losses) and len(losses) <= 5


def test_runs_of_another_kind_are_not_compared() -> None:
    found = changes(NEWEST, True, {"base": 600.0, "X": 1.0}, {"base": 590.0}, {}, {})
    assert found.movers == () and found.total == 10.0


def test_a_score_beyond_the_bounds_has_a_step_of_its_own() -> None:
    points = {"base": 600.0} | {i.code: 0.0 for i in INDICATORS}
    points |= {"C4_penalty_count_3y": -400.0}
    why = reasons(points, {}, 300.0)
    assert why.steps[-1].code is None and why.steps[-1].after == 300.0
    assert round(why.base) + sum(s.written for s in why.steps) == 300


def test_persons_are_masked() -> None:
    assert masked("王小明") == "王**" and masked("A") == "A" and masked(None) == "" and masked("欧阳峰 ") == "欧**"


def test_ranks_stand_in_the_middle_of_what_is_equal() -> None:
    assert rank([0.0, 1.0, 1.0, 1.0, 2.0], 1.0) == 50
    assert rank([0.0, 1.0, 2.0], -5) == 0 and rank([0.0, 1.0, 2.0], 5) == 100
    assert rank([0.0, 1.0, 2.0], 0.5) == 25
    places = [rank([0.0, 1.0, 4.0, 9.0], x / 10) for x in range(-5, 100)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("code", "value", "zh", "en"),
    [
        ("C4_penalty_count_3y", 3.0, "近三年行政处罚次数 3 次", "Penalties, three years: 3"),
        ("C4_abnormal_active", 1.0, "现被列入经营异常名录", "On the abnormal list"),
        ("C4_abnormal_active", 0.0, "当前列入经营异常名录：否", "On the abnormal list now: no"),
        ("C7_debt_ratio", 0.85, "资产负债率 85%", "Debt ratio: 85%"),
        ("C7_debt_ratio", None, "资产负债率：无数据", "Debt ratio: no data"),
        ("C2_industry_section", "F", "行业门类 批发零售", "Industry section: Wholesale, retail"),
    ],
)
def test_labels_say_the_value(code: str, value: float | str | None, zh: str, en: str) -> None:
    assert label(BY_CODE[code], value) == Text(zh, en)


def test_logarithms_are_written_out() -> None:
    fines = BY_CODE["C4_penalty_amount_3y_log"]
    assert amount(fines, 1.791759469228055).zh == "5 万元" and "对数" not in title_of(fines).zh
    assert told(fines, 0.0).zh == "近三年罚没金额 0 元"
    assert amount(BY_CODE["C7_insured_growth_1y"], -0.6931471805599453).zh == "−50%"


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda i: i.code)
def test_every_indicator_can_be_said_in_both_languages(indicator: object) -> None:
    declared = BY_CODE[getattr(indicator, "code", "")]
    for value in (declared.levels[0] if declared.levels else 1.0, None):
        for said in (label(declared, value), told(declared, value), amount(declared, value)):
            assert said.zh and said.en and "{" not in said.zh + said.en


def test_money_and_codes_in_words() -> None:
    assert money(0.072) == Text("720 元", "CNY 720") and money(5.0) == Text("5 万元", "CNY 50,000")
    assert money(None) is None and money(0.0) is None
    said = words_of("spot_check_result", f"1{SEPARATOR}02;06", REFERENCE)
    assert said.zh.startswith("双随机抽查(定向)，") and "、" in said.zh
    assert cell(FEED["product_sampling"].by_name["is_pass"], "false", REFERENCE).zh == "不合格"
    assert words_of("tax_record", f"1{SEPARATOR}{SEPARATOR}2019", REFERENCE).zh == "纳税信用等级，2019 年度"
