"""The columns of a list of enterprises: what each says, where its value comes from, how a code is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pages.views.fields import shown
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.settings import City

TASK_STATES: dict[str, Text] = {
    "late": Text("已逾期", "Overdue"),
    "week": Text("本周", "This week"),
    "open": Text("待查", "Due"),
    "done": Text("已查", "Checked"),
}
"""Where the most urgent inspection task of a firm stands."""
RESULTS: dict[str, Text] = {
    "01": Text("未发现问题", "No problem"),
    "02": Text("未公示年报", "No annual report"),
    "03": Text("未公示其他信息", "Not published"),
    "04": Text("公示信息不实", "False information"),
    "05": Text("联系不上", "Not reachable"),
    "06": Text("责令改正", "Ordered to correct"),
    "07": Text("不配合检查", "Refused to co-operate"),
    "08": Text("无相关经营", "No such business"),
    "09": Text("待后续处理", "To be handled"),
    "10": Text("停业或清算", "Closed or in liquidation"),
    "11": Text("已注销等", "Gone from the register"),
}
"""Results of a check in the few words that fit a column; the code list has the full ones."""
SAME = Text("—", "—")
_STEPS = "ascii(grade) - ascii(previous_grade)"
_GRADE_HELP = Text(
    "A 风险最低，E 最高；空白为不参加分级（如个体工商户）",
    "A is the lowest risk, E the highest; blank: not graded (such as individual businesses)",
)
_CHANGE_HELP = Text(
    "与上一期同类评分的等级相比：▼ 变差，▲ 变好", "Against the last run of the same kind: ▼ worse, ▲ better"
)
_INDUSTRY_HELP = Text("GB/T 4754 行业大类", "Division of GB/T 4754")
_FIELD_HELP = Text(
    "有效许可、食品经营者档案或在册特种设备所属领域",
    "From licences in force, food operator profiles and registered special equipment",
)
_CHECK_HELP = Text("任何类型检查的最近日期", "The newest check of any kind")
_RESULT_HELP = Text("最近检查当日的全部结果", "All that was found on the day of the last check")
_DATA_HELP = Text("已归集信息可计算的指标占比", "Share of the indicators whose feeds are delivered")


@dataclass(frozen=True)
class Column:
    """A column: title, what it says, how it is written and how wide, and the SQL of its value.

    `kind`: grade, tag, text, codes (one code, several joined by ;, or a list of them), count, cases, score, percent, day.
    `labels`: code -> words. `width`: pixels on the page; `chars`: characters in a workbook.
    """

    key: str = field(metadata=shown("列代码", "Key", "列的代码", "Code of the column"))
    label: Text = field(metadata=shown("列名", "Title", "列的名称", "Title of the column"))
    help: Text = field(metadata=shown("说明", "Help", "列的口径", "What it says"))
    kind: str = field(metadata=shown("类型", "Kind", "怎样书写", "How it is written"))
    width: int | None = field(metadata=shown("宽度", "Width", "页面像素", "Pixels on the page"))
    chars: int = field(metadata=shown("字符宽度", "Characters", "工作簿列宽", "Width in a workbook"))
    sql: str = field(metadata=shown("取值", "Value", "取值表达式", "SQL of its value"))
    labels: Mapping[str, Text] = field(
        default_factory=dict, hash=False, metadata=shown("代码表", "Labels", "代码的写法", "Words of its codes")
    )


DEFAULT = (
    "grade", "name", "score", "change", "warnings", "task", "industry", "field", "street", "last_check", "result", "uscc",
)  # fmt: skip
"""The columns that a list shows unless others are chosen."""


def columns(reference: Reference, city: City) -> dict[str, Column]:
    """Every column by its key, in the order in which they are offered."""
    steps = {str(n): Text(f"{_sign(n)} {abs(n)}级", f"{_sign(n)} {abs(n)}") for n in range(-4, 5) if n} | {"0": SAME}
    streets = {s.code: Text(s.name, s.name) for s in reference.streets.values()}
    units = {u.code: u.name for u in city.units}
    made = (
        Column("grade", Text("等级", "Grade"), _GRADE_HELP, "grade", 58, 6, "grade"),
        _text("name", Text("企业名称", "Name"), 236, 36, "entity_name"),
        Column("score", Text("评分", "Score"), Text("300–900 分，越高越好", "300–900, high is good"), "score", 66, 8, "credit_score"),
        Column("change", Text("较上期", "Change"), _CHANGE_HELP, "change", 76, 8, _STEPS, steps),
        Column("warnings", Text("未结预警", "Warnings"), Text("尚未销号的预警", "Warnings not closed yet"), "cases", 80, 9, "open_cases"),
        Column("task", Text("抽查任务", "Inspection"), Text("最急的一项抽查任务", "Its most urgent inspection task"), "tag", 88, 9, "task", TASK_STATES),
        Column("industry", Text("行业", "Industry"), _INDUSTRY_HELP, "codes", 128, 22, "coalesce(left(industry_code, 2), industry_section)", reference.industries),
        Column("field", Text("重点领域", "Key field"), _FIELD_HELP, "codes", 104, 20, "fields", reference.codes("field")),
        Column("street", Text("街道（乡镇）", "Street"), Text("住所所在街道或乡镇", "Of the registered address"), "codes", 116, 14, "street", streets),
        Column("last_check", Text("最近检查", "Last check"), _CHECK_HELP, "day", 96, 12, "last_check_on"),
        Column("result", Text("检查结果", "Result"), _RESULT_HELP, "codes", 140, 24, "last_check_result", RESULTS),
        _text("uscc", Text("统一社会信用代码", "Credit code"), 168, 22, "uscc"),
        Column("unit", Text("管辖单位", "Unit"), Text("日常管辖单位", "Jurisdiction unit"), "codes", 104, 14, "unit", units),
        Column("type", Text("主体类型", "Type"), Text("登记的主体类型", "Type of entity as registered"), "codes", 160, 28, "entity_type", reference.codes("entity_type")),
        Column("status", Text("登记状态", "Status"), Text("登记状态", "Registration status"), "codes", 110, 16, "status", reference.codes("entity_status")),
        Column("established", Text("成立日期", "Established"), Text("成立日期", "Established on"), "day", 96, 12, "established_on"),
        Column("national", Text("国家分类", "National"), Text("国家系统通用分类", "Grade of the national system"), "text", 76, 8, "national_grade"),
        _text("address", Text("住所", "Address"), 260, 40, "address"),
        _text("former", Text("曾用名", "Former names"), 240, 36, "array_to_string(former_names, '；')"),
        _text("reg_no", Text("注册号", "Registration no."), 136, 18, "reg_no"),
        Column("class", Text("行业小类", "Industry class"), Text("GB/T 4754 四位代码", "Four digits of GB/T 4754"), "text", 84, 10, "industry_code"),
        Column("data", Text("信息完整度 %", "Data %"), _DATA_HELP, "percent", 96, 10, "100 * data_share"),
    )  # fmt: skip
    return {c.key: c for c in made}


def usual(units: int) -> tuple[str, ...]:
    """The usual columns of somebody who sees so many units: where there are several, the unit says more than the street."""
    return DEFAULT if units == 1 else tuple("unit" if key == "street" else key for key in DEFAULT)


def chosen(keys: Iterable[str], offered: Mapping[str, Column], otherwise: Iterable[str]) -> tuple[Column, ...]:
    """The columns of these keys, unknown ones left out; name and code always there; the usual ones if none is left."""
    wanted = {k for k in keys if k in offered} or set(otherwise)
    return tuple(column for key, column in offered.items() if key in {*wanted, "name", "uscc"})


def _text(key: str, label: Text, width: int, chars: int, sql: str) -> Column:
    return Column(key, label, label, "text", width, chars, sql)


def _sign(steps: int) -> str:
    return "▼" if steps > 0 else "▲"
