"""A row of the log in words: what it is about, and what its detail says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pages.views.fields import shown
from pipeline.domain import Text
from pipeline.stores.access import Role
from pipeline.stores.operations.audit_actions import Family, action_of
from pipeline.stores.operations.audit_log import Entry
from pipeline.stores.operations.case_rules import State
from pipeline.stores.operations.tasks import TaskState

NOTHING = Text("", "")
MOST_ITEMS = 6
"""Items of a long list that are written out; of the rest only the number is said."""
KEYS: dict[str, Text] = {
    "": Text("内容", "Content"),
    "accepted": Text("采用", "Accepted"),
    "against": Text("已有办理", "Acted on"),
    "address": Text("来自", "From"),
    "after": Text("改后", "After"),
    "assigned_to": Text("承办人", "Person"),
    "assigned_unit": Text("承办单位", "Unit"),
    "attachment": Text("证据材料", "Evidence"),
    "base": Text("基于版本", "Based on"),
    "before": Text("原为", "Before"),
    "build": Text("批次", "Build"),
    "candidate": Text("模型", "Model"),
    "clock_back": Text("时钟倒退", "Clock set back"),
    "closed_on": Text("办结日", "Closed on"),
    "columns": Text("列", "Columns"),
    "command": Text("命令", "Command"),
    "deadline": Text("时限", "Deadline"),
    "dispose_due": Text("处置期限", "Due"),
    "done_on": Text("完成日", "Done on"),
    "evidence": Text("佐证", "Evidence"),
    "fault": Text("发现", "Found"),
    "fields": Text("重点领域", "Key fields"),
    "file": Text("文件", "File"),
    "file_name": Text("文件", "File"),
    "filter": Text("筛选条件", "Filter"),
    "force": Text("强制", "Forced"),
    "frame_hash": Text("范围哈希", "Frame hash"),
    "head": Text("末条封签", "Last seal"),
    "impact": Text("影响", "Impact"),
    "is_extended": Text("已延期", "Extended"),
    "kind": Text("种类", "Kind"),
    "language": Text("语言", "Language"),
    "made_at": Text("备份时间", "Made at"),
    "merged": Text("并入", "Merged"),
    "moved": Text("移交", "Handed on"),
    "name": Text("名称", "Name"),
    "new": Text("新名称", "New name"),
    "note": Text("说明", "Note"),
    "opened": Text("新开", "Opened"),
    "page": Text("页面", "Page"),
    "policy": Text("规则版本", "Policy"),
    "query": Text("条件", "Conditions"),
    "raised": Text("升级", "Raised"),
    "reason": Text("原因", "Reason"),
    "refused": Text("退回", "Refused"),
    "result": Text("检查结果", "Result"),
    "role": Text("角色", "Role"),
    "rows": Text("条数", "Rows"),
    "seed": Text("随机种子", "Seed"),
    "sha256": Text("文件指纹", "SHA-256"),
    "size": Text("字节", "Bytes"),
    "state": Text("状态", "State"),
    "stored_as": Text("存为", "Stored as"),
    "supplier": Text("来源单位", "Supplier"),
    "tasks": Text("任务", "Tasks"),
    "title": Text("标题", "Title"),
    "units": Text("管辖单位", "Units"),
    "until": Text("截至", "Until"),
    "verify_due": Text("核查期限", "To verify by"),
    "version": Text("版本", "Version"),
    "why": Text("理由", "Reason"),
}
"""Keys of details; one that is not here is written as it is."""
LONG = (
    "seed",
    "frame_hash",
    "sha256",
    "stored_as",
    "build",
    "policy",
    "version",
    "columns",
    "verify_due",
    "force",
)
"""Keys that the list leaves to the drawer."""
REASONS: dict[str, Text] = {
    "password": Text("密码不正确", "wrong password"),
    "unknown": Text("没有这个账号", "no such account"),
    "disabled": Text("账号已停用", "the account is disabled"),
    "locked": Text("账号暂时锁定", "the account is locked for a while"),
    "account": Text("账号没有有效的数据范围", "the account has no valid scope"),
}
"""Why a sign-in was refused."""
LISTS: dict[str, Text] = {
    "log": Text("操作日志", "The log"),
    "warnings": Text("风险预警", "Risk warnings"),
    "enterprises": Text("企业名录", "Enterprises"),
    "quarantine": Text("隔离的行", "Refused rows"),
}
"""What is exported."""
PAGES: dict[str, Text] = {
    t.zh: t
    for t in (
        Text("试点总览", "Pilot overview"),
        Text("风险预警", "Risk warnings"),
        Text("企业名录", "Enterprises"),
        Text("信用风险档案", "Credit risk archive"),
        Text("双随机抽查", "Random inspections"),
        Text("信息归集", "Data collection"),
        Text("指标体系", "Indicators"),
        Text("分类政策", "Policy"),
        Text("模型治理", "Model"),
        Text("审计与用户", "Audit and users"),
        Text("登记窗口查询", "Window look-up"),
    )
}
"""Pages by the title that a refusal keeps of them."""
USERS: dict[str, Text] = {
    "system": Text("系统", "The system"),
    "?": Text("未知用户", "Unknown user"),
}
COMMAND_LINE = Text("命令行", "Command line")
DRAW = "draw:"


@dataclass(frozen=True)
class Terms:
    """The words behind codes: units, fields, results, suppliers, names of firms and of users."""

    units: Mapping[str, Text] = field(hash=False, metadata=shown("单位", "Units", "单位代码", "Codes of units"))
    fields: Mapping[str, Text] = field(hash=False, metadata=shown("领域", "Fields", "领域代码", "Codes of fields"))
    results: Mapping[str, Text] = field(hash=False, metadata=shown("结果", "Results", "结果代码", "Codes of results"))
    suppliers: Mapping[str, Text] = field(
        hash=False, metadata=shown("来源", "Suppliers", "来源代码", "Codes of suppliers")
    )
    people: Mapping[str, str] = field(hash=False, metadata=shown("姓名", "People", "用户 → 姓名", "User → name"))


def person(user: str, terms: Terms) -> Text:
    """Who did it, as the log names people."""
    if user in USERS:
        return USERS[user]
    if user.startswith("cli:"):
        return Text(f"{COMMAND_LINE.zh} {user[4:]}", f"{COMMAND_LINE.en} {user[4:]}")
    name = terms.people.get(user, "")
    return Text(f"{name} {user}".strip(), f"{name} {user}".strip())


def role_words(role: str) -> Text:
    """The role that the actor had then; empty for the system."""
    return Role[role].title if role in Role.__members__ else Text(role, role)


def subject_words(entry: Entry, terms: Terms, firms: Mapping[str, tuple[str, str]]) -> Text:
    """What the row is about: a firm by its name, an account by its person, a list or page by its title."""
    subject = entry.subject
    if not subject:
        return NOTHING
    if action_of(entry.action).family is Family.ACCOUNT:
        return person(subject, terms)
    if entry.action == "export" and subject.startswith(DRAW):
        number = subject.removeprefix(DRAW)
        return Text(f"抽查任务 {number}", f"Draw {number}")
    known = (
        LISTS.get(subject) if entry.action == "export" else PAGES.get(subject) if entry.action == "refused" else None
    )
    if known:
        return known
    name = firms[subject][1] if subject in firms else ""
    return Text(f"{name} {subject}".strip(), f"{name} {subject}".strip())


def detail_words(entry: Entry, terms: Terms) -> tuple[tuple[str, Text, Text], ...]:
    """(key, its title, its value in words) of everything that the detail says."""
    found = []
    for key, value in entry.detail.items():
        said = _value(key, value, entry.action, terms)
        if said.zh:
            found.append((key, KEYS.get(key, Text(key, key)), said))
    return tuple(found)


def summary(entry: Entry, terms: Terms) -> Text:
    """The detail in one line, without what only a proof needs; a change of state as an arrow."""
    found = {key: (title, value) for key, title, value in detail_words(entry, terms) if key not in LONG}
    if "state" in found and isinstance(entry.detail.get("before"), str):
        (_, before), (title, after) = found.pop("before"), found["state"]
        found["state"] = (title, Text(f"{before.zh} → {after.zh}", f"{before.en} → {after.en}"))
    said = found.values()
    return Text(
        "；".join(f"{title.zh} {value.zh}" for title, value in said),
        "; ".join(f"{title.en}: {value.en}" for title, value in said),
    )


def both(said: str) -> Text:
    """A sentence of the store, Chinese with the English in brackets, as a text."""
    zh, _, en = said.partition("（")
    return Text(zh, en.removesuffix("）")) if en.endswith("）") else Text(said, said)


def _value(key: str, value: Any, action: str, terms: Terms) -> Text:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return Text("是", "yes") if value else NOTHING
    if isinstance(value, int):
        return Text(f"{value:,}", f"{value:,}")
    if isinstance(value, dict):
        return _pairs(value, action, terms)
    if isinstance(value, list):
        return _joined([_value(key, v, action, terms) for v in value])
    said = str(value)
    if key == "result":
        return _joined([terms.results.get(code, Text(code, code)) for code in said.split(";")])
    if key == "fault":
        return both(said)
    return _code(key, said, action, terms)


def _code(key: str, code: str, action: str, terms: Terms) -> Text:
    lists: dict[str, Mapping[str, Text]] = {
        "units": terms.units,
        "assigned_unit": terms.units,
        "fields": terms.fields,
        "supplier": terms.suppliers,
        "role": {r.name: r.title for r in Role},
        "page": PAGES | LISTS,
        "reason": REASONS if action == "sign_in_refused" else {},
        "state": {s.name: s.title for s in (*State, *TaskState)},
        "before": {s.name: s.title for s in State},
    }
    if key == "assigned_to":
        return person(code, terms)
    return lists.get(key, {}).get(code, Text(code, code))


def _pairs(values: Mapping[str, Any], action: str, terms: Terms) -> Text:
    said = [(KEYS.get(k, Text(k, k)), _value(k, v, action, terms)) for k, v in values.items()]
    empty = Text("无", "none")
    return Text(
        "，".join(f"{t.zh} {(v if v.zh else empty).zh}" for t, v in said),
        ", ".join(f"{t.en} {(v if v.en else empty).en}" for t, v in said),
    )


def _joined(values: Iterable[Text]) -> Text:
    said = [v for v in values if v.zh]
    rest = len(said) - MOST_ITEMS
    first = said[:MOST_ITEMS] if rest > 0 else said
    zh, en = "、".join(v.zh for v in first), ", ".join(v.en for v in first)
    return Text(f"{zh} 等 {len(said)} 项", f"{en} and {rest} more") if rest > 0 else Text(zh, en)
