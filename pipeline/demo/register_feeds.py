"""Records of the register: entities and their changes, persons, cancellations."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.demo.chance import choice, happens
from pipeline.demo.clock import LAST, NEVER, Days, Ints, plus
from pipeline.demo.codes import serials, text_of
from pipeline.demo.names import join, lookup
from pipeline.demo.papers import KEPT_CAPITAL, Papers
from pipeline.demo.population import ALL_INDUSTRIES, COOPERATIVE, DIVISIONS, INDIVIDUAL, TYPES, UNITS
from pipeline.demo.records import Records, concat, dates, number, numbered, same, truth, whole
from pipeline.demo.state import World

_OFFICES = ("直属分局", "东昌分局", "二道江分局", "通化县局", "辉南县局", "柳河县局", "梅河口市局", "集安市局")
_ECONOMIC = ("150", "170", "150", "150", "110", "160", "150", "170", "170", "170", "110", "120", "300", "190", "175")
_SIMPLE_OBJECTED = 0.05
_THIRTY_YEARS = 10957


def registration(world: World, papers: Papers) -> Records:
    """Every version of every entity: as founded, and after each change."""
    firms = world.firms
    coded_late = np.where(firms.coded_on > firms.established, firms.coded_on, NEVER)
    changed = (firms.renamed_on, papers.moved_on, papers.new_rep_on, papers.capital_cut_on, coded_late)
    firm, day = _versions(world, (firms.established, *changed, firms.ended))
    columns = {
        **_standing(world, firm, day),
        **_on_paper(papers, firm, day),
        "source_record_id": serials("DJ", firm, 8),
    }
    return Records("ent_registration", firm, firm, day, columns)


def _standing(world: World, firm: Ints, day: Days) -> dict[str, pa.Array]:
    """Columns that follow from the firm itself, as they are on a day."""
    firms = world.firms
    ended = firms.ended[firm] <= day
    founded = firms.established[firm]
    section, code, scope = (
        lookup(tuple(values), firms.industry[firm])
        for values in zip(*((s, i.code, i.scope) for s, i in ALL_INDUSTRIES), strict=True)
    )
    return {
        "status": whole(np.where(ended, firms.ended_as[firm], 1)).cast(pa.string()),
        "entity_type": lookup(TYPES, firms.kind[firm]),
        "economic_type": lookup(_ECONOMIC, firms.kind[firm]),
        "established_on": dates(founded),
        "approved_on": dates(day),
        "cancelled_on": dates(np.where(ended, firms.ended[firm], NEVER)),
        "industry_section": section,
        "industry_code": code,
        "business_scope": join("一般项目:", scope, "及相关服务"),
        "term_from": dates(founded),
        "term_to": dates(np.where(firm % 3 == 0, plus(founded, _THIRTY_YEARS), NEVER)),
        "is_micro": truth(firms.size[firm] < 1.2),
    }


def _on_paper(papers: Papers, firm: Ints, day: Days) -> dict[str, pa.Array]:
    """Columns that the papers say, as they are on a day."""
    moved, new_rep, cut = (at[firm] <= day for at in (papers.moved_on, papers.new_rep_on, papers.capital_cut_on))
    unit = np.where(moved, papers.unit_later[firm], papers.unit[firm])
    capital = papers.capital[firm] * np.where(cut, KEPT_CAPITAL, 1.0)
    address = _either(moved, papers.address_later, papers.address, firm)
    return {
        "legal_rep": _either(new_rep, papers.rep_later, papers.rep, firm),
        "legal_rep_pid": _either(new_rep, papers.rep_pid_later, papers.rep_pid, firm),
        "reg_capital_wan": number(capital),
        "currency": same("CNY", len(firm)),
        "paid_capital_wan": number(capital * papers.paid_share[firm], 2),
        "address": address,
        "division": lookup(DIVISIONS, unit),
        "street": _either(moved, papers.street_later, papers.street, firm),
        "prod_address": address,
        "reg_authority": join("通化市市场监督管理局", lookup(_OFFICES, unit)),
        "jurisdiction_unit": lookup(UNITS, unit),
    }


def _versions(world: World, moments: tuple[Days, ...]) -> tuple[Ints, Days]:
    """(firm, day) of every version; nothing happens before a firm's founding, after its end, or after LAST."""
    firms = world.firms
    pairs = []
    for moment in moments:
        firm = np.flatnonzero((moment >= firms.established) & (moment <= LAST) & ~(moment > firms.ended))
        pairs.append((firm, moment[firm]))
    firm, day = np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])
    _, first = np.unique(np.stack([firm, day.astype("int64")]), axis=1, return_index=True)
    return firm[first], day[first]


def _either(mask: np.ndarray, yes: pa.Array, no: pa.Array, firm: Ints) -> pa.Array:
    at = pa.array(firm)
    return pc.if_else(pa.array(mask), yes.take(at), no.take(at))


def changes(world: World, papers: Papers) -> Records:
    """What was changed, with the values before and after where the register keeps them."""
    firms, rng = world.firms, world.chance.of("changes")
    coded_late = np.where(firms.coded_on > firms.established, firms.coded_on, NEVER)
    codes, numbers = text_of(firms.uscc), text_of(firms.reg_no)
    capital = papers.capital
    known: tuple[tuple[str, Days, pa.Array, pa.Array], ...] = (
        ("name", firms.renamed_on, firms.name, firms.named_later),
        ("address", papers.moved_on, papers.address, papers.address_later),
        ("legal_rep", papers.new_rep_on, papers.rep, papers.rep_later),
        ("capital", papers.capital_cut_on, *(pc.cast(whole(capital * f), pa.string()) for f in (1.0, KEPT_CAPITAL))),
        ("other", coded_late, numbers, codes),
    )
    parts = []
    for seq, (item, moment, before, after) in enumerate(known, 1):
        firm = np.flatnonzero((moment >= firms.established) & (moment <= LAST) & ~(moment > firms.ended))
        at = pa.array(firm)
        parts.append(_change(world, firm, moment[firm], item, seq, before.take(at), after.take(at)))
    for seq, (item, share) in enumerate((("scope", 0.12), ("shareholder", 0.06), ("term", 0.02)), 6):
        moment = np.where(
            happens(rng, share, firms.count), np.datetime64("2014-06-01") + rng.integers(0, 2310, firms.count), NEVER
        )
        firm = np.flatnonzero((moment >= firms.established) & ~(moment > firms.ended) & ~firms.is_individual)
        nothing = pa.nulls(len(firm), pa.string())
        parts.append(_change(world, firm, moment[firm], item, seq, nothing, nothing))
    return concat(tuple(parts))


def _change(world: World, firm: Ints, day: Days, item: str, seq: int, before: pa.Array, after: pa.Array) -> Records:
    record = seq * world.firms.count + firm
    columns = {
        "change_seq": whole(np.full(len(firm), seq)), "change_item": same(item, len(firm)), "before_value": before,
        "after_value": after, "changed_on": dates(day), "source_record_id": serials("BG", record, 8),
    }  # fmt: skip
    return Records("ent_change", firm, record, day, columns)


def persons(world: World, papers: Papers) -> Records:
    """Legal representatives, old and new, and supervisors."""
    firms, rng = world.firms, world.chance.of("persons")
    changed = np.where(
        (papers.new_rep_on > firms.established) & ~(papers.new_rep_on > firms.ended), papers.new_rep_on, NEVER
    )
    enterprise = np.flatnonzero(~firms.is_individual)
    second = np.flatnonzero(~np.isnat(changed))
    limited = np.flatnonzero(~np.isin(firms.kind, [INDIVIDUAL, COOPERATIVE]) & happens(rng, 0.10, firms.count))
    supervisor = rng.permutation(limited)
    parts = []
    for role, (firm, source, position, start, name, pid) in enumerate((
        (enterprise, enterprise, "法定代表人", firms.established, papers.rep, papers.rep_pid),
        (second, second, "法定代表人", changed, papers.rep_later, papers.rep_pid_later),
        (limited, supervisor, "监事", firms.established, papers.rep_later, papers.rep_pid_later),
    )):  # fmt: skip
        end = changed[firm] if role == 0 else np.full(len(firm), NEVER)
        record = role * firms.count + firm
        people = pa.array(source)
        base = Records(
            "ent_person", firm, record, start[firm],
            {
                "person_pid": pid.take(people), "person_name": name.take(people), "position": same(position, len(firm)),
                "from_date": dates(start[firm]), "to_date": dates(end), "source_record_id": serials("RY", record, 8),
            },
        )  # fmt: skip
        parts.append(base.with_update(end, ("to_date",)))
    return concat(tuple(parts))


def cancellations(world: World) -> Records:
    """Notices before an end, some with objections, and a few of firms that stay."""
    firms, rng = world.firms, world.chance.of("cancellations")
    leaving = np.flatnonzero((firms.ended_as == 4) & ~firms.is_individual & (firms.ended > firms.established + 60))
    staying = np.flatnonzero(
        firms.is_graded & happens(rng, 0.006, firms.count) & (firms.established < np.datetime64("2019-06-01"))
    )
    firm = np.concatenate([leaving, staying])
    stays = np.arange(len(firm)) >= len(leaving)
    start = np.where(
        stays,
        np.datetime64("2019-01-01") + rng.integers(0, 650, len(firm)),
        plus(firms.ended[firm], -rng.integers(46, 60, len(firm))),
    )
    simple = happens(rng, 0.6, len(firm)) | stays
    end = plus(start, np.where(simple, 45, 45))
    objected = simple & happens(rng, np.where(stays, 0.6, _SIMPLE_OBJECTED), len(firm))
    result = np.select([objected, stays], [1, 2], 0)
    base = numbered(
        "cancellation", "ZX", firm, start,
        {
            "notice_no": serials("GGZX", np.arange(len(firm)), 7), "kind": lookup(("general", "simplified"), simple.astype(int)),
            "notice_from": dates(start), "notice_to": dates(end),
            "objection_count": whole(np.where(objected, choice(rng, [6, 3, 1], len(firm)) + 1, 0)),
            "result": lookup(("passed", "objected", "withdrawn"), result),
        },
    )  # fmt: skip
    return base.with_update(np.where(end <= LAST, plus(end, np.ones(len(firm))), NEVER), ("result",))
