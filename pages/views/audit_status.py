"""What the last verification of the log found, as one line."""

from __future__ import annotations

from dataclasses import dataclass, field

from pages.views.audit_log import Source, terms_of
from pages.views.audit_words import both, person
from pages.views.fields import shown
from pipeline.domain import Text
from pipeline.stores.operations.audit_check import Checked

NEVER = Text("尚未核验过日志。", "The log has not been verified yet.")
WHAT_TO_DO = Text(
    "请保留现场：先把整个部署文件夹另存一份，暂停构建与还原；用最近的备份比对所指的记录，查明谁能接触服务器，并报告数据安全负责人。",
    "Keep everything as it is: copy the whole deployment folder first, hold builds and restores; compare the row with the"
    " last backup, find out who can reach the server, and tell whoever answers for data security.",
)


@dataclass(frozen=True)
class ChainLine:
    """The status of the chain. `kind`: ok, bad or none; `advice`: what to do, None if nothing."""

    kind: str = field(metadata=shown("状态", "Kind", "完整、有误或未核验", "Whole, at fault or not verified"))
    said: Text = field(metadata=shown("结论", "Finding", "核验结果", "What was found"))
    remark: Text = field(metadata=shown("附注", "Remark", "何时由谁核验", "When, and by whom"))
    advice: Text | None = field(metadata=shown("处理", "Advice", "应当怎样做", "What to do"))


def chain_line(source: Source, checked: Checked | None) -> ChainLine:
    """The line for the last verification."""
    if checked is None:
        return ChainLine("none", NEVER, Text("", ""), None)
    who = person(checked.user, terms_of(source))
    at = f"{checked.at:%Y-%m-%d %H:%M}"
    remark = Text(f"{who.zh} 于 {at} 核验{_since(checked).zh}", f"verified by {who.en}, {at}{_since(checked).en}")
    if checked.fault:
        fault = both(checked.fault)
        return ChainLine("bad", Text(f"▲ {fault.zh}", f"▲ {fault.en[:1].upper()}{fault.en[1:]}"), remark, WHAT_TO_DO)
    until = f"{checked.until:%Y-%m-%d %H:%M:%S}" if checked.until else "—"
    said = Text(f"✓ 完整至第 {checked.rows:,} 条（{until}）", f"✓ Whole up to row {checked.rows:,} ({until})")
    return ChainLine("ok", said, remark, None)


def _since(checked: Checked) -> Text:
    if not checked.since:
        return Text("", "")
    return Text(f"，其后新增 {checked.since:,} 条尚未核验", f"; {checked.since:,} rows since then are not verified yet")
