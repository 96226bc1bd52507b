"""The kinds of report, and which of them can be made today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pages.views import report_evaluation, report_pilot
from pages.views.fields import shown
from pages.views.pilot import Facts, Pilot
from pages.views.report import Report, whole
from pipeline.domain import Text
from pipeline.errors import Refused
from pipeline.settings import Settings
from pipeline.stores.access import Actor
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader


@dataclass(frozen=True)
class Sort:
    """A kind of report: its title, what gathers it, and why it can't be made yet (None: it can)."""

    title: Text = field(metadata=shown("标题", "Title", "报告标题", "Its title"))
    gather: Callable[[Settings, ScopedReader, Operations, Actor], Report] = field(
        metadata=shown("取数", "Gathers", "怎样取数", "What gathers it")
    )
    refusal: Callable[[Operations], Refused | None] = field(
        metadata=shown("不能编制的原因", "Refusal", "时候未到", "Why not yet")
    )


@dataclass(frozen=True)
class Offer:
    """A report that can be made now; `gather` may be called on a thread."""

    kind: str = field(metadata=shown("种类", "Kind", "报告种类", "Kind of report"))
    label: Text = field(metadata=shown("按钮", "Label", "按钮文字", "What the button says"))
    title: Text = field(metadata=shown("标题", "Title", "报告标题", "Its title"))
    gather: Callable[[], Report] = field(metadata=shown("取数", "Gathers", "怎样取数", "What gathers it"))


KINDS = {
    report_pilot.KIND: Sort(whole(report_pilot.TITLE), report_pilot.gather, lambda _: None),
    report_evaluation.KIND: Sort(whole(report_evaluation.TITLE), report_evaluation.gather, report_evaluation.refusal),
}
LABELS = {
    report_pilot.KIND: Text("导出报告", "Export the report"),
    report_evaluation.KIND: Text("导出评估报告", "Export the evaluation"),
}


def offers(read: ScopedReader, operations: Operations, actor: Actor, found: Facts, view: Pilot) -> tuple[Offer, ...]:
    """What the page offers: the report of what it shows, and the evaluation once its time has come."""

    def of_this_page() -> Report:
        return report_pilot.report(read, operations, actor, found, view)

    def evaluation() -> Report:
        return report_evaluation.gather(operations.settings, read, operations, actor)

    made = {report_pilot.KIND: of_this_page, report_evaluation.KIND: evaluation}
    return tuple(
        Offer(kind, LABELS[kind], sort.title, made[kind])
        for kind, sort in KINDS.items()
        if not sort.refusal(operations)
    )
