"""How suppliers name the firms of their records: rightly, by an old number, by name alone, wrongly, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.demo.chance import choice
from pipeline.demo.clock import Bools, Days, Ints
from pipeline.demo.codes import make_uscc, spoil_check, text_of
from pipeline.demo.names import draw_trade, join, lookup, persons, spell_trade
from pipeline.demo.rates import Naming
from pipeline.demo.records import Records
from pipeline.demo.state import World

_GOOD, _REG_NO, _ORGANISATION, _NAME, _WIDE, _WRONG_CHECK, _MANGLED, _OUTSIDE, _PERSON = range(9)
_STRANGERS = 400
_LEGAL_FORM = "(股份有限公司|有限责任公司|有限公司|农民专业合作社)$"


@dataclass(frozen=True)
class Identity:
    """Columns that name the firms of some records, and the true owners (null: nobody, or a natural person)."""

    columns: dict[str, pa.Array]
    owner: pa.Array


@dataclass(frozen=True)
class Registry:
    """Every text by which a firm can be named, by position; `strange_…` are firms of other cities."""

    code: pa.Array
    wrong_code: pa.Array
    organisation: pa.Array
    reg_no: pa.Array
    name: pa.Array
    named_later: pa.Array
    key: pa.Array
    strange_code: pa.Array
    strange_name: pa.Array
    person: pa.Array

    @staticmethod
    def of(world: World) -> Registry:
        """The texts of a world's firms."""
        firms, rng = world.firms, world.chance.of("registry")
        code, reg_no = text_of(firms.uscc), text_of(firms.reg_no)
        strange = make_uscc(
            rng, np.ones(_STRANGERS, dtype=int), np.full(_STRANGERS, 220100), np.ones(_STRANGERS, dtype=bool)
        )
        return Registry(
            code=code,
            wrong_code=text_of(spoil_check(firms.uscc, rng)),
            organisation=text_of(firms.uscc[:, 8:17]),
            reg_no=pc.if_else(pa.array(firms.has_reg_no), reg_no, pa.scalar(None, pa.string())),
            name=firms.name,
            named_later=firms.named_later,
            key=pc.if_else(pa.array(np.isnat(firms.coded_on)), join("R", reg_no), code),
            strange_code=text_of(strange),
            strange_name=join("长春市", spell_trade(draw_trade(rng, _STRANGERS)), "商贸有限公司"),
            person=persons(rng, 5000),
        )

    def identify(
        self, world: World, records: Records, naming: Naming, rng: np.random.Generator, *, counterparty: bool
    ) -> Identity:
        """Name the firms of records; the versions of one record are named alike.

        `counterparty`: the layout of licences and penalties, with cp_name, cp_type and cp_code_2 to 6.
        """
        firm, firms = records.firm, world.firms
        mode, luck = _modes(records, naming, rng)
        coded, numbered = firms.coded_on[firm] <= records.ready, firms.has_reg_no[firm]
        mode = np.where((mode == _ORGANISATION) & (not counterparty), _REG_NO, mode)
        mode = np.where(~coded & np.isin(mode, [_GOOD, _ORGANISATION, _WRONG_CHECK]), _REG_NO, mode)
        mode = np.where(((mode == _REG_NO) & ~numbered) | ((mode == _PERSON) & (not counterparty)), _NAME, mode)
        former = np.isin(mode, [_NAME, _WIDE]) & (luck < naming.former)
        name = self._names(firms.renamed_on[firm], records.ready, firm, mode, former, luck)
        stranger = _some(luck, _STRANGERS)
        codes = {
            _GOOD: (self.code, firm),
            _WRONG_CHECK: (self.wrong_code, firm),
            _OUTSIDE: (self.strange_code, stranger),
        }
        code, reg_no = _pick(mode, codes), _pick(mode, {_REG_NO: (self.reg_no, firm)})
        named = {m: (self.key, firm) for m in range(_PERSON) if m != _OUTSIDE}
        owner = _pick(mode, {**named, _OUTSIDE: (self.strange_code, stranger)})
        if not counterparty:
            return Identity({"uscc": code, "entity_name": name, "reg_no": reg_no}, owner)
        kind = np.where(mode == _PERSON, 2, np.where(firms.is_individual[firm], 1, 0))
        columns = {
            "cp_name": name,
            "cp_type": lookup(("1", "2", "3"), kind),
            "uscc": code,
            "cp_code_2": reg_no,
            "cp_code_3": _pick(mode, {_ORGANISATION: (self.organisation, firm)}),
        }
        return Identity(columns, owner)

    def of_register(self, world: World, records: Records) -> Identity:
        """The register's own rows: the name of the day, the code once there is one, the old number."""
        firm, firms = records.firm, world.firms
        named = _name_on(self, firms.renamed_on[firm], records.ready, firm)
        coded = pa.array(firms.coded_on[firm] <= records.ready)
        code = pc.if_else(coded, self.code.take(pa.array(firm)), pa.scalar(None, pa.string()))
        return Identity(
            {"uscc": code, "entity_name": named, "reg_no": self.reg_no.take(pa.array(firm))},
            self.key.take(pa.array(firm)),
        )

    def _names(self, renamed: Days, ready: Days, firm: Ints, mode: Ints, former: Bools, luck: np.ndarray) -> pa.Array:
        when = np.where(former, np.datetime64("1990-01-01"), ready)
        exact = _name_on(self, renamed, when, firm)
        wide = pc.replace_substring(pc.replace_substring(exact, "(", "（"), ")", "）")
        wide = pc.if_else(
            pc.equal(wide, exact), pc.replace_substring_regex(exact, r"^([^市县区]+[市县区])(.*)$", r"\1　\2"), wide
        )
        mangled = pc.replace_substring_regex(pc.utf8_slice_codeunits(exact, 3), _LEGAL_FORM, "")
        name = pc.if_else(pa.array(mode == _WIDE), wide, pc.if_else(pa.array(mode == _MANGLED), mangled, exact))
        name = pc.if_else(pa.array(mode == _OUTSIDE), self.strange_name.take(pa.array(_some(luck, _STRANGERS))), name)
        return pc.if_else(pa.array(mode == _PERSON), self.person.take(pa.array(_some(luck, 5000))), name)


def _modes(records: Records, naming: Naming, rng: np.random.Generator) -> tuple[Ints, np.ndarray]:
    found, at = np.unique(records.record, return_inverse=True)
    shares = (
        naming.reg_no,
        naming.organisation,
        naming.name,
        naming.wide,
        naming.wrong_check,
        naming.mangled,
        naming.outside,
        naming.person,
    )
    mode = choice(rng, [1 - sum(shares), *shares], len(found))
    return mode[at], rng.random(len(found))[at]


def _name_on(registry: Registry, renamed: Days, day: Days, firm: Ints) -> pa.Array:
    at = pa.array(firm)
    return pc.if_else(pa.array(renamed <= day), registry.named_later.take(at), registry.name.take(at))


def _pick(mode: Ints, sources: dict[int, tuple[pa.Array, Ints]]) -> pa.Array:
    result = pa.nulls(len(mode), pa.string())
    for wanted, (texts, index) in sources.items():
        result = pc.if_else(pa.array(mode == wanted), texts.take(pa.array(index)), result)
    return result


def _some(luck: np.ndarray, size: int) -> Ints:
    return np.asarray(np.floor(luck * size), dtype=np.int64)
