"""A city of sixty invented enterprises in a temporary folder: small enough to be built again and again.

Every outcome of a row is there: accepted, duplicate, superseded, excluded, quarantined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from tests.deployment import Deployment
from tests.firms import uscc

ENTERPRISES = 60
TODAY = date(2020, 10, 15)
DAYS = [date(2020, 7, 1), date(2020, 10, 16)]
SUPPLYING_UNIT = "某供数单位"
SYNTHETIC_UNIT = "演示数据"
REGISTER = "registry/2020-01-02/ent_registration.csv"
_PLACES = (
    "TH-DC 220502",
    "TH-ED 220503",
    "TH-TH 220521",
    "TH-HN 220523",
    "TH-LH 220524",
    "TH-MH 220581",
    "TH-JA 220582",
)
_TRADES = ("F 5211", "H 6210", "C 1439", "F 5251", "L 7291")
_TYPES = ("1130", "1130", "1151", "9100", "2000", "9500")
_REGISTER_HEADER = (
    "uscc", "entity_name", "status", "entity_type", "established_on", "jurisdiction_unit", "division", "industry_section",
    "industry_code", "reg_capital_wan", "cancelled_on",
)  # fmt: skip
_PENALTY_HEADER = (
    "uscc",
    "cp_name",
    "cp_type",
    "doc_no",
    "authority_uscc",
    "decided_on",
    "penalty_category",
    "fine_wan",
)
_CHECK_HEADER = ("uscc", "check_id", "check_kind", "checked_on", "result", "check_org")


class SmallCity(Deployment):
    """The deployment's folder; `deliver_all` fills its landing folder, and nothing is ingested yet."""

    def __init__(self, folder: Path, *, synthetic: bool = True) -> None:
        super().__init__(folder)
        self.synthetic = synthetic
        if synthetic:
            city = folder / "city.toml"
            city.write_text(
                city.read_text(encoding="utf-8").replace("synthetic = false", "synthetic = true"), encoding="utf-8"
            )
            (folder / "var").mkdir(exist_ok=True)
            (folder / "var" / "today").write_text(f"{TODAY}\n", encoding="utf-8")

    def deliver_all(self) -> None:
        """Every delivery of every supplier."""
        self._deliver_register()
        self._deliver_trouble()
        self._deliver_duties()

    def deliver(
        self, path: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, encoding: str = "utf-8"
    ) -> Path:
        """As every deployment's, with the supplying unit that a real or a synthetic delivery names."""
        unit = SYNTHETIC_UNIT if self.synthetic else SUPPLYING_UNIT
        return super().deliver(path, [*header, "supplier_org"], [[*row, unit] for row in rows], encoding=encoding)

    def complaints(self, path: str = "complaints/2020-10-05/complaint.csv", first: int = 0, count: int = 45) -> Path:
        """One delivery of the complaint centre, from ticket `first` on."""
        return self.deliver(
            path,
            ("uscc", "ticket_no", "kind", "received_on", "result", "closed_on"),
            [
                (uscc(n % 40), f"T{n}", "complaint", _day(2020, n), "1" if n % 2 else None, _day(2020, n + 9))
                for n in range(first, first + count)
            ],
        )

    def deliver_draw_assets(self) -> None:
        """What a double-random draw needs: two items, and four inspectors a unit, one of them without a certificate."""
        items = [
            ("JG1", "登记事项检查", "all", "是", "1", "1", "2018-01-01"),
            ("JG2", "餐饮服务监督检查", "industry in H", "是", "0.5", "4", "2018-01-01"),
        ]
        self.deliver(
            "legal/2020-02-01/supervision_item.csv",
            ("item_code", "item_name", "applies_to", "is_key_item", "ratio_cap", "freq_cap", "valid_from", "list_kind"),
            [(*item, "check_implementation") for item in items],
        )
        units = [u.code for u in self.settings.city.units]
        self.deliver(
            "hr/2020-02-01/inspector.csv",
            ("inspector_id", "name", "cert_valid_to", "unit", "expertise", "status", "recuse_uscc", "yearly_quota"),
            [
                (
                    f"I{u}{n}",
                    f"检查员{u}{n}",
                    "2019-12-31" if n == 3 else "2023-12-31",
                    unit,
                    "catering",
                    "active",
                    "",
                    60,
                )
                for u, unit in enumerate(units)
                for n in range(4)
            ],
        )

    def deliver_faulty(self) -> None:
        """Two files that are set aside: 120 complaints, 20 of them without a date, and a table of nobody knows what."""
        rows = [(uscc(n % 40), f"B{n}", "complaint", None if n % 6 == 0 else "2020-08-01") for n in range(120)]
        self.deliver("complaints/2020-10-13/坏的.csv", ("uscc", "ticket_no", "kind", "received_on"), rows)
        self.deliver("tax/2020-10-13/unknown.csv", ("甲", "乙"), [(1, 2)])

    def _deliver_register(self) -> None:
        rows = [_firm(n) for n in range(ENTERPRISES)]
        self.deliver(REGISTER, _REGISTER_HEADER, rows)
        moved = [(*rows[n][:5], *_PLACES[(n + 3) % 7].split(), *rows[n][7:]) for n in (4, 9)]
        revoked = [(*rows[n][:2], "2", *rows[n][3:10], "2020-05-20") for n in (6, 13)]
        nameless = [(uscc(90), None, *rows[0][2:]), ("没有代码", "通化无码商店", *rows[0][2:])]
        self.deliver(
            "registry/2020-06-01/ent_registration.csv", _REGISTER_HEADER, [*moved, *revoked, rows[20], *nameless]
        )
        self.deliver(
            "registry/2020-06-01/ent_change.csv",
            ("uscc", "change_item", "before_value", "after_value", "changed_on", "change_seq"),
            [(uscc(n), "name", f"通化旧名{n}号有限公司", _firm(n)[1], "2018-03-01", 1) for n in range(0, 30, 5)],
        )

    def _deliver_trouble(self) -> None:
        for supplier, shift in (("legal", 0), ("county-220502", 1), ("county-220581", 2)):
            rows = [_penalty(n, shift) for n in range(shift, ENTERPRISES, 5)]
            self.deliver(f"{supplier}/2020-06-15/penalty.csv", _PENALTY_HEADER, rows)
            later = [
                *rows[:2],
                (*rows[3][:7], "9.5"),
                _penalty(shift + 30, shift + 7),
                (None, "张三", "3", f"P{shift}", "X", "2020-06-02", "02", "1"),
            ]
            self.deliver(f"{supplier}/2020-09-15/penalty.csv", _PENALTY_HEADER, later)
            checks = [_check(n, shift) for n in range(shift, ENTERPRISES, 3)]
            self.deliver(
                f"{supplier}/2020-09-15/spot_check_result.csv",
                _CHECK_HEADER,
                [*checks, checks[0], (uscc(1), "bad", "1", "2020-13-45", "01", None)],
            )
        self.complaints()

    def _deliver_duties(self) -> None:
        self.deliver(
            "credit/2020-07-10/abnormal_list.csv",
            ("uscc", "list_id", "cause", "listed_on", "removed_on"),
            [(uscc(n), f"L{n}", "1", "2019-07-08", "2020-03-01" if n % 2 else None) for n in range(0, ENTERPRISES, 7)],
        )
        self.deliver(
            "credit/2020-09-20/credit_repair.csv",
            ("uscc", "repair_no", "target_feed", "target_record_id", "repaired_on", "result"),
            [(uscc(5), "R1", "penalty", "legal-0-5", "2020-09-10", "granted")],
        )
        self.deliver(
            "credit/2020-07-10/annual_report.csv",
            ("uscc", "report_year", "reported_on", "employees", "assets_wan", "liabilities_wan", "main_revenue_wan"),
            [
                (uscc(n), y, f"{y + 1}-05-{1 + n % 28:02d}", 3 + n, 100 + n, 40 + n, 80 + 2 * n)
                for n in range(50)
                for y in (2018, 2019)
            ],
        )
        self.deliver(
            "tax/2020-09-12/tax_record.csv",
            ("uscc", "record_no", "record_type", "amount_wan", "recorded_on"),
            [(uscc(n), f"X{n}", "2", 2 + n, _day(2020, n)) for n in range(0, ENTERPRISES, 11)],
        )


def _firm(n: int) -> tuple[object, ...]:
    place, trade = _PLACES[n % 7].split(), _TRADES[n % 5].split()
    established = date(2008, 1, 1) + timedelta(days=61 * n)
    return (uscc(n), f"通化第{n}号有限公司", "1", _TYPES[n % 6], established, *place, *trade, 50 + 10 * n, None)


def _penalty(n: int, shift: int) -> tuple[object, ...]:
    name = f"通化旧名{n}号有限公司" if n % 10 == 0 else None
    code = None if name else uscc(n)
    return (
        code,
        name,
        "1",
        f"{('legal', 'dc', 'mh')[shift % 3]}-{shift}-{n}",
        "11220500MB0000000X",
        _day(2020, n),
        "02",
        f"{1 + n / 10:.1f}",
    )


def _check(n: int, shift: int) -> tuple[object, ...]:
    return (uscc(n), f"C{shift}-{n}", "1", _day(2020, n), "03" if n % 4 == 0 else "01", "某检查机构")


def _day(year: int, n: int) -> date:
    return date(year, 1, 1) + timedelta(days=3 * n % 150)
