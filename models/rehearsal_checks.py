"""The draw of a rehearsal and the results that are entered for it: the higher the risk, the more problems."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from models.policy.draw import hold
from models.policy.draw_frame import DrawRequest, check_items
from models.policy.draw_plan import plan
from models.rehearsal_people import DIVISION, Act, People, share
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.reference import Reference
from pipeline.stores.operations.check_entry import Entry, record_result
from pipeline.stores.operations.check_results import tasks
from pipeline.stores.operations.draws import draws
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import open_library

HELD_AT = datetime(2020, 9, 7, 9, 30)
DUE_ON = date(2020, 10, 16)
TITLE = "2020年9月不定向双随机抽查（登记与公示事项）"
SEED = hashlib.sha256(b"rehearsal of September 2020").digest()
ITEMS = 4
"""The first items of the check list apply to every firm: publicity, registration, annual report, address."""
DONE_OF_THREE = 2
PROBLEM_SHARE = {"A": 0.05, "B": 0.10, "C": 0.20, "D": 0.38, "E": 0.60}
GONE_SHARE = 0.04
_PROBLEMS = (("05",), ("06",), ("03", "06"), ("09",), ("06", "09"))
_ORDERED = "06"


def hold_draw(operations: Operations, people: People) -> None:
    """Plan and hold the draw on the published build, once: every firm of grade E, the others by their ratios."""
    division = people.of(DIVISION)
    if len(draws(operations, division)):
        return
    library = open_library(operations.settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library is not None  # a build was published just now
    try:
        then, read = operations.at(HELD_AT), library.reader(division)
        items = tuple(i.code for i in check_items(read))[:ITEMS]
        request = DrawRequest(TITLE, items, DUE_ON, full_coverage=("E",))
        hold(then, read, division, plan(then, read, division, request), SEED)
    finally:
        library.close()


def result_acts(operations: Operations, people: People, calendar: Reference, until: date) -> list[Act]:
    """The results of two thirds of the tasks that are not entered yet: when, by the unit's own account, what was found."""
    found = tasks(operations, people.of(DIVISION))
    made = found[found["not_made"].isna()].to_dict("records")
    made.sort(key=lambda t: share("done", t["task_id"]))
    chosen = made[: -(-len(made) * DONE_OF_THREE // 3)]
    span = calendar.working_days_between(HELD_AT.date(), until) - 2
    acts: list[Act] = []
    for task in chosen:
        if task["version"]:
            continue
        checked = calendar.add_working_days(HELD_AT.date(), 1 + int(span * share("day", task["task_id"])))
        entered = calendar.add_working_days(checked, 1)
        minutes = timedelta(minutes=int(450 * share("minute", task["task_id"])))
        entry = _entry(task, checked, calendar, entered)
        acts.append((datetime.combine(entered, time(9)) + minutes, _record(people, task, entry)))
    return acts


def _entry(task: dict[Any, Any], checked: date, calendar: Reference, entered: date) -> Entry:
    """What the two inspectors found, by the grade of the firm."""
    code, grade = task["task_id"], task["grade"]
    mode = task["required_mode"] or ("2" if "2" in task["modes"].split(";") and share("mode", code) < 0.5 else "1")
    if share("gone", code) < GONE_SHARE:
        return Entry(checked, mode, ("08",), 0, note="现场未发现本次抽查涉及的经营活动")
    published = entered if share("published", code) < 0.8 else None
    if share("found", code) >= PROBLEM_SHARE.get(grade, PROBLEM_SHARE["C"]):
        return Entry(checked, mode, ("01",), 0, published_on=published)
    result = _PROBLEMS[int(len(_PROBLEMS) * share("kind", code))]
    is_ordered = _ORDERED in result
    is_rectified = is_ordered and share("rectified", code) < 0.4
    return Entry(
        checked,
        mode,
        result,
        len(result) + int(2 * share("count", code)),
        rectify_due=calendar.add_working_days(checked, 15) if is_ordered else None,
        rectified_on=entered if is_rectified else None,
        published_on=published,
        note="已当场下达责令改正通知书" if is_ordered else "已移交辖区所跟踪处理",
    )


def _record(people: People, task: dict[Any, Any], entry: Entry) -> Callable[[Operations], None]:
    def act(operations: Operations) -> None:
        record_result(operations, people.of(task["unit"]), task["task_id"], entry, version=0)

    return act
