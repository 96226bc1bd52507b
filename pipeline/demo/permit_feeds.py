"""Records of the key fields: licences, food operators' profiles, special equipment."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.demo.authorities import authority_codes, authority_names
from pipeline.demo.chance import choice, happens, sigmoid
from pipeline.demo.clock import LAST, NEVER, Days, Floats, Ints, days, plus, years_of
from pipeline.demo.codes import serials
from pipeline.demo.industries import FIELDS
from pipeline.demo.names import join, lookup
from pipeline.demo.records import Records, concat, dates, number, numbered, same, truth, whole
from pipeline.demo.state import World

_CERTS = (
    "食品生产许可证",
    "食品经营许可证",
    "食品经营许可证(餐饮)",
    "食品经营许可证(特殊食品)",
    "药品经营许可证",
    "医疗器械经营许可证",
)
_FORMATS = {
    "food_production": (("production",), (1,)),
    "food_sales": (("sale_prepacked", "sale_bulk", "sale_chilled"), (6, 3, 1)),
    "catering": (
        ("catering_hot", "catering_high", "catering_drink", "canteen_special", "central_kitchen"),
        (10, 3, 4, 1, 0.4),
    ),
    "special_food": (("sale_prepacked",), (1,)),
}
_CLASSES = ("3000", "2000", "1000", "4000", "5000", "6000", "8000")
_CLASS_WEIGHTS = (55, 20, 7, 9, 7, 0.5, 1.5)


def licences(world: World, revoked_firm: Ints, revoked_on: Days) -> Records:
    """Licences as given; some are revoked by a penalty (`revoked_firm`, `revoked_on`)."""
    permits, firms = world.permits, world.firms
    known = np.flatnonzero((permits.decided <= LAST) & (permits.valid_to > np.datetime64("2013-12-31")))
    firm, field, decided = permits.firm[known], permits.field[known], permits.decided[known]
    size = len(known)
    end = np.full(firms.count, NEVER)
    end[revoked_firm] = revoked_on
    hit = (end[firm] >= decided) & (end[firm] <= permits.valid_to[known])
    gone = np.where(hit, end[firm], NEVER)
    unit = firms.unit[firm]
    columns = {
        "doc_name": join("准予", lookup(_CERTS, field), "决定书"),
        "doc_no": join("通市监许〔", _text(years_of(decided)), "〕", serials("", known, 7), "号"),
        "licence_category": same("1", size),
        "cert_name": lookup(_CERTS, field),
        "cert_no": serials("JY2205", known, 8),
        "content": join("许可从事", lookup(_CERTS, field), "所载经营项目"),
        "decided_on": dates(decided),
        "valid_from": dates(decided),
        "valid_to": dates(permits.valid_to[known]),
        "authority": authority_names(unit),
        "authority_uscc": authority_codes(unit),
        "status": lookup(("0", "2"), hit.astype(int)),
        "revoked_on": dates(gone),
        "field": lookup(FIELDS, np.where(known % 5 == 0, -1, field)),
    }
    base = numbered("licence", "XK", firm, decided, columns)
    return base.with_update(gone, ("revoked_on",)).with_columns()


def food_operators(world: World) -> Records:
    """A profile a food operator and field, made when licensed and graded anew each January since 2018."""
    firms, permits, rng = world.firms, world.permits, world.chance.of("food profiles")
    parts = []
    for at, field in enumerate(FIELDS[:4]):
        mine = permits.field == at
        firm, first = np.unique(permits.firm[mine], return_index=True)
        founded = np.maximum(permits.decided[mine][first], np.datetime64("2015-10-01"))
        base = _profile(world, rng, firm, field, at)
        parts.append(base.at(founded))
        for year in (2018, 2019, 2020):
            graded = np.datetime64(f"{year}-01-15")
            here = np.flatnonzero(
                (founded < graded)
                & ~(firms.ended[firm] < graded)
                & happens(rng, np.where(firms.is_individual[firm], 0.15, 0.9), len(firm))
            )
            parts.append(_graded(world, rng, base.take(here), graded))
    whole_feed = concat(tuple(parts))
    inside = np.flatnonzero(whole_feed.ready <= LAST)
    return whole_feed.take(inside)


def _profile(world: World, rng: np.random.Generator, firm: Ints, field: str, at: int) -> Records:
    firms, size = world.firms, len(firm)
    words, weights = _FORMATS[field]
    form = choice(rng, weights, size)
    area = np.exp(4.0 + 0.9 * firms.size[firm] + rng.normal(0, 0.5, size))
    goods = np.exp(5.0 + 0.8 * firms.size[firm] + rng.normal(0, 0.7, size)) * (field != "catering")
    record = at * firms.count + firm
    special = field == "special_food"
    health = (
        ("hc_material", ("ordinary", "food_medicine", "vitamin_mineral", "extract", "usable_fungi_probiotic")),
        ("hc_formula", ("single", "compound")),
        ("hc_function", ("other", "prone_to_adulteration")),
        ("hc_unsuitable", ("none", "children", "pregnant", "children_and_pregnant")),
        ("hc_storage", ("ambient", "cold")),
    )
    columns = {
        "field": same(field, size),
        "food_format": lookup(words, form),
        "category_codes": lookup(("粮食加工品", "糕点", "酒类", "饮料", "炒货及坚果制品"), np.where(field == "food_production", firm % 5, -1)),
        "area_m2": number(area, 1),
        "sku_pre_ambient": whole(goods), "sku_pre_chilled": whole(goods * 0.15), "sku_pre_frozen": whole(goods * 0.1),
        "sku_bulk_ambient": whole(goods * 0.12), "sku_bulk_chilled": whole(goods * 0.04), "sku_bulk_frozen": whole(goods * 0.03),
        "supplier_count": whole(np.sqrt(goods) * 2 + 3),
        "diners": whole(area * 0.5, mask=np.full(size, field != "catering")),
        "special_population": truth(np.isin(form, [3]) & (field == "catering")),
        "has_haccp": truth(happens(rng, 0.12 if field == "food_production" else 0.005, size)),
        "quality_award": truth(happens(rng, 0.01, size)),
        **{name: lookup(values, np.where(special, rng.integers(0, len(values), size), -1)) for name, values in health},
        "source_record_id": serials("SP", record, 8),
    }  # fmt: skip
    return Records("food_operator", firm, record, days("2016-01-01", np.zeros(size)), columns)


def _graded(world: World, rng: np.random.Generator, base: Records, graded: np.datetime64) -> Records:
    firm, size = base.firm, base.count
    static = np.clip(18 + 4 * world.firms.size[firm] + rng.normal(0, 3, size), 2, 40)
    dynamic = np.clip(12 + 8 * world.traits.risk[firm] + rng.normal(0, 6, size), 0, 60)
    grade = np.digitize(static + dynamic, [30, 45, 60])
    return base.at(np.full(size, graded)).with_columns(
        static_score=number(static, 2), dynamic_score=number(dynamic, 2), field_grade=lookup(("A", "B", "C", "D"), grade),
        graded_on=dates(np.full(size, graded)),
    )  # fmt: skip


def equipment(world: World) -> Records:
    """Units of special equipment: when taken into use, and after each inspection since 2017; some are overdue."""
    firms, rng = world.firms, world.chance.of("equipment")
    users = np.flatnonzero(firms.fields[:, FIELDS.index("special_equipment")])
    firm = np.repeat(users, 1 + rng.poisson(2.6 * np.exp(0.35 * firms.size[users])))
    size = len(firm)
    kind = choice(rng, _CLASS_WEIGHTS, size)
    in_use = np.maximum(firms.established[firm] + 60, days("2003-01-01", rng.integers(0, 6000, size)))
    keep = np.flatnonzero((in_use < np.datetime64("2020-07-01")) & ~(in_use > firms.ended[firm]))
    firm, kind, in_use, size = firm[keep], kind[keep], in_use[keep], len(keep)
    required = 1 + rng.poisson(0.6, size)
    slack = sigmoid(-2.6 + 0.9 * world.traits.risk[firm])
    columns = {
        "equipment_code": serials("31102205", np.arange(size), 8),
        "equipment_class": lookup(_CLASSES, kind),
        "use_cert_no": serials("SYDJ", np.arange(size), 8),
        "made_on": dates(plus(in_use, -rng.integers(60, 700, size))),
        "in_use_from": dates(in_use),
        "crowd_place": truth((kind == 0) & happens(rng, 0.45, size) | (kind == 5)),
        "key_monitored": truth(happens(rng, 0.12, size)),
        "operators_required": whole(required),
        "operators_certified": whole(np.maximum(required - rng.binomial(2, slack), 0)),
        "accident_count": whole(happens(rng, 0.002, size)),
    }
    base = numbered("special_equipment", "TS", firm, in_use, columns)
    return _inspected(world, base, in_use, slack, rng)


def _inspected(world: World, base: Records, in_use: Days, slack: Floats, rng: np.random.Generator) -> Records:
    """Versions of equipment: one a past inspection every second year, the next due a year or two later."""
    size = base.count
    status = same("in_use", size)
    first_due = plus(in_use, np.full(size, 365))
    parts = [base.with_columns(status=status, next_due_on=dates(first_due))]
    due = np.maximum(first_due, np.datetime64("2016-02-01") + rng.integers(0, 700, size))
    living = np.ones(size, dtype=bool)
    while living.any():
        late = happens(rng, slack, size)
        done = plus(due, np.where(late, rng.integers(20, 500, size), -rng.integers(0, 30, size)))
        living = living & (done <= LAST) & ~(done > world.firms.ended[base.firm]) & (done > in_use)
        here = np.flatnonzero(living)
        next_due = plus(done, np.full(size, 700))
        result = choice(rng, [90, 8, 2], size)
        state = np.where(happens(rng, 0.02, size), 1, 0)
        parts.append(base.take(here).at(done[here]).with_columns(
            status=lookup(("in_use", "stopped"), state[here]), last_inspected_on=dates(done[here]), next_due_on=dates(next_due[here]),
            inspect_result=lookup(("pass", "pass_after_fix", "fail"), result[here]),
        ))  # fmt: skip
        due = next_due
    return concat(tuple(parts))


def _text(values: Ints) -> pa.Array:
    return whole(values).cast(pa.string())
