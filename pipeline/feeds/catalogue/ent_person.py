"""Key persons (法定代表人及主要人员): a directory with terms of office."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, FeedContract, Field, Subject, WorkingDays

ENT_PERSON = FeedContract(
    code="ent_person",
    title=Text("法定代表人及主要人员", "Legal representatives and key persons"),
    supplier="登记注册科",
    channels=("gsxt", "zc"),
    category=2,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("uscc", "person_pid", "position", "from_date"),
    happened_on=None,
    fields=(
        *IDENTITY,
        Field(
            "person_pid",
            str,
            Text("人员标识(脱敏哈希)", "Pseudonym of the person"),
            required=True,
            aliases=("人员标识",),
            max_length=64,
            note="salted hash, never the number of an identity card",
        ),
        Field(
            "person_name",
            str,
            Text("姓名", "Name"),
            aliases=("人员姓名",),
            max_length=60,
            note="personal data: masked in lists",
        ),
        Field("position", str, Text("职务", "Position"), aliases=("职位",), max_length=40),
        Field("from_date", date, Text("任职起", "In office from"), aliases=("任职开始日期",)),
        Field(
            "to_date", date, Text("任职止", "In office to"), aliases=("任职结束日期", "离任日期"), learned_on="to_date"
        ),
    ),
    personal_data=True,
    basis=("SEED-4.1.2", "SEED-4.1.3", "SEED-4.3.2-2", "NB"),
)
