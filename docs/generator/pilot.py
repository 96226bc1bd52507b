"""The pilot plan, for docs/reference/policies.md: phases and tasks, clause by clause."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from docs.generator.markdown import TO_BE_CONFIRMED, both, clauses, facts, table
from pipeline.pilot import PilotPlan, Task
from pipeline.reference import Reference


def blocks(reference: Reference, folder: Path) -> Iterable[str]:
    """The section of pilot.toml."""
    plan = PilotPlan.load(folder / "pilot.toml")
    yield "## 试点方案 / The pilot plan：`pilot.toml`"
    yield facts(
        [
            ("印发 issued on", plan.issued_on),
            ("临期 due soon", f"≤ {plan.soon_days} 天 days（{TO_BE_CONFIRMED}）"),
        ]
    )
    yield table(
        ("阶段 phase", "名称 title", "起 from", "止 to", "内容 content", "说明 note"),
        ((p.id, both(p.title), p.start, p.end, both(p.content), both(p.note) if p.note else "") for p in plan.phases),
    )
    yield (
        "时限早于印发日的任务不自动亮红灯。写明指标的任务由查询判定，其余由信用监管科（办公室）凭佐证标注。"
        " A deadline before the plan was issued never turns red by itself. A task with a query is judged by it, the others"
        " by the office's evidence."
    )
    yield table(
        (
            "任务 task",
            "名称 title",
            "条款 clause",
            "责任单位 responsible",
            "时限 deadline",
            "判定 judged by",
            "说明 note",
        ),
        (
            (
                f"`{t.id}`",
                both(t.title),
                clauses([t.clause], reference),
                both(t.responsible),
                t.deadline if t.is_deadline_confirmed else f"{t.deadline}（{TO_BE_CONFIRMED}）",
                _judge(t),
                both(t.note) if t.note else "",
            )
            for t in plan.tasks
        ),
    )


def _judge(task: Task) -> str:
    if task.kpi is None:
        return f"佐证 evidence：{both(task.evidence)}"
    when = "达到即完成 at once" if task.settles_at_once else "到期日达到 at the deadline"
    return f"`{task.kpi}` ≥ {task.target:.0%}，{when}：{both(task.evidence)}"
