"""Why rows were refused, in words a supplier can act on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.domain import Text
from pipeline.feeds.catalogue import BY_CODE

SET_ASIDE = "delivery_set_aside"
RULES: dict[str, Text] = {
    "required": Text("不得为空", "must not be empty"),
    "kind": Text("格式或代码不符", "not a value of its kind"),
    "range": Text("超出范围", "out of range"),
    "length": Text("过长", "too long"),
    "event_after_receipt": Text("日期晚于收到日期", "dated after its receipt"),
    "no_identifier": Text("没有有效代码或注册号", "no valid code or number"),
    "row_structure": Text("列数与表头不符", "its cells do not fit the header"),
    "applicability": Text("适用条件写法有误", "its rule of application can't be read"),
    SET_ASIDE: Text("随文件整件搁置", "set aside with its file"),
}
OWN_FAULT = Text("内容不合格", "is at fault")
"""A row of a file that was set aside, and one of those for which it was."""
OUTCOMES: dict[str, Text] = {"quarantined": Text("隔离", "Quarantined"), "excluded": Text("按规则排除", "Excluded")}
_BOTH = re.compile(r"^(?P<zh>.*)（(?P<en>[^（）]*[a-z][^（）]*)）$", re.DOTALL)
_TOO_MANY = re.compile(r"(\d+) 行中有 (\d+) 行不合格（超过 (\S+?)%）")


def rule_words(feed: str | None, rule: str, column: str) -> Text:
    """`检查日期：格式或代码不符`: the column's title and what is wrong with it."""
    contract = BY_CODE.get(feed or "")
    exclusions: Mapping[str, Text] = {x.rule: x.title for x in contract.exclusions} if contract else {}
    wrong = OWN_FAULT if rule == SET_ASIDE and column else RULES.get(rule) or exclusions.get(rule) or Text(rule, rule)
    field = contract.by_name.get(column) if contract and column and rule not in exclusions else None
    if field is None:
        return wrong
    return Text(f"{field.title.zh}：{wrong.zh}", f"{field.title.en}: {wrong.en}")


def column_title(feed: str | None, column: str) -> Text:
    """The title of a column of a feed, its name where the feed does not know it."""
    contract = BY_CODE.get(feed or "")
    field = contract.by_name.get(column) if contract else None
    return field.title if field else Text(column, column)


def feed_title(feed: str | None) -> Text:
    """The title of a feed."""
    if not feed:
        return Text("未能识别", "Not recognised")
    return BY_CODE[feed].title if feed in BY_CODE else Text(feed, feed)


def reason_words(reason: str) -> Text:
    """Why a file was set aside, in both languages, without what only an operator can type."""
    if many := _TOO_MANY.search(reason):
        rows, bad, share = many.groups()
        return Text(
            f"{int(rows):,} 行中有 {int(bad):,} 行不合格，超过 {share}%",
            f"{int(bad):,} of {int(rows):,} rows were refused, more than {share}%",
        )
    both = _BOTH.match(reason)
    return Text(both["zh"], both["en"][:1].upper() + both["en"][1:]) if both else Text(reason, reason)
