"""Reference records: the list of supervision items and the directory of inspectors."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.demo.chance import Chance, choice, happens
from pipeline.demo.clock import Ints, days, plus
from pipeline.demo.codes import serials
from pipeline.demo.industries import FIELDS
from pipeline.demo.names import join, lookup, persons
from pipeline.demo.population import UNITS
from pipeline.demo.records import Records, concat, dates, number, same, truth, whole

ITEMS: tuple[tuple[str, str, str, str, bool, bool], ...] = (
    ("0101", "企业公示信息检查", "XYJG", "all", False, False),
    ("0102", "登记事项检查", "DJZC", "all", False, False),
    ("0103", "年度报告公示信息检查", "XYJG", "type in 1130,1151,1190,1153,1110,1219,5000,9100", False, False),
    ("0104", "住所(经营场所)检查", "XYJG", "all", False, True),
    ("0201", "食品生产监督检查", "SPSC", "field in food_production", True, False),
    ("0202", "葡萄酒及饮料生产检查", "SPSC", "industry in C15", True, False),
    ("0203", "农副食品加工检查", "SPSC", "industry in C13,C14", True, True),
    ("0301", "食品销售监督检查", "SPLT", "field in food_sales", True, False),
    ("0302", "酒类经营检查", "SPLT", "industry in F5127,F5226", False, False),
    ("0401", "餐饮服务监督检查", "CYFW", "field in catering", True, False),
    ("0402", "学校及养老机构食堂检查", "CYFW", "field in catering & industry in P,Q", True, True),
    ("0501", "特殊食品经营检查", "TSSP", "field in special_food", True, False),
    ("0601", "药品零售监督检查", "YPLT", "field in drug_retail", True, False),
    ("0602", "中药材与参茸经营检查", "YPLT", "industry in A0179,F5117", False, True),
    ("0701", "医疗器械经营监督检查", "YLQX", "field in medical_device", True, False),
    ("0801", "特种设备使用监督检查", "TZSB", "field in special_equipment", True, False),
    ("0802", "供暖锅炉安全检查", "TZSB", "field in special_equipment & industry in D44", True, True),
    ("0901", "广告行为检查", "GGJG", "industry in L7259,I,F5225", False, False),
    ("0902", "价格行为检查", "JGJC", "industry in F,H,K,O", False, False),
    ("0903", "网络交易检查", "WLJG", "industry in F5292,I6429", False, True),
    ("0904", "商标使用检查", "ZSCQ", "industry in C,F", False, False),
    ("1001", "工业产品质量检查", "ZLJD", "industry in C20,C21,C30,C31,C33,C36", False, False),
    ("1002", "计量器具检查", "JLK", "industry in F52,F5165,D", False, False),
    ("1101", "房地产中介检查", "JGJC", "industry in K7030 | industry in K7020", False, True),
    ("1102", "旅行社及娱乐场所联合检查", "XYJG", "industry in L7291,R", False, True),
    ("1103", "校外培训与幼儿园联合检查", "XYJG", "industry in P83", False, True),
    ("1104", "劳务派遣联合检查", "XYJG", "industry in L7263", False, True),
    ("1105", "建筑施工企业联合检查", "XYJG", "industry in E", False, True),
    ("1201", "个体工商户食品摊店检查", "SPLT", "type in 9500 & field in food_sales,catering", False, False),
    ("1202", "农民专业合作社检查", "XYJG", "type in 9100", False, False),
)
"""Item: number, name, division, rule of `pipeline.feeds.applicability`, key item, cross-departmental."""
ITEM_OF_FIELD = ("0201", "0301", "0401", "0501", "0601", "0701", "0801")
GENERAL_ITEMS = ("0101", "0102", "0103", "0104")


def item_code(number_: str) -> str:
    """The full code of an item."""
    return f"JG2205{number_}"


def supervision_items() -> Records:
    """Both lists (directory and check implementation), in force since 2016; a few items are of 2019."""
    parts = []
    for at, kind in enumerate(("directory", "check_implementation")):
        size = len(ITEMS)
        since = np.where(np.arange(size) % 9 == 8, np.datetime64("2019-02-01"), np.datetime64("2015-07-01"))
        columns = {
            "item_code": pa.array([item_code(i[0]) + "AB"[at] for i in ITEMS]),
            "item_name": pa.array([i[1] for i in ITEMS]),
            "list_kind": same(kind, size),
            "dept_code": pa.array([i[2] for i in ITEMS]),
            "level": lookup(("county", "city"), (np.arange(size) % 4 == 0).astype(int)),
            "applies_to": pa.array([i[3] for i in ITEMS]),
            "is_key_item": truth(np.array([i[4] for i in ITEMS])),
            "is_cross_dept": truth(np.array([i[5] for i in ITEMS])),
            "ratio_cap": number(np.where(np.array([i[4] for i in ITEMS]), 1.0, 0.3)),
            "freq_cap": whole(np.where(np.array([i[4] for i in ITEMS]), 4, 1)),
            "basis": same("权责清单(演示)", size),
            "valid_from": dates(since),
            "source_record_id": serials(f"SX{at}", np.arange(size), 6),
        }  # fmt: skip
        parts.append(Records("supervision_item", np.full(size, -1), at * 100 + np.arange(size), since, columns))
    return concat(tuple(parts))


def inspectors(enterprises: int, chance: Chance) -> Records:
    """Inspectors of every unit, a new version each January; some certificates have run out."""
    rng = chance.of("inspectors")
    each = inspectors_per_unit(enterprises)
    size = each * len(UNITS)
    unit = np.repeat(np.arange(len(UNITS)), each)
    first, second = rng.integers(0, len(FIELDS), size), rng.integers(0, len(FIELDS), size)
    base = {
        "inspector_id": inspector_ids(unit, np.tile(np.arange(each), len(UNITS))),
        "name": persons(rng, size),
        "cert_no": serials("JLZF", np.arange(size), 6),
        "unit": lookup(UNITS, unit),
        "expertise": join(
            lookup(FIELDS, first), ";", lookup(FIELDS, np.where(second == first, (first + 1) % len(FIELDS), second))
        ),
        "yearly_quota": whole(np.full(size, 60)),
        "source_record_id": serials("RS", np.arange(size), 6),
    }
    valid_to = days("2017-06-01", rng.integers(0, 1800, size))
    parts, status = [], np.zeros(size, dtype=int)
    for year in (2016, 2018, 2019, 2020):
        ready = np.full(size, np.datetime64(f"{year}-01-10"))
        valid_to = np.where(
            (valid_to < ready) & happens(rng, 0.85, size), plus(valid_to, np.full(size, 1826)), valid_to
        )
        status = np.where(status == 2, 2, choice(rng, [94, 4, 2], size))
        columns = {**base, "cert_valid_to": dates(valid_to), "status": lookup(("active", "leave", "left"), status)}
        parts.append(Records("inspector", np.full(size, -1), np.arange(size), ready, columns))
    return concat(tuple(parts))


def inspectors_per_unit(enterprises: int) -> int:
    """How many inspectors a unit has."""
    return max(8, enterprises // 500)


def inspector_ids(unit: Ints, position: Ints) -> pa.Array:
    """Their numbers."""
    return serials("JC2205", unit * 1000 + position, 6)
