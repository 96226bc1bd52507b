"""What counts as an adverse outcome, once for every model, evaluation and page (HOUSE: target).

A row (firm, as_of) has one of three states: adverse, not adverse, or nobody looked. Where nobody looked nothing is
known of the firm, so such a row is neither trained nor tested on. An outcome happens in [as_of, as_of + 365) and counts
as far as it was known MATURITY_DAYS after that; a row whose maturity has not come is no row yet.

Outcomes read known.<feed>(as_of + 455) and nothing else. They keep repaired records: a repair ends the consequences of
a penalty, it does not undo what was found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from pipeline.domain import Text
from pipeline.feeds.catalogue.abnormal_list import ABNORMAL_LIST
from pipeline.feeds.catalogue.dishonest_executee import DISHONEST_EXECUTEE
from pipeline.feeds.catalogue.gov_dishonesty import GOV_DISHONESTY
from pipeline.feeds.catalogue.penalty import PENALTY
from pipeline.feeds.catalogue.serious_violation_list import SERIOUS_VIOLATION_LIST
from pipeline.feeds.catalogue.spot_check_result import SPOT_CHECK_RESULT
from pipeline.feeds.contract import FeedContract
from pipeline.indicators.readings import COMPLETED_CHECK, ON_LIST, PROBLEM_FOUND, REAL_PENALTY
from pipeline.stores.warehouse import Warehouse, union_all

HORIZON_DAYS = 365
"""How long after as_of an outcome may happen."""
MATURITY_DAYS = 90
"""How long after the horizon it may become known; horizon and maturity together are the embargo of the folds."""
EMBARGO = timedelta(days=HORIZON_DAYS + MATURITY_DAYS)

_AS_OF = re.compile(r"\bas_of\b")


@dataclass(frozen=True)
class Target:
    """One outcome, declared: `sql` selects (uscc, is_adverse) of the firms that somebody looked at, one row a firm.

    In `sql`, `{penalty}` stands for the rows of that feed known at as_of + 455 days and `{penalty before}` for those
    known at as_of; the word as_of stands for the date, `horizon` for as_of + 365. `needs`: feeds without which there is
    no outcome at all; `reads`: all that it looks at.
    """

    code: str
    title: Text
    definition: Text
    reads: tuple[FeedContract, ...]
    needs: tuple[FeedContract, ...]
    sql: str

    def select(self, as_of: date) -> str:
        """The select of (uscc, is_adverse) of the observed firms at `as_of`."""
        sql = self.sql
        for contract in self.reads:
            sql = sql.replace("{" + contract.code + "}", f"known.{contract.code}({_day(as_of + EMBARGO)})")
            sql = sql.replace("{" + contract.code + " before}", f"known.{contract.code}({_day(as_of)})")
        sql = re.sub(r"\bhorizon\b", _day(as_of + timedelta(days=HORIZON_DAYS)), sql)
        return _AS_OF.sub(_day(as_of), sql)

    def lacking(self, warehouse: Warehouse) -> Text | None:
        """What a deployment without a record of the feeds can't say of this target; None if all of them came."""
        empty = [c for c in self.reads if not warehouse.value(f"SELECT count(*) FROM core.{c.code}")]
        if not empty:
            return None
        zh, en = "、".join(c.title.zh for c in empty), ", ".join(c.title.en for c in empty)
        if any(c in empty for c in self.needs) or len(empty) == len(self.reads):
            return Text(
                f"没有归集{zh}，无法得出“{self.title.zh}”", f"without {en} there is no outcome '{self.title.en}'"
            )
        return Text(f"没有归集{zh}，“{self.title.zh}”未包括这些", f"'{self.title.en}' leaves out {en}: nothing came")


_PROBLEM_SQL = f"""
    SELECT c.uscc, c.has_problem OR p.uscc IS NOT NULL AS is_adverse
    FROM (
      SELECT uscc, bool_or({PROBLEM_FOUND}) AS has_problem FROM {{spot_check_result}}
      WHERE uscc IS NOT NULL AND event_on >= as_of AND event_on < horizon AND {COMPLETED_CHECK} GROUP BY uscc
    ) c
    LEFT JOIN (
      SELECT DISTINCT uscc FROM {{penalty}} WHERE event_on >= as_of AND event_on < horizon AND {REAL_PENALTY}
    ) p USING (uscc)"""

PROBLEM_FOUND_TARGET = Target(
    code="problem_found",
    title=Text("发现问题", "Problem found"),
    definition=Text(
        "时点起365日内至少完成一次检查（任何类型；结果仅为08、10、11的不算完成）的企业：期内检查结果含03至07或09，或受到严重程度2级及以上处罚，"
        "为不良；否则为无不良；未完成检查的为无人查看。以期满后90日内知悉的为准，已修复的记录计入",
        "Firms with at least one completed check of any kind within 365 days from as_of (not completed: only results 08, 10 "
        "or 11): adverse if a check then had a result 03-07 or 09 or a penalty of severity 2 or more was decided, else not "
        "adverse; without a completed check nobody looked. As known 90 days after the horizon; repaired records count",
    ),
    reads=(SPOT_CHECK_RESULT, PENALTY),
    needs=(SPOT_CHECK_RESULT,),
    sql=_PROBLEM_SQL,
)
"""`problem_found`, the target that makes the grade."""

_LISTS: tuple[tuple[FeedContract, str], ...] = (
    (ABNORMAL_LIST, "true"),
    (SERIOUS_VIOLATION_LIST, "true"),
    (DISHONEST_EXECUTEE, "true"),
    (GOV_DISHONESTY, "list_kind = 'black'"),
)


def _listed_sql() -> str:
    entries = union_all(
        f"SELECT DISTINCT uscc, '{feed.code}' AS list FROM {{{feed.code}}}"
        f" WHERE uscc IS NOT NULL AND event_on >= as_of AND event_on < horizon AND {kind}"
        for feed, kind in _LISTS
    )
    standing = union_all(
        f"SELECT DISTINCT uscc, '{feed.code}' AS list FROM {{{feed.code} before}} WHERE uscc IS NOT NULL AND {ON_LIST} AND {kind}"
        for feed, kind in _LISTS
    )
    return f"""
    SELECT r.uscc, n.uscc IS NOT NULL AS is_adverse
    FROM {{ent_registration}} r
    LEFT JOIN (
      SELECT DISTINCT e.uscc FROM ({entries}) e ANTI JOIN ({standing}) s ON s.uscc = e.uscc AND s.list = e.list
    ) n USING (uscc)""".replace("{ent_registration}", "known.ent_registration(as_of)")


LISTED = Target(
    code="listed",
    title=Text("新列入名单", "Newly listed"),
    definition=Text(
        "时点起365日内新列入经营异常名录、严重违法失信名单、失信被执行人或其他部门黑名单（时点已在该名单上的，再列入不计），以期满后90日内知悉的为准；"
        "总可观察，与“发现问题”并列报告，不决定等级",
        "A new entry within 365 days from as_of on the abnormal-operation list, the serious-violation list, the dishonest "
        "judgment debtors or another department's black list, by a firm not on that list at as_of, as known 90 days after "
        "the horizon; always observed; reported beside problem_found, makes no grade",
    ),
    reads=tuple(feed for feed, _ in _LISTS),
    needs=(),
    sql=_listed_sql(),
)
"""`listed`, measured beside it; it makes no grade."""

TARGETS: tuple[Target, ...] = (PROBLEM_FOUND_TARGET, LISTED)


def outcomes(warehouse: Warehouse, target: Target, as_of: date) -> pd.DataFrame:
    """Every entity of the register at `as_of`: uscc, is_observed, is_adverse (missing where nobody looked), by uscc."""
    return warehouse.frame(
        f"""SELECT r.uscc, o.uscc IS NOT NULL AS is_observed, o.is_adverse
        FROM known.ent_registration({_day(as_of)}) r LEFT JOIN ({target.select(as_of)}) o USING (uscc) ORDER BY r.uscc"""
    )


def write_outcomes(warehouse: Warehouse, target: Target, dates: list[date], table: str) -> None:
    """Create the temporary `table` (as_of, uscc, is_adverse) with the observed entities of the register at each date."""
    warehouse.execute(f"CREATE OR REPLACE TEMP TABLE {table} (as_of DATE, uscc VARCHAR, is_adverse BOOLEAN)")
    for day in dates:
        warehouse.execute(
            f"""INSERT INTO {table} SELECT {_day(day)}, o.uscc, o.is_adverse FROM ({target.select(day)}) o
            SEMI JOIN known.ent_registration({_day(day)}) r ON r.uscc = o.uscc"""
        )


def write_register(warehouse: Warehouse, as_of: date, table: str) -> None:
    """Create the temporary `table` in the form of `write_outcomes` with everybody of the register at `as_of`, all as not adverse."""
    day = _day(as_of)
    warehouse.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {day} AS as_of, uscc, false AS is_adverse"
        f" FROM known.ent_registration({day})"
    )


def first_record(warehouse: Warehouse, target: Target) -> date | None:
    """The day of the earliest record of the feeds that the target needs (of any it reads if it needs none)."""
    days = [
        warehouse.value(f"SELECT min(event_on) FROM core.{c.code} WHERE row_outcome <> 'duplicate'")
        for c in target.needs or target.reads
    ]
    return min((d for d in days if d is not None), default=None)


def _day(as_of: date) -> str:
    return f"DATE '{as_of.isoformat()}'"
