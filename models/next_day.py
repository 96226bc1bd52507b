"""The next business day of a synthetic deployment: only a build moves it on, and only once it is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pipeline.errors import ChecksFailed, Refused
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, build_file, current_build, write_atomically


def on_next_day(settings: Settings) -> Settings:
    """The deployment as it will be on the next working day; raises Refused where the calendar is the real one."""
    if not settings.city.synthetic:
        raise Refused("只有演示部署可以前移业务日", "only a synthetic deployment can move its business day")
    calendar = Reference.load(settings.reference)
    return replace(settings, day=calendar.add_working_days(settings.today(), 1))


def days_to_build(settings: Settings) -> list[date]:
    """The dates of the published build without its newest, so that trends stay, and tomorrow.

    A newest date that is the first of a month is a month-end run: it stays too.
    """
    known = published_days(settings)
    refuse_earlier_day(settings, known)
    kept = [*known[:-1], *(d for d in known[-1:] if d.day == 1)]
    return sorted({*(d for d in kept if d < settings.tomorrow()), settings.tomorrow()})


def refuse_earlier_day(settings: Settings, known: list[date]) -> None:
    """Raise ChecksFailed where the business day lies before what is published: a clock that was set back.

    Such a build would show old grades as new; who wants one says so with --as-of.
    """
    if known and settings.tomorrow() < known[-1]:
        raise ChecksFailed(
            f"业务日 {settings.today()} 早于已发布批次的时点（{known[-1]}），系统时钟可能被调回：未构建，原批次不变；"
            "请校正时钟，或用 --as-of 写明时点"
            f"（the business day lies before the published build of {known[-1]}: set the clock right, or give --as-of）"
        )


def published_days(settings: Settings) -> list[date]:
    """The dates of the published build, none where there is no build."""
    build_id = current_build(settings)
    if build_id is None or not build_file(settings, build_id).is_file():
        return []
    with Warehouse.read(build_file(settings, build_id)) as warehouse:
        return [r[0] for r in warehouse.rows("SELECT DISTINCT as_of FROM mart.population ORDER BY 1")]


def move_today(settings: Settings) -> None:
    """Make the business day of `settings` that of the deployment."""
    write_atomically(settings.var / "today", f"{settings.today()}\n")
