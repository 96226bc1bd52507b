"""Changes of the register (变更备案): the past names, addresses and people of an entity."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, FeedContract, Field, OneOf, Subject, WorkingDays

ENT_CHANGE = FeedContract(
    code="ent_change",
    title=Text("变更备案信息", "Registration changes"),
    supplier="登记注册科",
    channels=("gsxt", "zc"),
    category=2,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("uscc", "changed_on", "change_item", "change_seq"),
    happened_on="changed_on",
    fields=(
        *IDENTITY,
        Field("change_seq", int, Text("变更序号", "Sequence number of the change"), aliases=("变更次序",)),
        Field(
            "change_item",
            OneOf(
                {
                    "name": Text("名称", "Name"),
                    "legal_rep": Text("法定代表人", "Legal representative"),
                    "address": Text("住所", "Registered address"),
                    "scope": Text("经营范围", "Business scope"),
                    "capital": Text("注册资本", "Registered capital"),
                    "shareholder": Text("股东", "Shareholders"),
                    "term": Text("经营期限", "Term of operation"),
                    "type": Text("主体类型", "Type of entity"),
                    "other": Text("其他", "Other"),
                }
            ),
            Text("变更事项", "Item changed"),
            required=True,
            aliases=("变更项目",),
        ),
        Field("before_value", str, Text("变更前", "Before"), aliases=("变更前内容",)),
        Field("after_value", str, Text("变更后", "After"), aliases=("变更后内容",)),
        Field("changed_on", date, Text("变更日期", "Changed on"), required=True, aliases=("变更时间", "核准变更日期")),
    ),
    basis=("SEED-4.1.2", "SEED-4.1.3", "SEED-4.3.2-2", "NB"),
)
