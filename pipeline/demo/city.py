"""The verb `make_city`: a synthetic deployment with its deliveries and, beside them, the truth."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from pipeline.demo import business_feeds, directories, permit_feeds, register_feeds, supervision_feeds
from pipeline.demo.chance import Chance
from pipeline.demo.clock import TODAY
from pipeline.demo.deliveries import Post, deliver, undelivered
from pipeline.demo.identify import Registry
from pipeline.demo.lives import Outlook, live
from pipeline.demo.papers import make_papers
from pipeline.demo.permits import make_permits
from pipeline.demo.population import lay_to_rest, make_firms
from pipeline.demo.rates import Dirt, Rates
from pipeline.demo.records import Records
from pipeline.demo.state import Journal, World
from pipeline.demo.traits import make_traits
from pipeline.demo.truth import write_truth
from pipeline.errors import BadDeclaration
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.mapping import Mappings
from pipeline.settings import DEFAULT_DATA, City

FEWEST, MOST = 200, 150_000
"""Bounds of the number of graded enterprises."""
MARKER = "demo.toml"
"""Written last: what the city was made of."""
UNFINISHED = "demo.unfinished"
"""Written first and removed last: only a folder that holds it may be cleared."""
_REPORT_YEARS = range(2013, 2020)


@dataclass(frozen=True)
class CitySummary:
    """What was made: rows delivered by feed, number of files, and how long it took."""

    records: dict[str, int]
    files: int
    seconds: float


def make_city(
    out: Path, enterprises: int = 6000, seed: int = 7, progress: Callable[[str, float], None] | None = None
) -> CitySummary:
    """Make a synthetic deployment in the folder `out`: city.toml, landing/, truth/ and var/today.

    `enterprises`: how many entities are graded on 2020-10-16; individual businesses with licences come on
    top. The same seed gives the same bytes. `progress` is told the part and how much of it is done (0–1).
    What an interrupted run left is made anew. Raises BadDeclaration, and changes nothing, where the number
    lies outside 200–150,000 or the folder is a real deployment or has deliveries of another origin.
    """
    start = perf_counter()
    report = progress or (lambda part, share: None)
    _refuse_unfit(out, enterprises)
    city = _write_city(out)
    world, journal, outlook = simulate(enterprises, seed, city, report)
    registry = Registry.of(world)
    post = Post(out / "landing", {code: name.zh for code, name in city.suppliers.items()}, _mappings(out), Dirt())
    records = _records(world, journal, outlook, enterprises)
    undelivered(records)
    owned = deliver(world, registry, records, post, report)
    write_truth(out / "truth", world, registry, outlook, owned)
    counts = {feed: sum(len(o.owner) for o in owned if o.feed == feed) for feed in BY_CODE}
    (out / MARKER).write_text(f"enterprises = {enterprises}\nseed = {seed}\n", encoding="utf-8")
    (out / UNFINISHED).unlink()
    report("done", 1.0)
    return CitySummary(records=counts, files=len(owned), seconds=perf_counter() - start)


def is_complete(out: Path) -> bool:
    """Whether `out` holds a city that was made to its end."""
    return (out / MARKER).is_file()


def simulate(
    enterprises: int, seed: int, city: City, report: Callable[[str, float], None]
) -> tuple[World, Journal, Outlook]:
    """The lives of a population: its world, everything that happened, and the true outlook of every quarter."""
    rates, chance = Rates(), Chance(seed)
    report("population", 0.0)
    firms = make_firms(enterprises, chance, rates)
    traits = make_traits(firms, chance, rates)
    firms = lay_to_rest(firms, enterprises, traits.frailty, chance, rates)
    permits = make_permits(firms, traits, chance, rates)
    world = World.of(firms, traits, permits, rates, chance, {y: city.report_deadline(y) for y in _REPORT_YEARS})
    journal, outlook = live(world, report)
    return world, journal, outlook


def _refuse_unfit(out: Path, enterprises: int) -> None:
    faults = []
    if not FEWEST <= enterprises <= MOST:
        faults.append(f"enterprises: expected {FEWEST} to {MOST}, received {enterprises}")
    if (out / "city.toml").is_file() and not City.load(out / "city.toml").synthetic:
        faults.append("city.toml: this is a real deployment (synthetic = false); choose another folder")
    half_made = (out / UNFINISHED).is_file()
    if not half_made and (out / "landing").is_dir() and any((out / "landing").iterdir()):
        faults.append("landing: already holds deliveries; choose another folder, or delete this one")
    if faults:
        raise BadDeclaration(str(out), faults)
    if half_made:
        for half in ("landing", "truth"):
            shutil.rmtree(out / half, ignore_errors=True)


def _write_city(out: Path) -> City:
    """city.toml of the repository with `synthetic = true`, and the business day."""
    own = (DEFAULT_DATA / "city.toml").read_text(encoding="utf-8")
    (out / "var").mkdir(parents=True, exist_ok=True)
    (out / UNFINISHED).touch()
    (out / "city.toml").write_text(re.sub(r"(?m)^synthetic\s*=\s*\w+", "synthetic = true", own), encoding="utf-8")
    marker = out / "var" / "today"
    if not marker.is_file():
        marker.write_text(f"{TODAY.isoformat()}\n")
    return City.load(out / "city.toml")


def _mappings(out: Path) -> Mappings:
    own = out / "mappings"
    return Mappings.load(own if own.is_dir() else DEFAULT_DATA / "mappings", BY_CODE)


def _streets() -> list[tuple[str, str]]:
    with (DEFAULT_DATA / "reference" / "streets.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["code"], row["name_zh"]) for row in csv.DictReader(file)]


def _records(world: World, journal: Journal, outlook: Outlook, enterprises: int) -> dict[str, Records]:
    """Every stream's records, by the name of its shape."""
    papers = make_papers(world.firms, world.traits, world.chance, world.rates, _streets())
    penalty = supervision_feeds.penalties(world, journal)
    listed = supervision_feeds.abnormal(world, journal)
    return {
        "ent_registration": register_feeds.registration(world, papers),
        "ent_change": register_feeds.changes(world, papers),
        "ent_person": register_feeds.persons(world, papers),
        "cancellation": register_feeds.cancellations(world),
        "licence": permit_feeds.licences(world, *supervision_feeds.revocations(journal)),
        "food_operator": permit_feeds.food_operators(world),
        "special_equipment": permit_feeds.equipment(world),
        "penalty": penalty,
        "abnormal_list": listed,
        "serious_violation_list": supervision_feeds.serious(world, journal),
        "credit_repair": supervision_feeds.repairs(world, penalty, listed),
        "spot_check_result": supervision_feeds.checks(world, journal),
        "product_sampling": supervision_feeds.samples(world, journal),
        "safety_event": supervision_feeds.accidents(world, journal),
        "complaint": business_feeds.complaints(world, journal),
        "annual_report": business_feeds.annual_reports(world, journal),
        "tax_record_grade": business_feeds.tax_grades(world),
        "tax_record_arrears": business_feeds.tax_arrears(world, journal),
        "social_insurance": business_feeds.insurance(world, journal),
        "judicial_case": business_feeds.lawsuits(world, journal),
        "dishonest_executee": business_feeds.debtors(world, journal),
        "gov_dishonesty": business_feeds.findings(world, journal),
        "opinion": business_feeds.opinions(world, journal),
        "national_grade": business_feeds.national_grades(world, outlook),
        "supervision_item": directories.supervision_items(),
        "inspector": directories.inspectors(enterprises, world.chance),
    }
