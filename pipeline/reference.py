"""Code lists, legal bases, trades, places and working days: what data/reference says, read once."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from pipeline.domain import LegalBasis, Text
from pipeline.errors import BadDeclaration

_HOLIDAY, _MAKEUP = "holiday", "makeup_workday"
_SATURDAY = 5


@dataclass(frozen=True)
class CodeList:
    """A closed list of codes with the source that it was taken from.

    `confirmed`: every code was seen in that source; false shows as 待确认.
    """

    title: Text
    labels: dict[str, Text] = field(hash=False)
    source: str
    confirmed: bool


@dataclass(frozen=True)
class Street:
    """A street or township (nine digits); it has a Chinese name only."""

    code: str
    name: str
    division: str


@dataclass(frozen=True)
class Reference:
    """The reference of one deployment; `Reference.load` makes it.

    `industries`: section letter or two-digit division of GB/T 4754-2017 -> title.
    `sections`: two-digit division -> section letter. `divisions`: GB/T 2260 code -> name.
    """

    code_lists: dict[str, CodeList] = field(hash=False)
    legal_bases: dict[str, LegalBasis] = field(hash=False)
    industries: dict[str, Text] = field(hash=False)
    sections: dict[str, str] = field(hash=False)
    divisions: dict[str, Text] = field(hash=False)
    streets: dict[str, Street] = field(hash=False)
    holidays: frozenset[date]
    makeup_workdays: frozenset[date]

    @staticmethod
    def load(folder: Path) -> Reference:
        """Read a reference folder; raises BadDeclaration with every fault of every file."""
        return _Loader(folder).reference()

    def codes(self, list_name: str) -> dict[str, Text]:
        """Code -> label of one list; KeyError if there is no such list."""
        return self.code_lists[list_name].labels

    def check(self, code_lists: Mapping[str, Iterable[str]], bases: Mapping[str, Iterable[str]]) -> None:
        """Raise BadDeclaration unless every named list and basis exists.

        Both arguments: who names them (e.g. "feed penalty") -> the names of code lists, the codes of bases.
        """
        faults = [
            *_unknown("code list", code_lists, self.code_lists, "code_lists.toml"),
            *_unknown("legal basis", bases, self.legal_bases, "legal_basis.csv"),
        ]
        if faults:
            raise BadDeclaration("data/reference", faults)

    def is_working(self, day: date) -> bool:
        """Whether offices work that day: Monday to Friday, less public holidays, plus make-up days.

        In years that calendar.csv doesn't cover, plain Monday to Friday.
        """
        return day in self.makeup_workdays or (day.weekday() < _SATURDAY and day not in self.holidays)

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; 0 gives `day` itself.

        7 working days after Thursday 2020-04-30 is 2020-05-13: 1-5 May are a holiday, Saturday 9 May is worked.
        """
        if count < 0:
            raise ValueError(f"count: expected 0 or more working days, received {count}")
        while count:
            day += timedelta(days=1)
            count -= self.is_working(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """The working days in (start, end], so that `end = add_working_days(start, n)` gives n back.

        Negative if `end` lies before `start`.
        """
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working(start + timedelta(days=d)) for d in range(1, (end - start).days + 1))

    def working_day_frame(self, first: date, last: date) -> pd.DataFrame:
        """Every day of [first, last]: day (datetime64), ordinal (int64), is_working (bool).

        `ordinal` counts the working days of [first, day]. The n-th working day after a day is the
        working day whose ordinal is n more, so SQL can add a time limit by joining the frame with itself.
        """
        days = pd.date_range(first, last, freq="D")
        weekday = days.day_of_week < _SATURDAY
        holiday = days.isin(pd.to_datetime(sorted(self.holidays)))
        makeup = days.isin(pd.to_datetime(sorted(self.makeup_workdays)))
        is_working = (weekday & ~holiday) | makeup
        return pd.DataFrame({"day": days, "ordinal": is_working.cumsum(), "is_working": is_working})


def _unknown(
    what: str, named: Mapping[str, Iterable[str]], known: Mapping[str, object], file_name: str
) -> Iterable[str]:
    for who, names in named.items():
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                yield f"{who}: {what} {name!r} is not in {file_name}{hint}"


class _Loader:
    """Reads the files of one folder and gathers their faults."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []

    def reference(self) -> Reference:
        industry = self._table("industry.csv", ("code", "section", "title_zh", "title_en", "confirmed"))
        divisions = self._table("divisions.csv", ("code", "name_zh", "name_en"))
        lists = self._code_lists()
        calendar = self._calendar()
        reference = Reference(
            code_lists=lists | self._lists_of_tables(industry, divisions),
            legal_bases=self._legal_bases(),
            industries={code: Text(r["title_zh"], r["title_en"]) for code, r in industry.items()},
            sections={code: r["section"] for code, r in industry.items() if code.isdigit()},
            divisions={code: Text(r["name_zh"], r["name_en"]) for code, r in divisions.items()},
            streets=self._streets(),
            holidays=calendar[_HOLIDAY],
            makeup_workdays=calendar[_MAKEUP],
        )
        self._cross_check(reference)
        if self.faults:
            raise BadDeclaration(str(self.folder), self.faults)
        return reference

    def _cross_check(self, reference: Reference) -> None:
        for code, section in reference.sections.items():
            if section not in reference.industries:
                self.faults.append(f"industry.csv: {code!r} names section {section!r}, which has no row")
        for street in reference.streets.values():
            if street.division not in reference.divisions:
                self.faults.append(f"streets.csv: {street.code!r} lies in {street.division!r}, not in divisions.csv")

    def _code_lists(self) -> dict[str, CodeList]:
        path = self.folder / "code_lists.toml"
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            self.faults.append(f"{path.name}: not readable as TOML: {error}")
            return {}
        lists = {}
        for name, entry in raw.items():
            try:
                labels = {code: _text(label) for code, label in entry["codes"].items()}
                if not isinstance(entry["confirmed"], bool):
                    raise TypeError("confirmed is not true or false")
                lists[name] = CodeList(_text(entry["title"]), labels, str(entry["source"]), entry["confirmed"])
            except (KeyError, TypeError, AttributeError) as error:
                self.faults.append(f"{path.name}: {name}: expected title, source, confirmed and codes; {error!r}")
        return lists

    @staticmethod
    def _lists_of_tables(
        industry: dict[str, dict[str, str]], divisions: dict[str, dict[str, str]]
    ) -> dict[str, CodeList]:
        """The two code lists that have a table of their own."""
        sections = {code: r for code, r in industry.items() if code == r["section"]}
        return {
            "industry_section": CodeList(
                Text("行业门类", "Industry section"),
                {code: Text(r["title_zh"], r["title_en"]) for code, r in sections.items()},
                "industry.csv (GB/T 4754-2017)",
                all(r["confirmed"] == "true" for r in sections.values()),
            ),
            "division": CodeList(
                Text("行政区划", "Administrative division"),
                {code: Text(r["name_zh"], r["name_en"]) for code, r in divisions.items()},
                "divisions.csv (GB/T 2260)",
                True,
            ),
        }

    def _legal_bases(self) -> dict[str, LegalBasis]:
        rows = self._table("legal_basis.csv", ("code", "title_zh", "title_en", "clause", "confirmed"))
        return {
            code: LegalBasis(code, Text(r["title_zh"], r["title_en"]), r["clause"], r["confirmed"] == "true")
            for code, r in rows.items()
        }

    def _streets(self) -> dict[str, Street]:
        rows = self._table("streets.csv", ("code", "name_zh", "division"))
        return {code: Street(code, r["name_zh"], r["division"]) for code, r in rows.items()}

    def _calendar(self) -> dict[str, frozenset[date]]:
        days: dict[str, set[date]] = {_HOLIDAY: set(), _MAKEUP: set()}
        for text, row in self._table("calendar.csv", ("date", "type", "name")).items():
            try:
                days[row["type"]].add(date.fromisoformat(text))
            except ValueError:
                self.faults.append(f"calendar.csv: date: expected YYYY-MM-DD, received {text!r}")
            except KeyError:
                expected = " or ".join(days)
                self.faults.append(f"calendar.csv: {text}: type: expected {expected}, received {row['type']!r}")
        return {kind: frozenset(of_kind) for kind, of_kind in days.items()}

    def _table(self, file_name: str, columns: tuple[str, ...]) -> dict[str, dict[str, str]]:
        """The rows of a CSV file by their first column; other columns are left alone."""
        try:
            with (self.folder / file_name).open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                missing = [c for c in columns if c not in (reader.fieldnames or ())]
                if missing:
                    self.faults.append(f"{file_name}: expected columns {list(columns)}, missing {missing}")
                    return {}
                rows = [{c: (row[c] or "").strip() for c in columns} for row in reader]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            self.faults.append(f"{file_name}: not readable: {error}")
            return {}
        keys = [row[columns[0]] for row in rows]
        for key in sorted({k for k in keys if keys.count(k) > 1}):
            self.faults.append(f"{file_name}: {columns[0]} {key!r} stands twice")
        for row in rows:
            if row.get("confirmed", "true") not in ("true", "false"):
                self.faults.append(
                    f"{file_name}: {row[columns[0]]}: confirmed: expected true or false, received {row['confirmed']!r}"
                )
        return dict(zip(keys, rows, strict=True))


def _text(label: Mapping[str, str]) -> Text:
    return Text(label["zh"], label["en"])
