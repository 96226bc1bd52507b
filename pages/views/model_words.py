"""The words of the page on the model: candidates, groups of the parity table, numbers as it writes them."""

from __future__ import annotations

from pipeline.domain import Text

MISSING = "—"
NOTHING = Text("", "")
CANDIDATES: dict[str, Text] = {
    "booster": Text("提升树", "Boosted trees"),
    "scorecard": Text("评分卡", "Scorecard"),
    "count": Text("问题计数", "Trouble count"),
    "expert": Text("专家评分卡", "Expert card"),
}
"""The candidates by their names in the files."""
BY: dict[str, Text] = {
    "all": Text("全部", "All"),
    "kind": Text("主体类型", "Kind"),
    "field": Text("重点领域", "Key field"),
    "unit": Text("管辖单位", "Unit"),
    "age": Text("经营年限", "Age"),
    "size": Text("注册资本", "Capital"),
}
GROUPS: dict[str, Text] = {
    "all": Text("全部检验样本", "All tested"),
    "llc": Text("有限责任公司", "Limited company"),
    "one_person_llc": Text("一人有限公司", "One-person company"),
    "jsc": Text("股份公司", "Joint-stock company"),
    "partnership": Text("合伙企业", "Partnership"),
    "sole": Text("个人独资企业", "Sole proprietorship"),
    "branch": Text("分支机构", "Branch"),
    "state": Text("国有、集体", "State or collective"),
    "foreign": Text("外商投资", "Foreign-invested"),
    "unknown": Text("类型未登记", "Not registered"),
    "key": Text("重点领域", "Key field"),
    "to_3": Text("不满 3 年", "Under 3 years"),
    "3_to_10": Text("3–10 年", "3–10 years"),
    "from_10": Text("10 年及以上", "10 years and more"),
    "to_100": Text("不满 100 万元", "Under CNY 1 million"),
    "100_to_1000": Text("100–1,000 万元", "CNY 1–10 million"),
    "from_1000": Text("1,000 万元及以上", "CNY 10 million and more"),
}
OTHER = {"kind": Text("其他类型", "Other kinds"), "field": Text("非重点领域", "No key field")}


def decimals(value: float | None, places: int = 3) -> str:
    """A number with so many decimals and a true minus, — where it is missing."""
    return MISSING if value is None else f"{value:.{places}f}".replace("-", "−")


def signed(value: float, places: int = 3) -> str:
    """A difference with its sign, a true minus."""
    return f"{value:+.{places}f}".replace("-", "−")


def between(low: float, high: float, places: int = 3) -> str:
    """An interval."""
    return f"{decimals(low, places)} – {decimals(high, places)}" if low < 0 else f"{low:.{places}f}–{high:.{places}f}"


def candidate(name: str) -> Text:
    """A candidate as people read it."""
    return CANDIDATES.get(name, Text(name, name))


def joined(*parts: Text, zh: str = "；", en: str = "; ") -> Text:
    """Parts of a sentence, empty ones left out."""
    return Text(zh.join(p.zh for p in parts if p.zh), en.join(p.en for p in parts if p.en))
