"""Random small worlds: rows of every feed, dense around the dates that matter (boundaries, versions, repairs)."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pipeline.domain import Applicability, Month, RegionCode, Uscc
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.contract import CodeOf, FeedContract, Field, OneOf, Subject
from tests.deployment import REFERENCE
from tests.world import event_on

World = dict[str, list[dict[str, Any]]]
FIRMS = tuple(f"F{n}" for n in range(6))
OFFSETS = (
    -1900,
    -1826,
    -1100,
    -1095,
    -1094,
    -800,
    -730,
    -729,
    -400,
    -366,
    -365,
    -364,
    -200,
    -180,
    -91,
    -90,
    -61,
    -31,
    -30,
    -29,
    -5,
    -1,
    0,
    1,
    20,
    60,
)
RULES = ("all", "industry in F52", "field in catering | industry in H", "type in 1130 & industry in C")


def random_world(seed: int, as_of: date) -> World:
    """A world in which every feed has some rows about the FIRMS, in one or two versions each."""
    dice = random.Random(seed)
    world = {feed: _rows(dice, contract, as_of) for feed, contract in BY_CODE.items()}
    for target in ("penalty", "abnormal_list", "serious_violation_list"):
        for row in world[target]:
            if dice.random() < 0.15:
                row["repaired_from"] = as_of + timedelta(days=dice.choice((-30, -1, 0, 10)))
    return world


def later_rows(seed: int, as_of: date) -> World:
    """Rows that were received, or happened, on or after `as_of`: none of them may change anything."""
    dice = random.Random(seed)
    rows: World = {}
    for feed, contract in BY_CODE.items():
        found = [_row(dice, contract, as_of, n) for n in range(500, 506)]
        for row in found:
            if contract.subject is Subject.ROOT:
                row |= {
                    "uscc": f"N{dice.randrange(9)}",
                    "established_on": as_of,
                    "known_from": _moment(as_of, dice.choice((0, 3))),
                }
            elif (
                row["event_on"] is not None
                and dice.random() < 0.5
                and contract.by_name[str(contract.happened_on)].kind is date
            ):
                row[str(contract.happened_on)] = row["event_on"] = as_of + timedelta(days=dice.choice((0, 1, 30)))
                row["known_from"] = _moment(as_of, -20)
            else:
                row["known_from"] = _moment(as_of, dice.choice((0, 1, 30)))
        rows[feed] = found
    return rows


def _moment(day: date, offset: int) -> datetime:
    return datetime.combine(day + timedelta(days=offset), time(9, 30) if offset % 2 else time())


def _rows(dice: random.Random, contract: FeedContract, as_of: date) -> list[dict[str, Any]]:
    if contract.subject is Subject.ROOT:
        return [v for n, firm in enumerate(FIRMS) for v in _versions(dice, contract, as_of, n * 2, firm)]
    found: list[dict[str, Any]] = []
    keys = set()
    for number in range(0, 2 * dice.randrange(4, 26), 2):
        versions = _versions(dice, contract, as_of, number, dice.choice((*FIRMS, None)))
        key = tuple(versions[0].get(k) for k in contract.key)
        if None in key or key not in keys:  # two records never share a complete natural key
            keys.add(key)
            found += versions
    return found


def _versions(
    dice: random.Random, contract: FeedContract, as_of: date, number: int, firm: str | None
) -> list[dict[str, Any]]:
    """One record in one or two versions, the first one superseded when the second is received."""
    first = _row(dice, contract, as_of, number) | ({"uscc": firm} if "uscc" in contract.by_name else {})
    if dice.random() > 0.3:
        return [first]
    second = _row(dice, contract, as_of, number + 1) | {k: first[k] for k in (*contract.key, "uscc") if k in first}
    second["event_on"] = event_on(contract, second)
    second["known_from"] = first["known_from"] + timedelta(days=dice.choice((1, 30, 200)))
    second["version_no"] = 2
    return [first | {"known_to": second["known_from"], "row_outcome": "superseded"}, second]


def _row(dice: random.Random, contract: FeedContract, as_of: date, number: int) -> dict[str, Any]:
    row = {f.name: _value(dice, f, as_of, number) for f in contract.fields}
    if contract.happened_on and row[contract.happened_on] is None:
        row[contract.happened_on] = _value(dice, contract.by_name[contract.happened_on], as_of, number, filled=True)
    if contract.subject is Subject.ROOT:
        row |= {
            "status": dice.choice("1111124"),
            "established_on": as_of + timedelta(days=dice.choice((-4000, -900, -366, -300, 5))),
        }
    row |= {
        f"{d}_known": row[d] + timedelta(days=dice.choice((0, 9))) if row[d] else None for d in contract.learned_dates
    }
    happened = event_on(contract, row)
    received = (happened or as_of + timedelta(days=dice.choice(OFFSETS))) + timedelta(days=dice.choice((0, 1, 7, 40)))
    row |= {"event_on": happened, "known_from": _moment(received, 0), "known_to": None, "known_assumed": False}
    return row | {"repaired_from": None, "row_outcome": "accepted", "version_no": 1, "delivery_no": 1, "row_no": number}


def _value(dice: random.Random, f: Field, as_of: date, number: int, *, filled: bool = False) -> Any:
    if not (filled or f.required) and dice.random() < 0.25:
        return None
    if f.name in ("uscc", "related_uscc"):
        return dice.choice(FIRMS)
    if f.name == "report_year" or f.name == "year":
        return as_of.year - dice.randrange(5)
    if isinstance(f.kind, CodeOf | OneOf):
        codes = list(f.kind.labels if isinstance(f.kind, OneOf) else REFERENCE.codes(f.kind.list_name))
        return (
            (f.many or "").join(dice.sample(codes, min(len(codes), dice.choice((1, 1, 2)))))
            if f.many
            else dice.choice(codes)
        )
    day = as_of + timedelta(days=dice.choice(OFFSETS))
    by_kind = {
        date: lambda: day,
        datetime: lambda: _moment(day, 0),
        Month: lambda: f"{day:%Y-%m}",
        bool: lambda: dice.random() < 0.5,
        int: lambda: dice.choice((0, 1, 2, 3, 10, 250)),
        Decimal: lambda: Decimal(dice.choice(("0", "0.5", "1", "12", "250.25"))),
        RegionCode: lambda: dice.choice(("220502", "220581")),
        Uscc: lambda: dice.choice(FIRMS),
        Applicability: lambda: dice.choice(RULES),
        str: lambda: _text(dice, f.name, number),
    }
    return by_kind[f.kind]()


def _text(dice: random.Random, name: str, number: int) -> str:
    known = {
        "industry_code": ("5211", "6210", "2740", "1373"),
        "before_value": ("100", "50万元", "旧"),
        "after_value": ("50", "20", "新"),
        "address": ("通化市东昌区新华大街1号", "通化市东昌区新华大街 2号"),
        "cert_name": ("食品经营许可证", "药品经营许可证", "营业性演出许可证"),
        "business_scope": ("餐饮服务；食品销售", "药品零售", "百货零售"),
        "position": ("法定代表人", "监事"),
        "person_pid": ("p1", "p2", "p3"),
        "item_code": ("I1", "I2", "I3"),
        "jurisdiction_unit": ("TH-DC", "TH-MH"),
        "violation_type": ("无证经营", "移送公安机关"),
        "remark": ("", "移送公安机关"),
    }
    return dice.choice(known[name]) if name in known else f"{name}-{number}"
