"""A small city whose names, numbers, files, people and notes are all written by somebody who means ill."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from models.build import build
from models.policy.draw import hold
from models.policy.draw_frame import DrawRequest
from models.policy.draw_plan import plan
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.landing import name_file
from pipeline.stores.operations import accounts, filters
from pipeline.stores.operations.accounts import Account, operator
from pipeline.stores.operations.case_reads import cases
from pipeline.stores.operations.case_rules import Step
from pipeline.stores.operations.casework import take_step
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import TaskState, set_task
from pipeline.stores.reader import open_library
from tests.accounts import actor, add
from tests.small_city import DAYS, SmallCity
from tests.warned import warned

OWN_UNIT = "TH-DC"
"""The unit of the county that looks."""
PLANTS = (
    "<img src=x onerror=alert(1)>", "<script>alert(2)</script>", "[点我](javascript:alert(3))", "![图](http://evil.example/x.png)",
    "$\\frac{1}{2}$", ":red[红]", "**粗**", "<a href='http://evil.example'>链</a>", "`x`", ":material/delete:", "=cmd|' /C calc'!A0",
    "'; DROP TABLE x; --", "</style><b onclick=alert(4)>", "&lt;b&gt;",
)  # fmt: skip
_PLANTED = ("entity_name", "check_org", "doc_no", "item_name", "name", "ticket_no", "record_no", "list_id")


class PlantedCity(SmallCity):
    """The small city with a plant behind every name and number that a page may show."""

    def deliver(
        self, path: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, encoding: str = "utf-8"
    ) -> Path:
        where = [i for i, title in enumerate(header) if title in _PLANTED]
        planted = []
        for n, row in enumerate(rows):
            cells = list(row)
            for i in where:
                cells[i] = f"{cells[i]}{PLANTS[n % len(PLANTS)]}" if cells[i] is not None else None
            planted.append(cells)
        placed = super().deliver(path, header, planted, encoding=encoding)
        if "complaint" in path:
            name_file(placed).write_text(f"complaint_{PLANTS[0]}{PLANTS[3]}.csv", encoding="utf-8")
        return placed


def planted_city(folder: Path) -> Settings:
    """Built, with warnings, a draw, notes, filters, evidence and accounts, all of them planted."""
    city = PlantedCity(folder)
    city.deliver_all()
    city.deliver_draw_assets()
    city.complaints(f"{PLANTS[5]}{PLANTS[6]}/2020-10-06/complaint.csv", first=300, count=5)
    build(city.settings, DAYS)
    store = warned(city.settings)
    _act(store)
    store.close()
    return city.settings


def _act(store: Operations) -> None:
    settings = store.settings
    division = actor(Role.SUPERVISOR, settings.city)
    add(store, division.user, Role.SUPERVISOR)
    for n, plant in enumerate(PLANTS):
        accounts.add_account(store, operator(), Account(f"planted{n}", f"某人{plant}", Role.COUNTY, (OWN_UNIT,)))
    for plant in PLANTS[:5]:
        filters.save(store, division, "enterprises", plant[:20], {"q": plant})
        set_task(store, division, "T10", TaskState.OPEN, evidence=plant, file_name=f"{plant}.pdf")
    found = cases(store, division).query("unit == 'TH-DC'")
    county = actor(Role.COUNTY, settings.city, (OWN_UNIT,))
    for n, row in enumerate(found.head(3).to_dict("records")):
        take_step(store, county, row["case_id"], Step.ACCEPT, version=row["version"], note=f"{PLANTS[n]}{PLANTS[3]}")
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library
    read = library.reader(division)
    made = plan(
        store, read, division, DrawRequest(f"抽查{PLANTS[0]}{PLANTS[3]}", items=("JG1",), due_on=date(2020, 12, 1))
    )
    hold(store, read, division, made, b"7" * 32)
    library.close()


def copy_of(settings: Settings, folder: Path) -> Settings:
    """A copy that a test may change."""
    shutil.copytree(settings.data, folder)
    return Settings.load(folder)
