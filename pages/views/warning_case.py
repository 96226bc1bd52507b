"""One warning as its drawer shows it: what it is about, where it stands, what was done, what may be done next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from models.policy.warning_policy import warning_policies
from models.policy.warning_rules import RULES, sentence
from pages.views.fields import shown
from pages.views.grades import SECTORS
from pages.views.warning_counts import level_words
from pages.views.warnings import NO_UNIT, NOBODY, Source, deadline_words, subject_of
from pipeline.domain import Text
from pipeline.stores.access import Role
from pipeline.stores.operations.case_reads import case_of, names_of, people_of, steps_of, triggers
from pipeline.stores.operations.case_rules import FINAL, Case, State, Step, Transition, allowed_steps

COURSE = (State.WAITING, State.ACCEPTED, State.VERIFYING, State.DISPOSING, State.REPORTED, State.CLOSED)
"""The usual way of a case, as the bar shows it."""
UNKNOWN = Text("—", "—")


@dataclass(frozen=True)
class StepLine:
    """One step that was taken."""

    title: Text = field(metadata=shown("步骤", "Step", "办理步骤", "What was done"))
    user: str = field(metadata=shown("办理人", "Who", "办理人账户", "Account of who did it"))
    at: str = field(metadata=shown("时间", "When", "业务时间", "Business time"))
    note: str = field(metadata=shown("说明", "Note", "处置记录", "What was written"))
    attachment: str = field(metadata=shown("证据", "Evidence", "证据材料名称", "Name of the evidence"))


@dataclass(frozen=True)
class CaseView:
    """Everything the drawer shows."""

    case: Case = field(metadata=shown("预警", "Case", "办理状态", "As it stands"))
    level_words: Text = field(metadata=shown("级别", "Level", "一般、较大或重大", "Minor, major or critical"))
    title: Text = field(metadata=shown("类型", "Kind", "预警规则", "The rule"))
    subject: Text = field(metadata=shown("对象", "Subject", "企业、行业或来源单位", "Firm, trade or source"))
    grade: str | None = field(metadata=shown("信用等级", "Grade", "本批次等级", "Grade of this build"))
    said: Text = field(metadata=shown("触发情形", "Trigger", "何以预警", "What triggered it"))
    unit: Text = field(metadata=shown("县区", "Unit", "管辖单位", "Unit of the firm"))
    facts: tuple[tuple[Text, Text], ...] = field(metadata=shown("要素", "Facts", "办理要素", "What to know"))
    course: tuple[tuple[Text, str], ...] = field(
        metadata=shown("步骤条", "Course", "done、now 或空", "done, now or nothing")
    )
    history: tuple[StepLine, ...] = field(metadata=shown("办理记录", "History", "已办步骤", "What was done"))
    allowed: tuple[Transition, ...] = field(
        metadata=shown("可办步骤", "Next steps", "您现在可以办理的", "What you may do now")
    )
    people: tuple[tuple[str, str], ...] = field(
        metadata=shown("可指派人员", "People", "账户与姓名", "Account and name")
    )
    escalation: Text | None = field(metadata=shown("上报", "Escalation", "上报去向", "Who hears of it"))
    has_ended: bool = field(metadata=shown("情形已消失", "Condition ended", "本批次已不存在", "It no longer holds"))


def case_view(source: Source, case_id: str) -> CaseView:
    """The drawer of a case; raises NotPermitted alike for one that is not there and one of somebody else."""
    operations, actor = source.operations, source.actor
    case = case_of(operations, actor, case_id, firms=source.firms)
    found = (
        source.read.rows("SELECT grade, industry_section FROM enterprise WHERE uscc = ?", [case.uscc])
        if case.uscc
        else []
    )
    grade, section = found[0] if found else (None, None)
    names = {u.code: u.name for u in operations.settings.city.units}
    allowed = allowed_steps(actor, case)
    may_assign = actor.role is Role.SUPERVISOR and any(t.step is Step.ASSIGN for t in allowed)
    level = warning_policies(operations.settings).of(source.read.stamp.as_of).levels[case.level]
    return CaseView(
        case=case,
        level_words=level_words(case.level),
        title=Text(f"{case.rule} {RULES[case.rule].title.zh}", f"{case.rule} {RULES[case.rule].title.en}"),
        subject=subject_of(case.rule, case.detail, case.entity_name, source),
        grade=grade,
        said=sentence(case.rule, case.detail, source.reference, operations.settings.city),
        unit=names.get(case.unit or "", NO_UNIT),
        facts=_facts(source, case, section, names),
        course=_course(case.state),
        history=_history(source, case_id),
        allowed=allowed,
        people=tuple(people_of(operations, actor, case.handling_unit)) if may_assign else (),
        escalation=level.escalates_to if case.is_escalated else None,
        has_ended=case.state not in FINAL and not _holds(source, case_id),
    )


def _facts(source: Source, case: Case, section: str | None, names: dict[str, Text]) -> tuple[tuple[Text, Text], ...]:
    left = None
    if case.due_on:
        left = source.reference.working_days_between(source.operations.settings.today(), case.due_on)
    words, day = deadline_words(left), case.due_on.isoformat() if case.due_on else ""
    unit = names.get(case.assigned_unit or "", NOBODY)
    person = names_of(source.operations).get(case.assigned_to or "", case.assigned_to)
    who = Text(f"{unit.zh} {person}", f"{unit.en} {person}") if person else unit
    extended = (Text("（已延期）", " (extended)")) if case.is_extended else Text("", "")
    return (
        (Text("时限", "Deadline"), Text(f"{words.zh} {day}{extended.zh}", f"{words.en} {day}{extended.en}")),
        (Text("承办", "Handler"), who),
        (Text("行业", "Sector"), SECTORS.get(section or "", UNKNOWN)),
        (Text("信用代码", "Credit code"), Text(case.uscc or "—", case.uscc or "—")),
        (
            Text("处置期限", "Due in all"),
            Text(f"{case.dispose_due}（{case.opened_on} 生成）", f"{case.dispose_due} (opened {case.opened_on})"),
        ),
    )


def _course(state: State) -> tuple[tuple[Text, str], ...]:
    course: Sequence[State] = COURSE
    if state in FINAL and state is not State.CLOSED:
        course = (*COURSE[:-1], state)
    now = course.index(state)
    return tuple((s.title, "done" if n < now else "now" if n == now else "") for n, s in enumerate(course))


def _history(source: Source, case_id: str) -> tuple[StepLine, ...]:
    found: Any = steps_of(source.operations, source.actor, case_id, firms=source.firms).to_dict("records")
    return tuple(
        StepLine(_step_title(r["step"]), r["user"], f"{r['business_at']:%Y-%m-%d %H:%M}", _note(r), r["attachment"])
        for r in found
    )


def _note(step: dict[str, Any]) -> str:
    """What a person wrote; the build's own notes are codes."""
    return "" if step["step"] in _SYSTEM else str(step["note"])


def _step_title(name: str) -> Text:
    return Step[name].title if name in Step.__members__ else _SYSTEM.get(name, Text(name, name))


_SYSTEM = {
    "OPEN": Text("生成预警", "Opened"),
    "MERGE": Text("并入新情形", "Another condition joined"),
    "RAISE": Text("级别提高", "Level raised"),
    "MOVE": Text("随企业迁移", "Moved with its firm"),
}
"""Steps that the build takes."""


def _holds(source: Source, case_id: str) -> bool:
    if not source.read.has("warning"):
        return True
    known = triggers(source.operations, source.actor, firms=source.firms, case_ids=[case_id])["warning_id"].tolist()
    return bool(
        source.read.rows("SELECT 1 FROM warning WHERE warning_id IN (SELECT unnest(?::VARCHAR[])) LIMIT 1", [known])
    )
