"""A contract that contradicts itself is refused at construction, with every fault at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from pipeline.domain import Text
from pipeline.errors import BadDeclaration, Exit
from pipeline.feeds.contract import (
    IDENTITY,
    PROVENANCE,
    CodeOf,
    Exclusion,
    FeedContract,
    Field,
    OneOf,
    Subject,
    WorkingDays,
)

NOTICE = FeedContract(
    code="notice",
    title=Text("公告", "Notices"),
    supplier="信用监管科",
    channels=("gsxt",),
    category=4,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("notice_no",),
    happened_on="noticed_on",
    fields=(
        *IDENTITY,
        Field("notice_no", str, Text("公告编号", "Notice no."), aliases=("公告号",)),
        Field("noticed_on", date, Text("公告日期", "Noticed on"), required=True),
        Field("cause", CodeOf("abnormal_cause"), Text("原因", "Cause"), many=";"),
        Field("amount_wan", Decimal, Text("金额(万元)", "Amount (10,000 yuan)")),
        Field("ended_on", date, Text("终止日期", "Ended on"), learned_on="ended_on"),
        Field("end_cause", OneOf({"1": Text("履行", "Complied")}), Text("终止原因", "End"), learned_on="ended_on"),
        Field("withdrawn_on", date, Text("撤销日期", "Withdrawn on")),
    ),
    withdrawn_on="withdrawn_on",
)


def with_fields(*fields: Field) -> FeedContract:
    """NOTICE with these fields after its own."""
    return replace(NOTICE, fields=(*NOTICE.fields, *fields))


def faults_of(**changes: object) -> list[str]:
    """What is wrong with NOTICE after these changes."""
    with pytest.raises(BadDeclaration) as error:
        replace(NOTICE, **changes)
    return error.value.faults


def test_provenance_is_part_of_every_contract() -> None:
    assert NOTICE.all_fields == (*NOTICE.fields, *PROVENANCE)
    assert not any(f.required for f in (*IDENTITY, *PROVENANCE))


def test_a_column_is_found_by_its_code_its_title_and_its_aliases() -> None:
    assert {NOTICE.by_title[t].name for t in ("notice_no", "公告编号", "公告号")} == {"notice_no"}
    assert NOTICE.by_title["归集时间"].name == "received_at"


def test_learned_dates_are_named_once_and_include_the_withdrawal() -> None:
    assert NOTICE.learned_dates == ("ended_on", "withdrawn_on")


def test_sql_types_follow_the_kinds() -> None:
    types = {f.name: f.sql_type for f in NOTICE.all_fields}
    assert types["uscc"] == types["cause"] == types["end_cause"] == "VARCHAR"
    assert types["noticed_on"] == "DATE"
    assert types["amount_wan"] == "DECIMAL(18,6)"
    assert types["received_at"] == "TIMESTAMP"


def test_all_faults_of_a_contract_are_reported_at_once() -> None:
    with pytest.raises(BadDeclaration) as error:
        replace(
            NOTICE,
            key=("notice_number",),
            happened_on="notice_no",
            withdrawn_on="gone_on",
            exclusions=(Exclusion("x", Text("无", "None"), "kind", "x", "PROP"),),
            fields=(*NOTICE.fields, Field("Bad-Name", float, Text("公告号", "Same header as an alias"))),
        )
    faults = error.value.faults
    assert error.value.code is Exit.BAD_DECLARATION
    assert "feed 'notice'" in str(error.value)
    for part in (
        "key column 'notice_number' is not declared",
        "happened_on='notice_no': expected one of the date columns",
        "withdrawn_on='gone_on': expected one of the date columns",
        "exclusion on unknown column 'kind'",
        "column name 'Bad-Name': expected lower_snake_case",
        "kind float is not one of",
        "header '公告号' leads to two columns",
    ):
        assert any(part in fault for fault in faults), part
    assert len(faults) == 7


@pytest.mark.parametrize(
    ("field", "fault"),
    [
        (Field("cause", str, Text("事由", "Reason")), "column 'cause' is declared twice"),
        (Field("received_at", date, Text("收到日期", "Received")), "column 'received_at' is declared twice"),
        (Field("other", str, Text("原因", "Other cause")), "header '原因' leads to two columns"),
        (Field("end_org", str, Text("机关", "Authority"), learned_on="cause"), "end_org.learned_on='cause'"),
        (Field("codes", int, Text("代码", "Codes"), many=";"), "codes: many= needs a coded column or text"),
    ],
)
def test_a_bad_field_is_named(field: Field, fault: str) -> None:
    with pytest.raises(BadDeclaration) as error:
        with_fields(field)
    assert any(fault in found for found in error.value.faults)


def test_a_directory_has_no_event_date() -> None:
    assert replace(NOTICE, happened_on=None).happened_on is None
    assert faults_of(happened_on="amount_wan")
