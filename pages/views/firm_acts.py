"""What people do about each enterprise: its open warnings and its inspection tasks, as frames to be joined."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import pandas as pd

from pages.views.fields import shown
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import case_reads, draw_counts, firm_tasks
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader


@dataclass(frozen=True)
class FirmActs:
    """Within the actor's scope, as of one revision of cases and draws (see `revision`)."""

    cases: pd.DataFrame = field(
        metadata=shown("未结预警", "Open cases", "uscc、state、cases、overdue", "uscc, state, cases, overdue")
    )
    work: pd.DataFrame = field(
        metadata=shown(
            "抽查任务",
            "Tasks",
            "按户、状态、方式的任务数",
            "Tasks by firm, state and way: uscc, task, mode, due_on, tasks",
        )
    )
    tables: dict[str, pd.DataFrame] = field(
        hash=False, metadata=shown("按户", "By firm", "firm_case 与 firm_task，每户一行", "firm_case and firm_task")
    )

    def tasks(self, *states: str) -> int:
        """How many tasks are in these states (none: all)."""
        counted = self.work[self.work["task"].isin(states)] if states else self.work
        return int(counted["tasks"].sum())


def firm_acts(operations: Operations, actor: Actor, firms: Collection[str] | None) -> FirmActs:
    """The open cases and the tasks of the draws in force that this actor may see."""
    open_cases = case_reads.count_cases(operations, actor, firms=firms, by=("uscc", "state"))
    return combined(open_cases, firm_tasks.work(operations, actor, firms=firms))


def revision(operations: Operations) -> tuple[str, str]:
    """What a kept FirmActs must name beside build and scope: it differs after every act that would change it."""
    return case_reads.cases_revision(operations), draw_counts.draws_revision(operations)


def section_firms(actor: Actor, read: ScopedReader) -> list[str] | None:
    """The credit codes by which the operations store cuts the rows of a section; None for everybody else."""
    if actor.role is not Role.SECTION:
        return None
    return [r[0] for r in read.rows("SELECT uscc FROM enterprise")]


def combined(open_cases: pd.DataFrame, work: pd.DataFrame) -> FirmActs:
    """The same from the two frames themselves."""
    return FirmActs(open_cases, work, {"firm_case": _by_firm(open_cases), "firm_task": _most_urgent(work)})


def _by_firm(cases: pd.DataFrame) -> pd.DataFrame:
    """One row a firm: uscc, open_cases, waiting_cases, late_cases."""
    waiting = cases["cases"].where(cases["state"] == "WAITING", 0)
    counted = cases.assign(open_cases=cases["cases"], waiting_cases=waiting, late_cases=cases["overdue"])
    summed = counted.groupby("uscc", as_index=False)[["open_cases", "waiting_cases", "late_cases"]].sum()
    return summed.astype({"uscc": "str", "open_cases": "int64", "waiting_cases": "int64", "late_cases": "int64"})


def _most_urgent(work: pd.DataFrame) -> pd.DataFrame:
    """One row a firm: uscc, task, task_due_on (of what is still to be done)."""
    rank = {state: n for n, state in enumerate(firm_tasks.STATES)}
    ranked = work.assign(rank=work["task"].map(rank)).sort_values(["rank", "due_on"])
    first = ranked.drop_duplicates("uscc")[["uscc", "task", "due_on"]].copy()
    first["task_due_on"] = first["due_on"].where(first["task"] != firm_tasks.DONE)
    return first.drop(columns="due_on").astype({"uscc": "str", "task": "str", "task_due_on": "datetime64[us]"})
