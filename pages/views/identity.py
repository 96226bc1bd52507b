"""Who a firm is and how it stands: the head of its archive, graded or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from models.policy.grade_policy import Effect, GradePolicy, Rule
from pages.views.fields import shown
from pages.views.policies import Band, bands, cuts
from pages.views.rows import named
from pages.views.said import masked, money
from pipeline.domain import Text
from pipeline.indicators.population import INDIVIDUAL_BUSINESS
from pipeline.reference import Reference
from pipeline.settings import City
from pipeline.stores.reader import ScopedReader

GONE = ("3", "4", "5", "6")
_BLANK = "NULL AS as_of, " + ", ".join(
    f"NULL AS {c}"
    for c in (
        "entity_name",
        "status",
        "entity_type",
        "unit",
        "street",
        "industry_section",
        "industry_code",
        "established_on",
    )
)
"""Columns of a firm of which only records are left."""
_REGISTER = (
    "SELECT status, reg_no, legal_rep, reg_capital_wan, currency, address, reg_authority FROM ent_registration"
    " WHERE uscc = ?{} LIMIT 1"
)
NO_GRADE_INDIVIDUAL = Text(
    "个体工商户不参加 A–E 分级（方案以企业为对象），按其许可、设备和记录监管。",
    "Individual businesses are not graded A–E (the plan is about enterprises): they are supervised by licence and record.",
)
NO_GRADE_GONE = Text(
    "已不在册（{status}{day}），按 RL-13 不再分级；以下为已归集的记录。",
    "No longer on the register ({status}{day}): not graded (RL-13); below are the records gathered.",
)
NO_GRADE_OTHER = Text(
    "登记状态为“{status}”，不在分级范围内。", "Its registration status is “{status}”: outside of what is graded."
)
NO_GRADE_YET = Text("本期尚无等级。", "No grade in this run.")


@dataclass(frozen=True)
class Clause:
    """A rule of the grade policy that fired, or that the feeds could not answer."""

    id: str = field(metadata=shown("编号", "Id", "规则编号", "Id of the rule"))
    title: Text = field(metadata=shown("情形", "Condition", "规则的情形", "Its condition"))
    effect: Text = field(metadata=shown("作用", "Effect", "规则的作用", "What it does"))
    basis: tuple[Text, ...] = field(metadata=shown("依据", "Basis", "所依据的条款", "The clauses it rests on"))
    confirmed: bool = field(metadata=shown("已确认", "Confirmed", "未确认的标为待确认", "Else shown as 待确认"))
    decided: bool = field(metadata=shown("决定等级", "Decided", "最终等级由它决定", "Whether it decided the grade"))
    note: Text | None = field(metadata=shown("说明", "Note", "规则看不到的情况", "What the rule can't see"))
    indicators: tuple[str, ...] = field(metadata=shown("指标", "Indicators", "所用指标", "The indicators it reads"))


@dataclass(frozen=True)
class Identity:
    """A firm as the head of its archive shows it."""

    uscc: str = field(metadata=shown("统一社会信用代码", "Credit code", "档案的主键", "Key of the archive"))
    name: str = field(metadata=shown("名称", "Name", "登记的现用名称", "Its present name"))
    status: Text = field(metadata=shown("登记状态", "Status", "登记机关的状态", "Status on the register"))
    is_active: bool = field(metadata=shown("存续", "Active", "登记状态为存续", "Whether it is in business"))
    flags: tuple[Text, ...] = field(metadata=shown("标记", "Flags", "数据不足、新设等", "Thin data, new and the like"))
    facts: tuple[tuple[Text, Text], ...] = field(metadata=shown("登记事项", "Facts", "名称与内容", "Label and value"))
    grade: str | None = field(metadata=shown("等级", "Grade", "信用风险等级", "Credit-risk grade"))
    model_grade: str | None = field(
        metadata=shown("评分等级", "Grade by score", "评分对应的等级", "Grade of the score")
    )
    score: float | None = field(metadata=shown("评分", "Score", "信用分", "Credit score"))
    score_kind: str | None = field(metadata=shown("评分方式", "Kind", "专家或学习", "Expert or learned"))
    previous_grade: str | None = field(metadata=shown("上期等级", "Last grade", "上一期同类评分", "Of the run before"))
    national_grade: str | None = field(
        metadata=shown("国家平台等级", "National grade", "“互联网+监管”系统", "Of the national system")
    )
    why_none: Text | None = field(metadata=shown("未分级原因", "Why none", "没有等级的原因", "Why there is no grade"))
    scale: tuple[Band, ...] = field(metadata=shown("分级线", "Scale", "各级的分数段", "Grades on the scale of scores"))
    next_better: tuple[str, float] | None = field(
        metadata=shown("距上一级", "To the next", "升一级还差的分", "Points to the next better grade")
    )
    clauses: tuple[Clause, ...] = field(metadata=shown("红线与上限", "Rules", "触发的规则", "The rules that fired"))
    unavailable: tuple[Clause, ...] = field(
        metadata=shown("无法判断", "Unavailable", "数据未送达，无法判断的规则", "Rules that the feeds can't answer")
    )
    data_share: float | None = field(
        metadata=shown("有数据的指标", "With data", "所需信息已送达的指标占比", "Indicators whose feeds were delivered")
    )
    section: str | None = field(metadata=shown("门类", "Section", "行业门类代码", "Section of GB/T 4754"))
    is_known: bool = field(metadata=shown("在册", "On register", "本期在册", "Whether it is in this run"))


def firm_row(read: ScopedReader, uscc: str) -> SimpleNamespace | None:
    """The firm's row of the newest run; one that is gone by its last row of an earlier run; None: nothing to show."""
    found = named(read, "SELECT * FROM enterprise WHERE uscc = ?", [uscc])
    if found:
        found[0].is_known = True
        return found[0]
    earlier = named(read, "SELECT * FROM population WHERE uscc = ? ORDER BY as_of DESC LIMIT 1", [uscc])
    gone = earlier or named(read, f"SELECT uscc, {_BLANK} FROM record WHERE uscc = ? LIMIT 1", [uscc])
    if gone:
        gone[0].is_known = False
        return gone[0]
    return None


def identity(
    read: ScopedReader,
    firm: SimpleNamespace,
    policy: GradePolicy,
    city: City,
    reference: Reference,
    place: tuple[int, int] | None = None,
) -> Identity:
    """The head of the archive of the firm in `firm` (firm_row); `place`: its row of the register, if known."""
    at = firm.__dict__.get
    register = _register(read, firm, place)
    grade, score, kind = at("grade"), at("credit_score"), at("score_kind")
    status = register.get("status") or firm.status
    labels = reference.codes("entity_status")
    status_text = _status(labels.get(status, Text(status or "—", status or "—")))
    moved_by, rules = at("moved_by"), at("rules") or []
    return Identity(
        uscc=firm.uscc,
        name=firm.entity_name or firm.uscc,
        status=status_text if firm.is_known else Text("已不在册", "Off the register"),
        is_active=status == "1" and firm.is_known,
        flags=_flags(policy, at("flags") or []),
        facts=_facts(firm, register, city, reference),
        grade=grade,
        model_grade=at("model_grade"),
        score=score,
        score_kind=kind,
        previous_grade=at("previous_grade"),
        national_grade=at("national_grade"),
        why_none=None if grade else _why_none(firm, status, status_text),
        scale=bands(policy, kind, [score] if score is not None else []) if kind else (),
        next_better=_next_better(policy, kind, score, at("model_grade")),
        clauses=tuple(_clause(r, reference, moved_by) for r in policy.rules if r.id in rules),
        unavailable=tuple(_clause(r, reference, None) for r in policy.rules if r.id in (at("unavailable") or [])),
        data_share=at("data_share"),
        section=firm.industry_section,
        is_known=firm.is_known,
    )


def _register(read: ScopedReader, firm: SimpleNamespace, place: tuple[int, int] | None) -> dict[str, Any]:
    """What the register says beyond the list's columns; empty for an entity that is gone.

    `place`: delivery and row of the newest version, where the time line knows it: found without reading every row.
    """
    found = named(read, _REGISTER.format(" AND delivery_no = ? AND row_no = ?"), [firm.uscc, *place]) if place else []
    found = found or named(read, _REGISTER.format(""), [firm.uscc])
    return dict(vars(found[0])) if found else {}


def _status(label: Text) -> Text:
    """The label of a status without the synonyms in brackets."""
    return Text(label.zh.partition("(")[0], label.en)


def _flags(policy: GradePolicy, flags: list[str]) -> tuple[Text, ...]:
    words = {r.flag.zh: r.flag for r in policy.rules if r.flag}
    return tuple(dict.fromkeys(words.get(f, Text(f, f)) for f in flags))


def _facts(
    firm: SimpleNamespace, register: dict[str, Any], city: City, reference: Reference
) -> tuple[tuple[Text, Text], ...]:
    kinds = reference.codes("entity_type")
    units = {u.code: u.name for u in city.units}
    division = (firm.industry_code or "")[:2]
    trade = reference.industries.get(division) or reference.industries.get(firm.industry_section or "")
    street = reference.streets.get(firm.street or "")
    capital = money(register.get("reg_capital_wan")) if (register.get("currency") or "CNY") in ("CNY", "156") else None
    former = ", ".join(firm.__dict__.get("former_names") or [])
    kind = kinds.get(firm.entity_type or "")
    found = (
        (Text("统一社会信用代码", "Credit code"), _same(firm.uscc)),
        (Text("成立", "Established"), _same(firm.established_on)),
        (Text("注册资本", "Capital"), capital),
        (
            Text("行业", "Trade"),
            _joined(trade, f"（{firm.industry_code or firm.industry_section}）") if trade else None,
        ),
        (Text("类型", "Type"), Text(kind.zh.partition("(")[0], kind.en.partition(" (")[0]) if kind else None),
        (Text("管辖单位", "Unit"), units.get(firm.unit or "")),
        (Text("法定代表人", "Legal representative"), _same(masked(register.get("legal_rep")))),
        (Text("住所", "Address"), _same(register.get("address") or (street.name if street else None))),
        (Text("登记机关", "Registered by"), _same(register.get("reg_authority"))),
        (Text("注册号", "Reg. no."), _same(register.get("reg_no")) if firm.uscc.startswith("R") else None),
        (Text("曾用名", "Former names"), _same(former)),
    )
    return tuple((label, value) for label, value in found if value is not None)


def _same(value: object) -> Text | None:
    return Text(str(value), str(value)) if value not in (None, "") else None


def _joined(text: Text, more: str) -> Text:
    return Text(text.zh + more, f"{text.en} {more.replace('（', '(').replace('）', ')')}")


def _next_better(
    policy: GradePolicy, kind: str | None, score: float | None, grade: str | None
) -> tuple[str, float] | None:
    if kind is None or score is None or grade is None or grade == "A":
        return None
    better = chr(ord(grade) - 1)
    return better, cuts(policy, kind)[better] - score


def _clause(rule: Rule, reference: Reference, moved_by: str | None) -> Clause:
    bases = [reference.legal_bases[code] for code in rule.legal_basis if code in reference.legal_bases]
    effects = {
        Effect.START: Text(f"从 {rule.grade} 级起评", f"starts at {rule.grade}"),
        Effect.AT_BEST: Text(f"最高 {rule.grade} 级", f"{rule.grade} at best"),
        Effect.SET: Text(f"直接 {rule.grade} 级", f"{rule.grade} at once"),
        Effect.NOT_GRADED: Text("不评级", "not graded"),
    }
    return Clause(
        id=rule.id,
        title=rule.title,
        effect=effects[rule.effect],
        basis=tuple(Text(b.clause, b.clause) for b in bases),
        confirmed=rule.confirmed,
        decided=rule.id == moved_by,
        note=rule.note,
        indicators=tuple(t.name for t in rule.tests if t.name not in ("status", "data_share")),
    )


def _why_none(firm: SimpleNamespace, status: str | None, label: Text) -> Text:
    if not firm.is_known or status in GONE:
        seen: date | None = firm.as_of if not firm.is_known else None
        day = seen - timedelta(days=1) if seen else None
        last = Text(f"，{day} 后", f", after {day}") if day else Text("", "")
        said = Text("注销或迁出", "deregistered or moved away") if not firm.is_known else label
        return Text(
            NO_GRADE_GONE.zh.format(status=said.zh, day=last.zh), NO_GRADE_GONE.en.format(status=said.en, day=last.en)
        )
    if firm.entity_type == INDIVIDUAL_BUSINESS or (firm.entity_type is None and firm.uscc.startswith("92")):
        return NO_GRADE_INDIVIDUAL
    if status != "1":
        return Text(NO_GRADE_OTHER.zh.format(status=label.zh), NO_GRADE_OTHER.en.format(status=label.en))
    return NO_GRADE_YET
