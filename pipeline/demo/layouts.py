"""Who delivers what, in which form and rhythm: one declaration a supplier and feed.

Column titles come from the contracts, or from the supplier's own mapping in data/mappings where one
fits the file name; so the demonstration uses the very mappings that the product reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pipeline.demo.rates import Naming

_ALWAYS_RIGHT = Naming()


class Form(Enum):
    """The kind of file."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    ZIP = "zip"


class Rhythm(Enum):
    """Months (and days) of the deliveries; all end with one on the last day."""

    MONTHLY = "monthly"
    FORTNIGHTLY = "fortnightly"
    QUARTERLY = "quarterly"
    REPORTS = "reports"
    YEARLY = "yearly"


@dataclass(frozen=True)
class Shape:
    """One stream of files.

    `title` and `by_code`: the file name holds the title, and begins with the feed's code if `by_code`.
    `titles`: Chinese column titles, else column codes. `words`: codes of the contract's own lists are
    delivered as Chinese words. `dates`: how dates are written (`render.DATE_FORMS`). `says_received`:
    rows carry received_at, else the folder's date counts. `unit`: only records of this unit. `part`: only
    one kind of tax records. `xlsx_from`: a supplier of workbooks sent CSV before this month.
    """

    feed: str
    supplier: str
    title: str
    naming: Naming = _ALWAYS_RIGHT
    form: Form = Form.CSV
    encoding: str = "utf-8-sig"
    titles: bool = True
    words: bool = False
    dates: str = "iso"
    says_received: bool = False
    by_code: bool = False
    rhythm: Rhythm = Rhythm.MONTHLY
    day: int = 8
    unit: int | None = None
    part: str = ""
    xlsx_from: str = ""
    prompt: bool = False

    @property
    def name(self) -> str:
        """A name of its own, for streams of random numbers and history files."""
        return self.feed + (f"_{self.part}" if self.part else "")


_CAREFUL = Naming(name=0.05, wrong_check=0.015, mangled=0.02, wide=0.01, reg_no=0.01, former=0.3)
_TAX = Naming(reg_no=0.08, name=0.08, wrong_check=0.02, mangled=0.05, former=0.2)
_SOCIAL = Naming(reg_no=0.12, name=0.19, wide=0.06, wrong_check=0.03, mangled=0.15, former=0.4)
_FIELD = Naming(reg_no=0.12, name=0.19, wide=0.06, wrong_check=0.03, mangled=0.16, outside=0.005, former=0.3)
_PUBLIC = Naming(
    reg_no=0.10, organisation=0.08, name=0.12, wide=0.05, wrong_check=0.02, mangled=0.12, person=0.03, former=0.3
)
_HEARSAY = Naming(name=0.32, wide=0.09, wrong_check=0.01, mangled=0.27, outside=0.04, reg_no=0.03, former=0.5)
_NAMES_ONLY = Naming(name=0.66, wide=0.13, mangled=0.16, outside=0.05, former=0.5)

_GB, _PLAIN = "gb18030", "utf-8"
_COUNTIES = (
    # unit, supplier, encoding, dates, titles, says_received, day
    (0, "", "utf-8-sig", "iso", True, False, 6),
    (1, "county-220502", "utf-8-sig", "slash", True, True, 7),
    (2, "county-220503", _GB, "dot", True, False, 9),
    (3, "county-220521", _GB, "zh", True, False, 8),
    (4, "county-220523", _PLAIN, "compact", False, True, 11),
    (5, "county-220524", _GB, "slash", True, False, 12),
    (6, "county-220581", "utf-8-sig", "time", True, True, 5),
    (7, "county-220582", _GB, "zh", True, False, 10),
)

SHAPES: tuple[Shape, ...] = (
    Shape("ent_registration", "registry", "企业登记信息", says_received=True, by_code=True, day=3, prompt=True),
    Shape("ent_change", "registry", "变更备案", says_received=True, by_code=True, day=3, prompt=True, naming=Naming(name=0.02)),
    Shape("ent_person", "registry", "主要人员", says_received=True, by_code=True, day=3, prompt=True, naming=Naming(name=0.02)),
    Shape("cancellation", "registry", "注销公告", says_received=True, day=3, dates="slash", words=True, naming=_CAREFUL),
    Shape("licence", "zc", "行政许可", _PUBLIC, Form.ZIP, _GB, dates="slash", day=7),
    Shape("food_operator", "food", "食品经营者档案", _FIELD, rhythm=Rhythm.YEARLY, day=25, by_code=True),
    Shape("special_equipment", "equipment", "特种设备台账", _FIELD, encoding=_GB, dates="slash", rhythm=Rhythm.QUARTERLY, day=14, words=True),
    Shape("abnormal_list", "credit", "经营异常名录", _CAREFUL, dates="zh", by_code=True, day=4, says_received=True),
    Shape("serious_violation_list", "credit", "严重违法失信名单", _CAREFUL, Form.XLSX, dates="zh", rhythm=Rhythm.QUARTERLY, day=9, xlsx_from="2020-01"),
    Shape("credit_repair", "credit", "信用修复", _CAREFUL, encoding=_PLAIN, titles=False, rhythm=Rhythm.QUARTERLY, day=9, words=True),
    Shape("annual_report", "credit", "企业年报公示", _CAREFUL, encoding=_PLAIN, rhythm=Rhythm.REPORTS, day=6, says_received=True),
    Shape("product_sampling", "sampling", "监督抽检结果", _FIELD, dates="dot", day=11),
    Shape("safety_event", "inspection", "事故与召回", _FIELD, encoding=_GB, dates="iso", rhythm=Rhythm.QUARTERLY, day=8, words=True),
    Shape("complaint", "complaints", "投诉举报工单", _HEARSAY, encoding=_GB, dates="time", day=5, says_received=True, words=True),
    Shape("tax_record", "tax", "纳税信用等级", _TAX, encoding=_GB, dates="compact", part="grade", rhythm=Rhythm.YEARLY, day=12),
    Shape("tax_record", "tax", "欠税公告", _TAX, encoding=_GB, dates="compact", part="arrears", day=12),
    Shape("social_insurance", "social", "社会保险缴纳", _SOCIAL, Form.ZIP, _PLAIN, titles=False, dates="iso", by_code=True, day=5),
    Shape("judicial_case", "court", "涉诉案件", _NAMES_ONLY, encoding=_GB, dates="dot", day=10),
    Shape("dishonest_executee", "court", "失信被执行人", _NAMES_ONLY, Form.XLSX, dates="serial", day=10, xlsx_from="2020-07"),
    Shape("gov_dishonesty", "development", "失信认定名单", _CAREFUL, Form.XLSX, dates="dot", rhythm=Rhythm.QUARTERLY, day=15, words=True, xlsx_from="2020-04"),
    Shape("opinion", "opinion", "舆情监测", _NAMES_ONLY, Form.PARQUET, rhythm=Rhythm.FORTNIGHTLY, says_received=True, by_code=True),
    Shape("national_grade", "jlhjg", "国家系统信用风险等级", encoding=_PLAIN, titles=False, rhythm=Rhythm.YEARLY, day=20, by_code=True),
    Shape("supervision_item", "legal", "监管事项清单", encoding=_GB, rhythm=Rhythm.YEARLY, day=22, by_code=True),
    Shape("inspector", "hr", "执法检查人员名录", form=Form.XLSX, dates="zh", rhythm=Rhythm.YEARLY, day=18, words=True, xlsx_from="2020-01"),
    *(
        Shape("penalty", supplier or "legal", "行政处罚", _PUBLIC, encoding=encoding, dates=dates, titles=titles, says_received=received,
              day=day, unit=unit, by_code=not titles)
        for unit, supplier, encoding, dates, titles, received, day in _COUNTIES
    ),
    *(
        Shape("spot_check_result", supplier or "inspection", "检查结果", _FIELD, encoding=encoding, dates=dates, titles=titles,
              says_received=received, day=day, unit=unit, by_code=unit % 2 == 0)
        for unit, supplier, encoding, dates, titles, received, day in _COUNTIES
    ),
)  # fmt: skip
"""Every stream of deliveries."""
