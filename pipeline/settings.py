"""Where things lie and what this deployment is: one frozen `Settings`, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.domain import Text, Unit
from pipeline.errors import BadDeclaration

REPOSITORY = Path(__file__).resolve().parent.parent
DEFAULT_DATA = REPOSITORY / "data"
OWN_SUPPLIER = "self"
"""The supplier code under which this system delivers what was entered in it; never expected, never a coverage."""
_OWN_NAME = Text("本系统录入", "Entered in this system")


@dataclass(frozen=True)
class Expected:
    """A feed that a supplier is expected to deliver, for which units and how often."""

    feed: str
    supplier: str
    units: tuple[str, ...]
    cadence_days: int


@dataclass(frozen=True)
class City:
    """The content of city.toml: whose deployment this is."""

    name: Text
    bureau: Text
    timezone: str
    synthetic: bool
    units: tuple[Unit, ...]
    suppliers: dict[str, Text] = field(hash=False)
    expected: tuple[Expected, ...] = ()
    report_deadline_default: tuple[int, int] = (6, 30)
    report_deadlines: dict[int, date] = field(default_factory=dict, hash=False)

    def report_deadline(self, report_year: int) -> date:
        """The last day for the annual report of `report_year` (REG654 art 8: 30 June of the next year)."""
        month, day = self.report_deadline_default
        return self.report_deadlines.get(report_year, date(report_year + 1, month, day))

    def supplier_name(self, code: str) -> Text:
        """The name of a supplier: its code where city.toml does not know it, and words of our own for this system."""
        return self.suppliers.get(code) or (_OWN_NAME if code == OWN_SUPPLIER else Text(code, code))

    @staticmethod
    def load(path: Path) -> City:
        """Read and check a city.toml; reports all of its faults at once."""
        if not path.is_file():
            raise BadDeclaration(str(path), ["the file is missing: a deployment folder needs a city.toml"])
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadDeclaration(str(path), [f"not readable as TOML: {error}"]) from error
        faults = list(_city_faults(raw))
        if faults:
            raise BadDeclaration(str(path), faults)
        units = tuple(Unit(u["code"], _text(u["name"]), tuple(u.get("divisions", ()))) for u in raw["unit"])
        everywhere = tuple(u.code for u in units)
        deadlines = dict(raw.get("report_deadlines", {}))
        month, day = (int(p) for p in str(deadlines.pop("default", "06-30")).split("-"))
        return City(
            name=_text(raw["name"]),
            bureau=_text(raw["bureau"]),
            timezone=raw["timezone"],
            synthetic=raw["synthetic"],
            units=units,
            suppliers={s["code"]: _text(s["name"]) for s in raw.get("supplier", [])},
            expected=tuple(
                Expected(e["feed"], e["supplier"], tuple(e.get("units", everywhere)), e.get("cadence_days", 31))
                for e in raw.get("expected", [])
            ),
            report_deadline_default=(month, day),
            report_deadlines={int(y): date.fromisoformat(str(d)) for y, d in deadlines.items()},
        )


@dataclass(frozen=True)
class Settings:
    """The folders of a deployment and its city; the only place that knows the paths.

    `data`: the deployment's folder. `landing`: where deliveries arrive (its own unless named). `day`: the business
    day of a build that goes ahead of var/today (synthetic deployments only).
    """

    data: Path
    city: City
    landing: Path
    day: date | None = None

    @staticmethod
    def load(data: Path = DEFAULT_DATA, landing: Path | None = None) -> Settings:
        """Settings of the deployment in `data`, with deliveries from `landing` (default data/landing)."""
        data = Path(data).resolve()
        return Settings(data, City.load(data / "city.toml"), Path(landing).resolve() if landing else data / "landing")

    @property
    def var(self) -> Path:
        """All that a run writes."""
        return self.data / "var"

    @property
    def raw(self) -> Path:
        """The archive of deliveries, kept for ever."""
        return self.var / "raw"

    @property
    def warehouse(self) -> Path:
        """The folder of builds and of CURRENT."""
        return self.var / "warehouse"

    @property
    def grades(self) -> Path:
        """Issued grades, one immutable file a run."""
        return self.var / "grades"

    @property
    def operations(self) -> Path:
        """The SQLite file of what people did."""
        return self.var / "operations.sqlite"

    @property
    def models(self) -> Path:
        """Trained models, one folder each."""
        return self.var / "models"

    @cached_property
    def reference(self) -> Path:
        """Code lists and calendar: the deployment's own, or the repository's."""
        return self._own_or_shared("reference")

    @cached_property
    def policy(self) -> Path:
        """What the bureau decides by paper: the deployment's own, or the repository's."""
        return self._own_or_shared("policy")

    @cached_property
    def mappings(self) -> Path:
        """Layouts of suppliers: the deployment's own, or the repository's."""
        return self._own_or_shared("mappings")

    def now(self) -> datetime:
        """Wall clock in the deployment's zone, naive."""
        return datetime.now(ZoneInfo(self.city.timezone)).replace(tzinfo=None)

    def business_now(self) -> datetime:
        """The time of an act as it counts: the business day at the wall clock's time."""
        return datetime.combine(self.today(), self.now().time())

    def today(self) -> date:
        """The business day: the wall clock's, or the day in var/today of a synthetic deployment."""
        if self.day is not None:
            return self.day
        marker = self.var / "today"
        if self.city.synthetic and marker.is_file():
            return date.fromisoformat(marker.read_text().strip())
        return self.now().date()

    def tomorrow(self) -> date:
        """The usual as_of: what was received today counts."""
        return self.today() + timedelta(days=1)

    def _own_or_shared(self, name: str) -> Path:
        own = self.data / name
        return own if own.is_dir() else DEFAULT_DATA / name


def _text(value: Any) -> Text:
    return Text(value["zh"], value["en"])


def _city_faults(raw: dict[str, Any]) -> list[str]:
    faults = []
    for key, kind in (("name", dict), ("bureau", dict), ("timezone", str), ("synthetic", bool), ("unit", list)):
        if not isinstance(raw.get(key), kind):
            faults.append(f"{key}: expected {kind.__name__}, received {raw.get(key)!r}")
    if faults:
        return faults
    try:
        ZoneInfo(raw["timezone"])
    except (ZoneInfoNotFoundError, ValueError):
        faults.append(f"timezone: expected a zone such as Asia/Shanghai, received {raw['timezone']!r}")
    for what, entries in (("unit", raw["unit"]), ("supplier", raw.get("supplier", []))):
        codes = [str(e.get("code")) for e in entries]
        faults += [f"{what} {c!r} is declared twice" for c in sorted(set(codes)) if codes.count(c) > 1]
        faults += [f"{what} {e.get('code')!r}: name needs zh and en" for e in entries if not _is_text(e.get("name"))]
    units = {u.get("code") for u in raw["unit"]}
    suppliers = {s.get("code") for s in raw.get("supplier", [])}
    for e in raw.get("expected", []):
        if e.get("supplier") not in suppliers:
            faults.append(f"expected {e.get('feed')!r}: supplier {e.get('supplier')!r} is not declared")
        faults += [
            f"expected {e.get('feed')!r}: unit {u!r} is not declared" for u in e.get("units", []) if u not in units
        ]
    return faults


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and {"zh", "en"} <= value.keys()
