"""The pilot plan (data/policy/pilot.toml): phases, tasks, and the light of a task on a day."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from pipeline.domain import Text
from pipeline.errors import BadDeclaration

KPIS = ("coverage", "graded_share", "named_rate", "rate_order", "ratio_order")
"""Queries by which a task may be judged; each gives a share that is held against the task's target."""
SETTLES = ("at_once", "at_deadline")
_TEXTS = ("title", "responsible", "evidence")


class Light(Enum):
    """How a task stands (rules of the pilot, proposal: to be confirmed)."""

    DONE = Text("已完成", "Done")
    ON_TIME = Text("进行中", "On time")
    SOON = Text("临期", "Due soon")
    LATE = Text("逾期", "Late")
    EARLY = Text("时限早于印发日", "Due before the plan was issued")

    @property
    def title(self) -> Text:
        """Its name as people read it."""
        return self.value


@dataclass(frozen=True)
class Phase:
    """One of the four phases, first to last day; `note` says where the stored dates differ from the plan's."""

    id: str
    title: Text
    content: Text
    start: date
    end: date
    note: Text | None = None


@dataclass(frozen=True)
class Task:
    """One task of the plan. `kpi`: the query that judges it, None where the office does."""

    id: str
    clause: str
    title: Text
    responsible: Text
    deadline: date
    is_deadline_confirmed: bool
    evidence: Text
    note: Text | None
    kpi: str | None
    target: float | None
    settles_at_once: bool


@dataclass(frozen=True)
class PilotPlan:
    """The plan as issued; `PilotPlan.load` makes it."""

    issued_on: date
    soon_days: int
    phases: tuple[Phase, ...]
    tasks: tuple[Task, ...]

    @staticmethod
    def load(path: Path) -> PilotPlan:
        """Read pilot.toml; raises BadDeclaration with every fault."""
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadDeclaration(str(path), [f"not readable as TOML: {error}"]) from error
        faults = list(_faults(raw))
        if faults:
            raise BadDeclaration(str(path), faults)
        phases = tuple(
            Phase(p["id"], _text(p["title"]), _text(p["content"]), p["start"], p["end"], _note(p)) for p in raw["phase"]
        )
        return PilotPlan(raw["issued_on"], raw["soon_days"], phases, tuple(_task(t) for t in raw["task"]))

    def task(self, task_id: str) -> Task | None:
        """The task of this id, None if the plan has none."""
        return next((t for t in self.tasks if t.id == task_id), None)

    def phases_on(self, day: date) -> tuple[Phase, ...]:
        """The phases whose dates hold `day`: two on a day on which one ends and the next begins."""
        return tuple(p for p in self.phases if p.start <= day <= p.end)

    def current(self, day: date) -> Phase | None:
        """The phase that one is in: half-open from start to next start; None before the first and after the last."""
        return next((p for p in reversed(self.phases_on(day))), None)

    def light(self, task: Task, day: date, is_done: bool) -> Light:
        """The light of `task` on `day`; `is_done`: the office has evidence, or the query reaches its target.

        A deadline before the plan was issued never turns red by itself: it waits for evidence.
        """
        if is_done and (task.kpi is None or task.settles_at_once or day >= task.deadline):
            return Light.DONE
        if task.deadline < self.issued_on:
            return Light.EARLY
        if task.deadline < day:
            return Light.LATE
        return Light.SOON if task.deadline - day <= timedelta(days=self.soon_days) else Light.ON_TIME


def _task(raw: Mapping[str, Any]) -> Task:
    return Task(
        id=raw["id"],
        clause=raw["clause"],
        title=_text(raw["title"]),
        responsible=_text(raw["responsible"]),
        deadline=raw["deadline"],
        is_deadline_confirmed=raw.get("deadline_confirmed", True),
        evidence=_text(raw["evidence"]),
        note=_note(raw),
        kpi=raw.get("kpi"),
        target=raw.get("target"),
        settles_at_once=raw.get("settles") == "at_once",
    )


def _note(raw: Mapping[str, Any]) -> Text | None:
    return _text(raw["note"]) if "note" in raw else None


def _text(raw: Mapping[str, str]) -> Text:
    return Text(raw["zh"], raw["en"])


def _faults(raw: Mapping[str, Any]) -> Iterator[str]:
    for key, kind in (("issued_on", date), ("soon_days", int), ("phase", list), ("task", list)):
        if not isinstance(raw.get(key), kind):
            yield f"{key}: expected {kind.__name__}, received {raw.get(key)!r}"
    phases, tasks = (raw[k] if isinstance(raw.get(k), list) else [] for k in ("phase", "task"))
    for what, entries in (("phase", phases), ("task", tasks)):
        ids = [str(e.get("id")) for e in entries]
        yield from (f"{what} {i!r} is declared twice" for i in sorted(set(ids)) if ids.count(i) > 1)
    for phase in phases:
        yield from _missing(f"phase {phase.get('id')!r}", phase, ("title", "content"), ("start", "end"))
    for task in tasks:
        yield from _task_faults(task)
    starts = [p.get("start") for p in phases]
    if all(isinstance(s, date) for s in starts) and starts != sorted(starts):
        yield "phase: expected in the order of their start"


def _missing(who: str, entry: Mapping[str, Any], texts: tuple[str, ...], days: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{who}: {k} needs zh and en" for k in texts if not _is_text(entry.get(k)))
    yield from (
        f"{who}: {k}: expected a day, received {entry.get(k)!r}" for k in days if not isinstance(entry.get(k), date)
    )
    if "note" in entry and not _is_text(entry["note"]):
        yield f"{who}: note needs zh and en"


def _task_faults(task: Mapping[str, Any]) -> Iterator[str]:
    who = f"task {task.get('id')!r}"
    yield from _missing(who, task, _TEXTS, ("deadline",))
    if not isinstance(task.get("clause"), str):
        yield f"{who}: clause: expected a code of legal_basis.csv, received {task.get('clause')!r}"
    judged = {"target", "settles"} & task.keys()
    if "kpi" not in task:
        yield from (f"{who}: {k} without a kpi" for k in sorted(judged))
        return
    if task["kpi"] not in KPIS:
        yield f"{who}: kpi: expected one of {list(KPIS)}, received {task['kpi']!r}"
    if not isinstance(task.get("target"), float) or not 0 < task["target"] <= 1:
        yield f"{who}: target: expected a share above 0, received {task.get('target')!r}"
    if task.get("settles") not in SETTLES:
        yield f"{who}: settles: expected one of {list(SETTLES)}, received {task.get('settles')!r}"


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and {"zh", "en"} <= value.keys()
