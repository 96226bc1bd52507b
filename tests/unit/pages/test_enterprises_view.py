"""The list of enterprises: each filter against a plain Python one, pages without gap or overlap, nobody else's rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pages.views.enterprise_columns import chosen as chosen_columns
from pages.views.enterprise_columns import columns, usual
from pages.views.enterprise_filter import CHECKED, KINDS, TASKS, WARNINGS, EnterpriseFilter
from pages.views.enterprise_rows import SORTS, Order, facets, page_of, select
from pages.views.enterprise_words import labels, sentence
from pages.views.search import Search
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, City
from pipeline.stores.access import KEY_FIELDS, Actor, Role
from pipeline.stores.reader import Library, ScopedReader
from tests import accounts, firm_roster
from tests.firm_roster import AS_OF

CITY = City.load(DEFAULT_DATA / "city.toml")
REFERENCE = Reference.load(DEFAULT_DATA / "reference")
COLUMNS = columns(REFERENCE, CITY)
USUAL = chosen_columns([], COLUMNS, usual(1))
ROWS = firm_roster.firms(240)
ACTS = firm_roster.acts(ROWS)
CASES = {str(r.uscc): (r.open_cases, r.waiting_cases, r.late_cases) for r in ACTS.tables["firm_case"].itertuples()}
TASK = dict(zip(ACTS.tables["firm_task"]["uscc"], ACTS.tables["firm_task"]["task"], strict=True))
ALL = {"kind": "all", "status": "all"}
SUPERVISOR = accounts.actor(Role.SUPERVISOR, CITY)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    made = firm_roster.opened(tmp_path_factory.mktemp("roster"), ROWS)
    yield made
    made.close()


@pytest.fixture(scope="module")
def read(built: Library) -> ScopedReader:
    return built.reader(SUPERVISOR)


def pages(read: ScopedReader, asked: EnterpriseFilter, order: Order | None = None) -> list[str]:
    """The codes of all pages, one after the other."""
    known = facets(read, asked, ACTS)
    found: list[str] = []
    for number in range(1, 2 + known.total // 25):
        page = page_of(read, asked, order or Order(), USUAL, ACTS, known, str(number))
        if page.page == number:
            assert len(page.rows) == len(page.codes) <= 25
            found += page.codes
    assert len(found) == known.total
    return found


def kind_of(row: Row) -> str:
    kind = row["entity_type"]
    if kind is None:
        return "individual" if row["uscc"].startswith("92") else "other"
    first = {"1": "company", "5": "company", "6": "company", "2": "branch", "3": "public"}
    exact = {"9500": "individual", "9100": "cooperative", "4540": "sole"}
    return exact.get(kind) or ("partnership" if kind.startswith("453") else first.get(kind[0], "other"))


def fits(row: Row, asked: EnterpriseFilter, but: str = "") -> bool:
    """The same in plain Python; `but`: a condition that does not count."""
    cases, tasks = CASES.get(row["uscc"], (0, 0, 0)), TASK.get(row["uscc"])
    days = CHECKED.get(asked.checked, (None, None))[1]
    checked = row["last_check_on"]
    kinds, statuses = asked.kinds, asked.statuses
    tests = {
        "q": all(w in row["name_keys"] or (len(w) > 3 and (w in row["uscc"] or w in (row["reg_no"] or ""))) for w in words(asked)),
        "grade": not asked.grade or row["grade"] in asked.grade,
        "industry": asked.industry in ("", row["industry_section"], (row["industry_code"] or "")[:2], row["industry_code"]),
        "field": not asked.field or bool({*asked.field} & {*row["fields"]}),
        "unit": asked.unit in ("", row["unit"]),
        "street": asked.street in ("", row["street"]),
        "kind": kinds == "all" or (kind_of(row) == kinds if kinds else kind_of(row) != "individual"),
        "status": statuses in ("all", row["status"]),
        "warning": {"": True, "open": cases[0] > 0, "waiting": cases[1] > 0, "late": cases[2] > 0, "none": cases[0] == 0}[asked.warning],
        "task": {"": True, "open": tasks in ("late", "week", "open"), "none": tasks is None}.get(asked.task, tasks == asked.task),
        "checked": not asked.checked or checked is None or (days is not None and checked < AS_OF - timedelta(days=days)),
        "result": not asked.result or asked.result in (row["last_check_result"] or "").split(";"),
    }  # fmt: skip
    return all(held for name, held in tests.items() if name != but)


def words(asked: EnterpriseFilter) -> tuple[str, ...]:
    search = Search.of(asked.q)
    return search.words if search else ()


ONE_BY_ONE = [
    {}, ALL, {"grade": "D,E"}, {"grade": "A"}, {"industry": "F"}, {"industry": "52"}, {"industry": "5211"}, {"unit": "TH-MH"},
    {"street": "220581001"}, {"status": "2"}, {"status": "9"}, {"result": "06"}, {"result": "03", **ALL},
    *({"field": f} for f in KEY_FIELDS[:3]), {"field": "food_sales,catering"},
    *({"kind": k} for k in KINDS), *({"checked": c} for c in CHECKED), *({"warning": w} for w in WARNINGS),
    *({"task": t} for t in TASKS),
    {"q": "丰"}, {"q": "有限公司"}, {"q": "通化 超市"}, {"q": "（老站）"}, {"q": "旧"}, {"q": "MA0001"}, {"q": "ma0001"}, {"q": "2205000"},
    {"grade": "D,E", "industry": "F", "checked": "1y", "field": "food_production,food_sales,catering"},
    {"q": "有限", "grade": "E", "kind": "company", "status": "1", "warning": "open"},
]  # fmt: skip


@pytest.mark.parametrize("query", ONE_BY_ONE, ids=str)
def test_each_filter_finds_what_plain_python_finds(read: ScopedReader, query: dict[str, str]) -> None:
    asked = EnterpriseFilter.parse(query)
    assert asked.query() == query
    expected = {r["uscc"] for r in ROWS if fits(r, asked)}
    found = pages(read, asked)
    assert len(found) == len(set(found))
    assert set(found) == expected


@pytest.mark.parametrize("query", ONE_BY_ONE[::4], ids=str)
def test_counts_by_choice_keep_all_other_conditions(read: ScopedReader, query: dict[str, str]) -> None:
    asked = EnterpriseFilter.parse(query)
    known = facets(read, asked, ACTS)
    values = {
        "grade": lambda r: r["grade"], "unit": lambda r: r["unit"], "street": lambda r: r["street"], "kind": kind_of,
    }  # fmt: skip
    for name, value in values.items():
        expected = Counter(value(r) for r in ROWS if fits(r, asked, but=name) and value(r) is not None)
        assert dict(known.of(name)) == dict(expected), name
    industries: Counter[str] = Counter()
    for row in (r for r in ROWS if fits(r, asked, but="industry") and r["industry_code"]):
        industries.update((row["industry_section"], row["industry_code"][:2], row["industry_code"]))
    assert dict(known.of("industry")) == dict(industries)
    fields = Counter(f for r in ROWS if fits(r, asked, but="field") for f in r["fields"])
    assert {k: n for k, n in known.of("field").items() if n} == dict(fields)


@pytest.mark.parametrize("by", SORTS)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_every_order_holds_the_same_rows_unknown_values_last(read: ScopedReader, by: str, is_reversed: bool) -> None:
    asked = EnterpriseFilter.parse(ALL)
    found = pages(read, asked, Order(by, is_reversed))
    assert sorted(found) == sorted(r["uscc"] for r in ROWS)
    column = {"risk": "grade", "score": "credit_score", "name": "entity_name", "street": "street", "industry": "industry_code",
              "last_check": "last_check_on", "established": "established_on"}.get(by)  # fmt: skip
    if column:
        values = [next(r[column] for r in ROWS if r["uscc"] == code) for code in found]
        known = [v for v in values if v is not None]
        assert values[len(known) :] == [None] * (len(values) - len(known))
        assert known == sorted(known, reverse=SORTS[by][2] != is_reversed)


def test_the_usual_order_is_the_riskiest_first_lowest_score_first(read: ScopedReader) -> None:
    firm = {r["uscc"]: r for r in ROWS}
    found = [firm[c] for c in pages(read, EnterpriseFilter())]
    keys = [(-ord(r["grade"]) if r["grade"] else 0, r["credit_score"] or 999, r["uscc"]) for r in found]
    assert keys == sorted(keys)


NASTY = (
    "'",
    '"',
    "'; DROP TABLE enterprise; --",
    "%",
    "_",
    "\\",
    "$q0",
    "$1",
    "?",
    "(",
    "[a",
    ".*",
    "{x}",
    "\x00",
    "|",
    "a\nb",
    "＝",
    "🜁",
    "x" * 500,
)


@pytest.mark.parametrize("value", NASTY, ids=repr)
def test_metacharacters_are_values_in_a_search(read: ScopedReader, value: str) -> None:
    for text in (value, f"丰{value}华"):
        asked = EnterpriseFilter.parse({"q": text, **ALL})
        known = facets(read, asked, ACTS)
        assert page_of(read, asked, Order(), USUAL, ACTS, known, value).page == 1
        if known.near is None:
            assert known.total == sum(fits(r, asked) for r in ROWS)
    assert len(read.rows("SELECT uscc FROM enterprise")) == len(ROWS)


@pytest.mark.parametrize("value", NASTY, ids=repr)
def test_metacharacters_are_no_values_in_any_other_filter(value: str) -> None:
    for name in EnterpriseFilter.__dataclass_fields__:
        if name != "q":
            assert EnterpriseFilter.parse({name: value}) == EnterpriseFilter(), name
    assert Order.parse({"sort": value, "desc": value}) == Order()


def test_only_what_is_in_a_closed_list_is_asked_for() -> None:
    asked = EnterpriseFilter.parse({
        "grade": "D,Z,E,D", "field": "catering,hacking", "industry": "Z", "unit": "a b", "street": "12", "kind": "x",
        "status": "12", "warning": "y", "task": "z", "checked": "3d", "result": "1", "nonsense": "1", "q": "  a \t b  ",
    })  # fmt: skip
    assert asked == EnterpriseFilter(q="a b", grade=("D", "E"), field=("catering",))


@pytest.mark.parametrize("broken", ["substitute", "drop", "swap", "insert", "form"])
def test_a_search_forgives_one_wrong_character(read: ScopedReader, broken: str) -> None:
    firm = next(r for r in ROWS if r["entity_name"].endswith("(老站)酒业有限责任公司") and r["uscc"].count("MA"))
    name = firm["entity_name"]
    wrong = {
        "substitute": name[:3] + "错" + name[4:],
        "drop": name[:3] + name[4:],
        "swap": name[:3] + name[4] + name[3] + name[5:],
        "insert": name[:3] + "多" + name[3:],
        "form": name.replace("有限责任公司", "有限公司"),
    }[broken]
    asked = EnterpriseFilter.parse({"q": wrong})
    known = facets(read, asked, ACTS)
    assert known.near is not None
    assert firm["uscc"] == page_of(read, asked, Order(), USUAL, ACTS, known, "1").codes[0]


def test_a_code_with_one_wrong_character_is_found_and_an_exact_one_stands_first(read: ScopedReader) -> None:
    code = ROWS[123]["uscc"]
    known = facets(read, EnterpriseFilter.parse({"q": code}), ACTS)
    assert (known.total, known.near) == (1, None)
    wrong = code[:10] + ("1" if code[10] != "1" else "2") + code[11:]
    near = facets(read, EnterpriseFilter.parse({"q": wrong}), ACTS)
    assert near.near is not None and code in near.near


def test_nothing_like_it_is_nothing(read: ScopedReader) -> None:
    known = facets(read, EnterpriseFilter.parse({"q": "完全没有这家单位"}), ACTS)
    assert (known.total, known.near) == (0, ())


@pytest.mark.parametrize(
    "who",
    [
        accounts.actor(Role.COUNTY, CITY, ("TH-MH",)),
        accounts.actor(Role.SECTION, CITY, (), ("catering", "drug_retail")),
    ],
    ids=["county", "section"],
)
def test_an_actor_sees_their_own_whatever_the_address_asks_for(built: Library, who: Actor) -> None:
    def is_own(row: Row) -> bool:
        in_unit = row["unit"] in who.scope.units
        return in_unit and (not who.scope.fields or bool({*who.scope.fields} & {*row["fields"]}))

    own = built.reader(who)
    for query in (
        ALL,
        *ONE_BY_ONE,
        {"unit": "TH-DC", **ALL},
        {"q": next(r["uscc"] for r in ROWS if r["unit"] == "TH-DC")},
    ):
        asked = EnterpriseFilter.parse(query)
        known = facets(own, asked, ACTS)
        if known.near is None:
            assert set(pages(own, asked)) == {r["uscc"] for r in ROWS if fits(r, asked) and is_own(r)}, query
        assert sum(known.of("unit").values()) <= sum(is_own(r) for r in ROWS)
        assert set(known.of("unit")) <= set(who.scope.units)


def test_an_export_holds_every_row_in_the_order_of_the_pages(read: ScopedReader) -> None:
    asked = EnterpriseFilter.parse({"grade": "C,D,E"})
    sql, values = select(asked, Order(), USUAL, AS_OF, None, with_code=False)
    table = read.batches(sql, values, tables=ACTS.tables).read_all()
    assert table.column_names == [c.key for c in USUAL]
    assert table["uscc"].to_pylist() == pages(read, asked)


def test_columns_that_are_not_there_are_not_shown() -> None:
    keys = [c.key for c in chosen_columns(["score", "nonsense", "address"], COLUMNS, usual(8))]
    assert keys == ["name", "score", "uscc", "address"]
    assert "unit" in usual(8) and "street" in usual(1)
    assert [c.key for c in chosen_columns(["nothing"], COLUMNS, usual(8))] != []


def test_every_column_can_be_read(read: ScopedReader) -> None:
    every = tuple(COLUMNS.values())
    known = facets(read, EnterpriseFilter(), ACTS)
    page = page_of(read, EnterpriseFilter(), Order(), every, ACTS, known, None)
    assert all(len(row) == len(every) for row in page.rows)


def test_the_filter_in_words() -> None:
    asked = EnterpriseFilter.parse({"grade": "D,E", "checked": "1y", "industry": "C", "field": "catering"})
    assert sentence(asked, labels(REFERENCE, CITY)) == Text(
        "等级 D、E；行业 制造业；重点领域 餐饮服务；主体 不含个体户；状态 在营；最近检查 一年以上未查",
        "Grade: D, E; Industry: Manufacturing; Key field: Catering; Kind: no individual businesses; Status: in business;"
        " Last check: Not within a year",
    )
