"""The lives of cases in a rehearsal: most of what August brought is closed, sixty cases stay at every state.

What stays: reported, acting, verifying, accepted, assigned and waiting, some of them late, some extended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from models.rehearsal_people import DIVISION, Act, People, share
from pipeline.domain import Severity
from pipeline.errors import NotPermitted
from pipeline.reference import Reference
from pipeline.stores.operations.case_reads import CaseFilter, case_of, cases
from pipeline.stores.operations.case_rules import Case, State, Step, allowed_steps
from pipeline.stores.operations.casework import assign, take_step
from pipeline.stores.operations.store import Operations

EVERY_CASE = CaseFilter(open_only=False)

# Working days after the opening on which each step is taken at the earliest, and how many more it may take.
_WHEN = {
    Step.ASSIGN: (1, 1),
    Step.ACCEPT: (1, 1),
    Step.VERIFY: (2, 2),
    Step.DISPOSE: (4, 4),
    Step.FALSE_ALARM: (6, 5),
    Step.TRANSFER: (9, 5),
    Step.REPORT: (9, 5),
    Step.EXTEND: (11, 3),
    Step.CLOSE: (15, 8),
}
_LINE = (Step.ACCEPT, Step.VERIFY, Step.DISPOSE, Step.REPORT, Step.CLOSE)
CLOSED = _LINE
FALSE_ALARM = (*_LINE[:2], Step.FALSE_ALARM)
TRANSFERRED = (*_LINE[:3], Step.TRANSFER)
STAYING: tuple[tuple[tuple[Step, ...], int], ...] = (
    (_LINE[:4], 14),
    ((*_LINE[:3], Step.EXTEND), 9),
    (_LINE[:3], 7),
    ((*_LINE[:2], Step.EXTEND), 8),
    (_LINE[:2], 6),
    ((_LINE[0], Step.EXTEND), 4),
    (_LINE[:1], 4),
    ((Step.ASSIGN,), 4),
    ((), 4),
)
"""How far the sixty cases get that stay open, and how many of them."""
MOST_STAYING = 0.4
"""Of a small city's cases: no more than this part stays open."""
_FALSE_SHARE, _TRANSFER_SHARE = 0.04, 0.03

_FOUND = {
    "W02": "已核实列入事由，企业承诺补报并申请移出",
    "W04": "已核实列入情况，按规定实施联合惩戒告知",
    "W05": "已上门核查许可状态，要求限期办理延续",
    "W06": "已核实案件情况，约谈企业负责人",
    "W08": "已查看现场，督促落实整改措施",
    "W11": "已现场复查，责令限期完成整改",
    "W13": "已核实投诉举报内容，约谈企业负责人",
    "W17": "已会同相关科室分析原因，列入本月重点检查",
    "W18": "已联系供数单位，约定补报日期",
    "W19": "已核对检查记录口径，提请重新训练模型",
}
_DONE = {
    "W05": "企业已提交延续申请，窗口已受理",
    "W11": "整改已完成，复查合格，材料已归档",
    "W18": "缺报信息已补报，按时率恢复",
}
_WORDS = {
    Step.DISPOSE: ("经核查情况属实，转入处置", {}),
    Step.REPORT: ("处置措施已落实，情况说明已上传", _DONE),
    Step.CLOSE: ("反馈材料齐全，同意销号", {}),
    Step.FALSE_ALARM: ("经核实为信息更新滞后，企业已于预警前履行义务", {}),
    Step.TRANSFER: ("属其他部门职责，已出具移送函", {}),
    Step.EXTEND: ("企业负责人外出，补正材料尚需时日，同意延期", {}),
    Step.ASSIGN: ("请尽快签收并核查", {}),
}


@dataclass(frozen=True)
class _Life:
    """A case and the steps that it will take."""

    case_id: str
    rule: str
    level: int
    steps: tuple[Step, ...]


def case_acts(operations: Operations, people: People, calendar: Reference, opened_on: date, until: date) -> list[Act]:
    """Every step of every case that was opened on `opened_on`, before `until`; a step that is taken is not repeated."""
    acts: list[Act] = []
    for life in _lives(_opened(operations, people, opened_on)):
        for step in life.steps:
            earliest, spread = _WHEN[step]
            days = earliest + int((spread + 1) * share(step.name, life.case_id))
            if life.level == Severity.CRITICAL:
                days = (days + 1) // 2
            day = calendar.add_working_days(opened_on, days)
            minutes = timedelta(minutes=int(55 * share("minute", life.case_id)) + 75 * list(_WHEN).index(step) // 2)
            moment = datetime.combine(day, time(8, 40)) + minutes
            if moment.date() < until:
                acts.append((moment, _step(people, life, step)))
    return acts


def morning_acts(operations: Operations, people: People, day: date) -> list[Act]:
    """The early work on the cases opened on `day`: the division hands the graver ones out, the units accept some.

    Nothing where somebody has touched one of them already.
    """
    fresh = _opened(operations, people, day)
    if any(c["version"] > 1 for c in fresh):
        return []
    eight = datetime.combine(day, time(8, 30))
    graver = {c["case_id"]: c["version"] for c in fresh if c["level"] > Severity.MINOR and c["unit"]}
    acts: list[Act] = [(eight, _hand_out(people, graver))] if graver else []
    for case in fresh:
        chance = share("morning", case["case_id"])
        steps = (Step.ACCEPT, Step.VERIFY)[: (chance < 0.35) + (chance < 0.12)]
        life = _Life(case["case_id"], case["rule"], case["level"], steps)
        acts += [(eight + timedelta(minutes=10 + 7 * n), _step(people, life, step)) for n, step in enumerate(steps)]
    return acts


def _opened(operations: Operations, people: People, day: date) -> list[dict[Any, Any]]:
    found = cases(operations, people.of(DIVISION), EVERY_CASE)
    found = found[found["opened_on"] == day].sort_values("case_id")
    rows: list[dict[Any, Any]] = found[["case_id", "rule", "level", "unit", "version"]].to_dict("records")
    return rows


def _lives(found: Iterable[Mapping[Any, Any]]) -> list[_Life]:
    """A life for each case. Only minor cases are extended: time given again to the graver ones would be over by now."""
    order = sorted(found, key=lambda c: share("life", c["case_id"]))
    given = {case["case_id"]: _end_of(case["case_id"]) for case in order}
    rounds = [steps for n in range(max(count for _, count in STAYING)) for steps, count in STAYING if n < count]
    free = [*order]
    for steps in rounds[: int(len(order) * MOST_STAYING)]:
        case = next((c for c in free if Step.EXTEND not in steps or c["level"] == Severity.MINOR), None)
        if case is not None:
            given[case["case_id"]] = steps
            free.remove(case)
    return [_Life(c["case_id"], c["rule"], c["level"], given[c["case_id"]]) for c in order]


def _end_of(case_id: str) -> tuple[Step, ...]:
    chance = share("end", case_id)
    if chance < _FALSE_SHARE:
        return FALSE_ALARM
    return TRANSFERRED if chance < _FALSE_SHARE + _TRANSFER_SHARE else CLOSED


def _step(people: People, life: _Life, step: Step) -> Callable[[Operations], None]:
    """Take the step as whoever may take it now; nothing where it can't be taken (any more)."""

    def act(operations: Operations) -> None:
        case = case_of(operations, people.of(DIVISION), life.case_id)
        if step is Step.ASSIGN:
            _to_a_person(operations, people, case)
            return
        for actor in (people.of(case.handling_unit), people.of(DIVISION)):
            if any(t.step is step for t in allowed_steps(actor, case)):
                break
        else:
            return
        words, by_rule = _WORDS.get(step, ("", {}))
        take_step(
            operations,
            actor,
            case.case_id,
            step,
            version=case.version,
            note=_FOUND.get(life.rule, words) if step is Step.DISPOSE else by_rule.get(life.rule, words),
            attachment="核查记录.pdf" if step is Step.FALSE_ALARM else "",
            until=case.dispose_due + (case.dispose_due - case.opened_on) if step is Step.EXTEND else None,
        )

    return act


def _to_a_person(operations: Operations, people: People, case: Case) -> None:
    """The division gives a case that nobody has accepted to the unit's own account."""
    if case.state is State.WAITING and case.assigned_to is None:
        to = people.of(case.handling_unit).user
        assign(operations, people.of(DIVISION), {case.case_id: case.version}, to=to, note=_WORDS[Step.ASSIGN][0])


def _hand_out(people: People, versions: Mapping[str, int]) -> Callable[[Operations], None]:
    def act(operations: Operations) -> None:
        try:
            assign(operations, people.of(DIVISION), versions, own_unit=True, note=_WORDS[Step.ASSIGN][0])
        except NotPermitted:  # a case of no unit any more
            return

    return act
