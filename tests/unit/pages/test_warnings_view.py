"""The warnings page's view: which cases, how many each choice shows, the drawer, and nothing of anybody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from pages.views import sector_heat, warning_case, warning_counts, warning_export, warning_filter
from pages.views import warnings as views
from pages.views.warning_filter import WarningFilter
from pages.views.warnings import Source, deadline_words, warning_list
from pipeline.domain import Text
from pipeline.errors import NotPermitted, Outdated
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.reference import Reference
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations.case_rules import State, Step
from pipeline.stores.operations.casework import assign, take_step
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import Library, open_library
from tests.accounts import actor
from tests.small_city import SmallCity
from tests.warned import warned

MODULES = (sector_heat, warning_case, warning_counts, warning_filter, views)


class World:
    """The small city with cases; `source` is somebody's desk."""

    def __init__(self, city: SmallCity) -> None:
        self.store: Operations = warned(city.settings)
        library = open_library(city.settings, lambda day, core: known_relations(FEEDS, day, core))
        assert library
        self.readers: Library = library
        self.city = city.settings.city
        self.reference = Reference.load(city.settings.reference)

    def source(self, who: Actor) -> Source:
        return Source(self.readers.reader(who), self.store, self.reference, lambda make, *_: make())

    def of(self, role: Role, **scope: Any) -> Source:
        return self.source(actor(role, self.city, **scope))


@pytest.fixture
def world(small: SmallCity) -> Iterator[World]:
    made = World(small)
    yield made
    made.readers.close()
    made.store.close()


def test_every_field_says_what_it_is() -> None:
    for module in MODULES:
        for view in (v for v in vars(module).values() if is_dataclass(v) and v.__module__ == module.__name__):
            for f in fields(view) if view is not Source else ():
                assert {"label", "help"} <= f.metadata.keys(), f"{view}.{f.name}"


def test_late_ones_come_first_then_the_graver(world: World) -> None:
    view = warning_list(world.of(Role.SUPERVISOR), {})
    assert view.total == len(view.rows) == 13
    late = [(r.days_left or 0) < 0 for r in view.rows]
    assert late == sorted(late, reverse=True) and any(late)
    levels = [r.level for r in view.rows if (r.days_left or 0) < 0]
    assert levels == sorted(levels, reverse=True)
    assert view.rows[0].said == Text(
        "信用风险等级由B级变为E级（对比时点 2020-10-01）", "Grade went from B to E (compared with 2020-10-01)"
    )
    assert view.rows[0].brief.zh == "信用风险等级由B级变为E级"


def test_the_number_on_a_choice_is_the_number_it_shows(world: World) -> None:
    source = world.of(Role.SUPERVISOR)
    for base in ({}, {"level": "3"}, {"view": "late"}, {"rule": "W02"}):
        view = warning_list(source, base)
        for name, choices in view.choices.items():
            for choice in choices:
                shown = warning_list(source, {**base, name: choice.value}).total
                assert choice.count == shown, (base, name, choice.value)


def test_views_follow_what_people_do(world: World) -> None:
    source = world.of(Role.SUPERVISOR)
    counted = {c.value: c.count for c in warning_list(source, {}).choices["view"]}
    assert counted[""] == counted["assign"] == 13
    first = next(r for r in warning_list(source, {}).rows if r.unit_code)
    assert assign(world.store, source.actor, {first.case_id: first.version}, own_unit=True) == 1
    counted = {c.value: c.count for c in warning_list(source, {}).choices["view"]}
    assert counted["assign"] == 12 and counted["close"] == 0


def test_a_county_sees_its_own_and_nobody_elses(world: World) -> None:
    everything = {r.case_id: r.unit_code for r in warning_list(world.of(Role.SUPERVISOR), {}).rows}
    seen: set[str] = set()
    for unit in (u.code for u in world.city.units):
        source = world.of(Role.COUNTY, units=(unit,))
        mine = {r.case_id for r in warning_list(source, {}).rows}
        assert mine == {c for c, of in everything.items() if of == unit}
        assert not mine & seen
        seen |= mine
        for asked in ({"unit": "TH-MH,TH-DC"}, {"sector": "C"}, {"q": "公司"}, {"page": "9"}):
            assert {r.case_id for r in warning_list(source, asked).rows} <= mine
        assert set(source.heat.units) <= {unit}
        for foreign in everything.keys() - mine:
            with pytest.raises(NotPermitted):
                warning_case.case_view(source, foreign)


def test_a_section_sees_firms_of_its_field_only(world: World) -> None:
    source = world.of(Role.SECTION, fields=("catering",))
    firms = {r[0] for r in source.read.rows("SELECT entity_name FROM enterprise")}
    view = warning_list(source, {})
    assert {r.subject.zh for r in view.rows} <= firms
    assert all(r.unit_code for r in view.rows)  # nothing about data or clusters


def test_an_address_asks_only_for_what_there_is(world: World) -> None:
    units = {u.code: u.name for u in world.city.units}
    asked = WarningFilter.parse(
        {"view": "x", "level": "3,9", "unit": "TH-MH,nowhere", "rule": "W99", "sector": "'; --", "q": "\0 a "},
        Role.COUNTY,
        units,
    )
    assert asked == WarningFilter(level=("3",), unit=("TH-MH",), q="a")
    assert WarningFilter.parse(asked.query(), Role.COUNTY, units) == asked
    assert WarningFilter.parse({"view": "assign"}, Role.COUNTY, units).view == ""


def test_a_condition_that_ended_is_shown_as_such(world: World) -> None:
    source = world.of(Role.SUPERVISOR)
    ended = [r for r in warning_list(source, {}).rows if r.has_ended]
    assert len(ended) == 1
    assert warning_case.case_view(source, ended[0].case_id).has_ended


def test_a_warning_of_the_model_names_the_model(world: World) -> None:
    detail = json.dumps({"model": "learned-1/2020-10-16/booster", "period": "2020Q3", "kind": "random"})
    named = views.subject_of("W19", detail, None, world.of(Role.SUPERVISOR))
    assert named == Text("评分模型 learned-1/2020-10-16/booster", "Model learned-1/2020-10-16/booster")


def test_the_drawer_offers_allowed_steps_only(world: World) -> None:
    division = world.of(Role.SUPERVISOR)
    row = next(r for r in warning_list(division, {"level": "3"}).rows)
    county = world.of(Role.COUNTY, units=(row.unit_code,))
    offered = {s.title for s in warning_case.case_view(county, row.case_id).allowed for s in (s.step,)}
    assert offered == {Step.ACCEPT.value}
    assert [t.step for t in warning_case.case_view(division, row.case_id).allowed] == [Step.ASSIGN]
    assert not warning_case.case_view(world.of(Role.LEADER), row.case_id).allowed
    take_step(world.store, county.actor, row.case_id, Step.ACCEPT, version=row.version, note="收到")
    with pytest.raises(Outdated):
        take_step(world.store, county.actor, row.case_id, Step.VERIFY, version=row.version)
    view = warning_case.case_view(county, row.case_id)
    assert [kind for _, kind in view.course] == ["done", "now", "", "", "", ""]
    assert view.history[-1].note == "收到" and view.escalation is not None
    assert view.case.state is State.ACCEPTED


@pytest.mark.parametrize(("days", "words"), [(-11, "逾期 11 天"), (0, "今日到期"), (5, "余 5 天"), (None, "—")])
def test_deadlines_in_words(days: int | None, words: str) -> None:
    assert deadline_words(days).zh == words


def test_the_heat_map_compares_with_the_citys_sector(world: World) -> None:
    heat = world.of(Role.SUPERVISOR).heat
    assert heat.sectors and all(len(s.cells) == len(heat.units) for s in heat.sectors)
    for sector in heat.sectors:
        assert sector.whole.size == sum(c.size for c in sector.cells)
        assert all(c.level is None for c in sector.cells if c.size < 20)
    assert "3σ" in heat.finding.zh and "3σ" in heat.finding.en


def test_the_export_holds_every_row_that_fits(world: World) -> None:
    source = world.of(Role.SUPERVISOR)
    view = warning_list(source, {"level": "3", "page": "1"})
    table = warning_export.batches(source, view, "zh").read_all()
    assert table.num_rows == view.total == 6
    assert table.column_names == [c.key for c in warning_export.columns()]
    assert warning_export.sentence(source, view).zh == "● 重大"
    assert warning_export.sentence(source, warning_list(source, {})) == warning_export.EVERYTHING
