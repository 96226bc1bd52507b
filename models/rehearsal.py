"""The rehearsal of a synthetic deployment: six weeks of work, done by the same acts that officials use.

1. On 31 August 2020 the first build is published, as of 1 September: its grades are issued and its conditions opened.
2. In September and October the demo accounts, and one more account a unit, take cases along their steps, hold one
   draw, enter two thirds of its results and say how the tasks of the pilot stand: each act at its own business time.
3. The build of the business day (15 October) takes the results in; on that morning a few of the new cases are taken up.

Everything is drawn from fixed seeds, so two rehearsals act alike. One that was broken off goes on where it stopped;
after the build of the business day nothing is done again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from models.build import Watch, build, watch_nothing
from models.next_day import published_days
from models.rehearsal_cases import case_acts, morning_acts
from models.rehearsal_checks import hold_draw, result_acts
from models.rehearsal_people import DIVISION, Act, People, people_of_city
from pipeline.errors import Refused
from pipeline.pilot import PilotPlan
from pipeline.progress import Progress
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import TaskState, last_steps, set_task

FIRST_DAY, LAST_DAY = date(2020, 8, 31), date(2020, 10, 15)
"""The business day of the first build, and the one on which the rehearsal ends."""
AS_OF = date(2020, 9, 1)


@dataclass(frozen=True)
class RehearsalSummary:
    """What the rehearsal did, or why it did nothing (`acts` is 0 then)."""

    acts: int
    build_id: str
    line: str


def rehearse(settings: Settings, watch: Watch = watch_nothing, *, days: list[date] | None = None) -> RehearsalSummary:
    """Let the demo deployment live through its September, once; gives what was done.

    `days`: the dates of the last build (default: the firsts of the year's months, and tomorrow). Raises Refused where
    the deployment is not synthetic.
    """
    if not settings.city.synthetic:
        raise Refused("只有演示部署可以演练", "only a synthetic deployment can be rehearsed")
    published = published_days(settings)
    if settings.today() != LAST_DAY or (published and published[-1] != AS_OF):
        return RehearsalSummary(0, "", "演练不再重复：部署已在使用（already in use: nothing is rehearsed again）")
    build(replace(settings, day=FIRST_DAY), [AS_OF], watch=watch)
    operations = Operations.open(settings)
    try:
        people = people_of_city(operations)
        calendar = Reference.load(settings.reference)
        hold_draw(operations, people)
        autumn = [
            *case_acts(operations, people, calendar, FIRST_DAY, LAST_DAY),
            *result_acts(operations, people, calendar, LAST_DAY),
            *_pilot_acts(operations, people),
        ]
        done = _play(operations, autumn, watch("rehearse"))
        last = build(settings, days or _days(settings), watch=watch)
        done += _play(operations, morning_acts(operations, people, LAST_DAY), watch("rehearse"))
    finally:
        operations.close()
    return RehearsalSummary(done, last.build_id, f"演练完成：{done:,} 项操作；{last.line}")


def _play(operations: Operations, acts: list[Act], progress: Progress) -> int:
    """Do the acts in the order of their time."""
    for done, (moment, act) in enumerate(sorted(acts, key=lambda a: a[0]), 1):
        act(operations.at(moment))
        progress(done, len(acts))
    return len(acts)


def _days(settings: Settings) -> list[date]:
    today = settings.today()
    return sorted({*(date(today.year, month, 1) for month in range(1, today.month + 1)), settings.tomorrow()})


@dataclass(frozen=True)
class _Said:
    """What the office says of a task."""

    at: datetime
    task: str
    state: TaskState
    evidence: str
    file_name: str = ""
    done_on: date | None = None
    deadline: date | None = None


_PILOT = (
    _Said(datetime(2020, 9, 1, 9, 20), "T01", TaskState.FILED, "试点工作方案已印发各县（市）局、分局", "试点工作方案.pdf", date(2020, 7, 27)),
    _Said(datetime(2020, 9, 1, 9, 35), "T02", TaskState.FILED, "许可、处罚两类信息资源目录第一版已录入，字段核验通过", "信息资源目录.xlsx", date(2020, 8, 14)),
    _Said(datetime(2020, 9, 3, 15, 5), "T13", TaskState.OPEN, "领导小组第一次会议召开，时间表已下达，每月督导一次"),
    _Said(datetime(2020, 9, 10, 10, 10), "T10", TaskState.OPEN, "分类监管办法征求意见稿已发各单位，领导小组确定九月底前印发", deadline=date(2020, 9, 30)),
    _Said(datetime(2020, 9, 22, 14, 30), "T09", TaskState.OPEN, "药品、医疗器械两个领域已按等级安排检查，食品领域正在核对名录"),
    _Said(datetime(2020, 9, 29, 16, 0), "T11", TaskState.OPEN, "激励与惩戒措施清单已下发，领导小组确定十月底前各单位报首次运用情况", deadline=date(2020, 10, 30)),
)  # fmt: skip


def _pilot_acts(operations: Operations, people: People) -> list[Act]:
    """The steps of the office that are not written yet."""
    office = people.of(DIVISION)
    known, plan = last_steps(operations, office), PilotPlan.load(operations.settings.policy / "pilot.toml")
    return [(s.at, _tell(people, s)) for s in _PILOT if s.task not in known and plan.task(s.task)]


def _tell(people: People, said: _Said) -> Callable[[Operations], None]:
    def act(operations: Operations) -> None:
        set_task(
            operations,
            people.of(DIVISION),
            said.task,
            said.state,
            evidence=said.evidence,
            file_name=said.file_name,
            done_on=said.done_on,
            deadline=said.deadline,
        )

    return act
